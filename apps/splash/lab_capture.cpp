// splash lab capture
#include <fmt/format.h>
#include <unistd.h>

#include <ostream>

#include "arguments.hpp"
#include "lab/capture.hpp"

namespace splash::cli {
namespace {

std::string_view reason(lab::CaptureEnd end) {
    switch (end) {
        case lab::CaptureEnd::Signal: return "interrupted";
        case lab::CaptureEnd::Duration: return "time is up";
        case lab::CaptureEnd::Count: return "enough packets";
        case lab::CaptureEnd::LabDown: return "the lab was taken down";
    }
    return "";
}

}  // namespace

Result<Finished> run(const LabCaptureArgs& args, const Streams& streams) {
    const bool is_terminal = isatty(STDERR_FILENO) == 1;
    lab::CaptureOptions options{.lab = args.name,
                                .file = args.file,
                                .links = args.links,
                                .filter = args.filter,
                                .duration = args.duration,
                                .count = args.count,
                                .on_start = {},
                                .on_progress = {}};
    options.on_start = [&](const lab::CaptureCounts& counts) {
        streams.err << fmt::format("capturing at {} interfaces of {} to {}; Ctrl-C ends it",
                                   counts.interfaces, args.name, args.file)
                    << std::endl;
    };
    if (is_terminal) {
        options.on_progress = [&](const lab::CaptureCounts& counts) {
            streams.err << fmt::format("\r{} packets, {} dropped ", counts.packets, counts.dropped)
                        << std::flush;
        };
    }
    const auto summary = lab::capture(options);
    if (is_terminal) {
        streams.err << '\r';
    }
    if (!summary) {
        return Failure(summary.error());
    }
    streams.err << fmt::format("{} packets in {}, {} dropped by the kernel; {}\n", summary->counts.packets,
                               args.file, summary->counts.dropped, reason(summary->end));
    return Finished{};
}

}  // namespace splash::cli
