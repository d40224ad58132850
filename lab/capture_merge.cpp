#include "capture_merge.hpp"

#include <algorithm>
#include <ctime>
#include <limits>

namespace splash::lab {
namespace {

constexpr std::size_t kMostAtOnce = 2000;      // packets of one interface before the others have their turn
constexpr std::int64_t kSettled = 20'000'000;  // ns after which no packet with an earlier time can appear

std::int64_t now() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

Result<> CaptureMerge::turn() {
    std::int64_t settled = now() - kSettled;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        if (const auto last = drain(i)) {
            settled = std::min(settled, *last);
        }
    }
    write_until(settled);
    return file_.flush();
}

Result<> CaptureMerge::finish() {
    // Traffic goes on: without an end it would be read for ever. What was read beyond it is written too.
    const std::int64_t end = now();
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        drain_until(i, end);
    }
    write_until(std::numeric_limits<std::int64_t>::max());
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        const CaptureSource::Counts counts = sources_[i].counts();
        file_.write_statistics(i, end, counts.received, counts.dropped);
    }
    return file_.flush();
}

CaptureCounts CaptureMerge::counts() {
    CaptureCounts counts{.interfaces = sources_.size(), .packets = written_, .dropped = 0};
    for (CaptureSource& source : sources_) {
        counts.dropped += source.counts().dropped;
    }
    return counts;
}

/// The time of the last packet read, if more may wait.
std::optional<std::int64_t> CaptureMerge::drain(std::size_t index) {
    std::int64_t last = 0;
    for (std::size_t i = 0; i < kMostAtOnce; ++i) {
        auto packet = sources_[index].read(frame_);
        if (!packet) {
            return std::nullopt;
        }
        last = packet->time;
        packet->interface = index;
        waiting_.push_back(*std::move(packet));
    }
    return last;
}

void CaptureMerge::drain_until(std::size_t index, std::int64_t time) {
    for (auto last = drain(index); last && *last <= time; last = drain(index)) {
    }
}

void CaptureMerge::write_until(std::int64_t time) {
    const auto split = std::stable_partition(waiting_.begin(), waiting_.end(),
                                             [time](const CapturedPacket& p) { return p.time <= time; });
    std::stable_sort(waiting_.begin(), split,
                     [](const CapturedPacket& a, const CapturedPacket& b) { return a.time < b.time; });
    for (auto packet = waiting_.begin(); packet != split && (most_ == 0 || written_ < most_); ++packet) {
        file_.write(*packet);
        ++written_;
    }
    waiting_.erase(waiting_.begin(), split);
}

}  // namespace splash::lab
