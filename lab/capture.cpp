#include "lab/capture.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>

#include "capture_file.hpp"
#include "capture_merge.hpp"
#include "capture_source.hpp"
#include "descriptor.hpp"
#include "lab/lab.hpp"
#include "link_end.hpp"
#include "linux/event_loop.hpp"
#include "paths.hpp"
#include "record.hpp"

namespace splash::lab {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTurn{100};
constexpr std::chrono::milliseconds kProgress{250};

struct End {
    std::size_t node;
    std::string interface;
};

std::string name_of(const Record& record, const End& end) {
    return record.nodes[end.node].name + ":" + end.interface;
}

/// Leaves the calling thread in the namespace of the last.
Result<std::vector<CaptureSource>> open_sources(const Record& record, const std::vector<End>& ends,
                                                std::vector<sock_filter>& filter) {
    std::vector<CaptureSource> sources;
    for (const End& end : ends) {
        const std::string path = netns_file(record.name, record.nodes[end.node].name);
        const Descriptor netns(open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!netns.is_open() || setns(netns.get(), CLONE_NEWNET) != 0) {
            return system_failure(errno, "enter " + path);
        }
        auto source = CaptureSource::open(end.interface, filter);
        if (!source) {
            return fail(source.error().code, name_of(record, end) + ": " + source.error().detail);
        }
        sources.push_back(*std::move(source));
    }
    return sources;
}

Result<std::vector<End>> select_ends(const Record& record, const std::vector<std::string>& names) {
    std::vector<bool> is_wanted(record.links.size(), names.empty());
    for (const std::string& name : names) {
        const auto selected = select_links(record, name, Ways::Both);
        if (!selected) {
            return Failure(selected.error());
        }
        for (const SelectedLink& one : *selected) {
            is_wanted[one.link] = true;
        }
    }
    std::vector<End> ends;
    for (std::size_t i = 0; i < record.links.size(); ++i) {
        if (is_wanted[i]) {
            ends.push_back({record.links[i].a, record.links[i].a_interface});
            ends.push_back({record.links[i].b, record.links[i].b_interface});
        }
    }
    if (ends.empty()) {
        return fail(Errc::NotFound, "links in lab " + record.name);
    }
    return ends;
}

bool is_up(const std::string& lab) {
    struct stat status {};
    return stat(record_file(lab).c_str(), &status) == 0;
}

Result<CaptureEnd> run(CaptureMerge& merge, const CaptureOptions& options) {
    auto loop = linux::EventLoop::open();
    if (!loop) {
        return Failure(loop.error());
    }
    bool is_signalled = false;
    for (const int number : {SIGINT, SIGTERM}) {
        if (auto heard = loop->on_signal(number, [&] { is_signalled = true; }); !heard) {
            return Failure(heard.error());
        }
    }
    for (const CaptureSource& source : merge.sources()) {
        if (auto watched = loop->watch(source.fd(), [] {}); !watched) {
            return Failure(watched.error());
        }
    }
    if (options.on_start) {
        options.on_start(merge.counts());
    }
    const auto start = Clock::now();
    auto next_progress = start;
    for (;;) {
        auto wait = kTurn;
        if (options.duration.count() > 0) {
            const auto left = start + options.duration - Clock::now();
            if (left.count() <= 0) {
                return CaptureEnd::Duration;
            }
            wait = std::min(wait, std::chrono::duration_cast<std::chrono::milliseconds>(left) +
                                      std::chrono::milliseconds(1));
        }
        if (auto turned = loop->turn(wait); !turned) {
            return Failure(turned.error());
        }
        if (auto done = merge.turn(); !done) {
            return Failure(done.error());
        }
        if (is_signalled) {
            return CaptureEnd::Signal;
        }
        if (merge.is_complete()) {
            return CaptureEnd::Count;
        }
        if (Clock::now() >= next_progress) {
            next_progress = Clock::now() + kProgress;
            if (!is_up(options.lab)) {
                return CaptureEnd::LabDown;
            }
            if (options.on_progress) {
                options.on_progress(merge.counts());
            }
        }
    }
}

}  // namespace

Result<CaptureSummary> capture(const CaptureOptions& options) {
    if (const auto lab = find(options.lab); !lab) {
        return Failure(lab.error());
    }
    const auto record = load(options.lab);
    if (!record) {
        return Failure(record.error());
    }
    const auto ends = select_ends(*record, options.links);
    if (!ends) {
        return Failure(ends.error());
    }
    auto filter = compile_filter(options.filter);
    if (!filter) {
        return Failure(filter.error());
    }
    Result<std::vector<CaptureSource>> sources;
    try {
        // A thread's namespace is its own: the caller stays where it is.
        std::thread([&] { sources = open_sources(*record, *ends, *filter); }).join();
    } catch (const std::system_error& e) {
        return fail(Errc::System, std::string("start a thread: ") + e.what());
    }
    if (!sources) {
        return Failure(sources.error());
    }
    std::vector<std::string> names;
    for (const End& end : *ends) {
        names.push_back(name_of(*record, end));
    }
    auto file = CaptureFile::create(options.file, names);
    if (!file) {
        return Failure(file.error());
    }
    CaptureMerge merge(*std::move(sources), *std::move(file), options.count);
    const auto end = run(merge, options);
    const auto finished = merge.finish();  // what was caught before a failure is in the file
    if (!end || !finished) {
        return Failure(!end ? end.error() : finished.error());
    }
    return CaptureSummary{.counts = merge.counts(), .end = *end};
}

}  // namespace splash::lab
