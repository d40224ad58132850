#include "silence.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

namespace splash::cli {
namespace {

bool ran_out_of_bound(const isa::Report& report) {
    return report.reason == isa::reason_from_exc(isa::Exc::NotEnoughBound) ||
           report.reason == isa::reason_from_exc(isa::Exc::BoundNotPositive) ||
           report.reason == isa::Reason::TtlExceeded;
}

/// path_program() ends in `forw getsrc moveto forw demuxall`: who stops at one of the last three was at the
/// destination. Counted from the end, since trimming cuts in front.
bool is_going_home(const isa::Report& report) {
    constexpr std::int64_t kWayHome = 3;
    return report.instructions > 0 && report.instructions - report.index <= kWayHome;
}

struct Progress {
    std::vector<Hop> hops;            ///< on the way out, as far as reports told
    std::optional<isa::Report> last;  ///< of the probe that came farthest
};

std::string describe_progress(const Progress& progress) {
    if (!progress.last) {
        return "not even the first node answered";
    }
    const IpAddress& reporter = progress.last->node;
    const std::string who =
        reporter.is_unspecified() ? "a node that does not say which" : reporter.to_string();
    if (progress.hops.empty()) {
        return fmt::format("{} was the last to answer", who);
    }
    const Hop& hop = progress.hops.back();
    const std::string known =
        fmt::format("hop {}, {} ({})", hop.number, name_of(hop), hop.address.to_string());
    if (is_going_home(*progress.last)) {
        return fmt::format("it reached {}, and on the way home {} was the last to answer", known, who);
    }
    if (progress.last->reason == isa::Reason::TtlExceeded) {
        return fmt::format("{} was the last hop, and behind it {} the last router to answer", known, who);
    }
    return fmt::format("{} was the last to answer", known);
}

}  // namespace

Result<Answer> locate_silence(Transport& transport, const isa::Packet& path, const Target& target,
                              std::size_t objects, const Tries& tries) {
    Tries once = tries;
    once.retries = 0;
    Progress progress;
    for (std::uint16_t bound = 1; bound < kDefaultBound && !once.is_over(); ++bound) {
        auto answer = ask(transport, path, bound, target, once);
        if (!answer && answer.error().code == Errc::TimedOut) {
            break;
        }
        const auto* report = answer ? std::get_if<isa::Report>(&*answer) : nullptr;
        if (report == nullptr || !ran_out_of_bound(*report)) {
            return answer;
        }
        // A report may have left out the stack: then the hops known before stay.
        if (auto seen = hops_of(*report, objects); !seen.empty()) {
            progress.hops = std::move(seen);
        }
        progress.last = *report;
    }
    return fail(Errc::TimedOut,
                fmt::format("{}: nothing came back; {}", target.to_string(), describe_progress(progress)));
}

}  // namespace splash::cli
