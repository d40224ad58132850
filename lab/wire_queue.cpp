#include "wire_queue.hpp"

#include <utility>

namespace splash::lab {
namespace {

constexpr std::uint32_t kDefaultLimit = 1000;  // packets, as netem

}  // namespace

WireQueue::WireQueue(const Impairment& impairment, std::uint64_t seed)
    : impairment_(impairment), random_(seed) {
    if (impairment_.limit == 0) {
        impairment_.limit = kDefaultLimit;
    }
}

void WireQueue::push(std::span<const std::byte> frame, Time now) {
    if (happens(impairment_.loss)) {
        return;
    }
    Frame copy(frame.begin(), frame.end());
    if (happens(impairment_.duplicate)) {
        enqueue(copy, now);
    }
    enqueue(std::move(copy), now);
}

std::optional<WireQueue::Time> WireQueue::next_due() const {
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.top().due);
}

std::optional<WireQueue::Frame> WireQueue::pop(Time now) {
    if (waiting_.empty() || waiting_.top().due > now) {
        return std::nullopt;
    }
    Frame frame = waiting_.top().frame;
    waiting_.pop();
    return frame;
}

bool WireQueue::happens(double percent) {
    return percent > 0 && std::uniform_real_distribution<double>(0, 100)(random_) < percent;
}

void WireQueue::enqueue(Frame frame, Time now) {
    if (waiting_.size() >= impairment_.limit) {
        ++dropped_;
        return;
    }
    if (happens(impairment_.corrupt)) {
        corrupt(frame);
    }
    Time due = now;
    if (!happens(impairment_.reorder)) {
        const auto jitter = impairment_.jitter.count();
        due += impairment_.delay;
        due +=
            std::chrono::microseconds(std::uniform_int_distribution<std::int64_t>(-jitter, jitter)(random_));
    }
    waiting_.push({.due = due, .number = arrived_++, .frame = std::move(frame)});
}

void WireQueue::corrupt(Frame& frame) {
    constexpr std::size_t kEthernetHeader = 14;  // spoilt addresses would look like loss
    if (frame.size() > kEthernetHeader) {
        const auto at =
            std::uniform_int_distribution<std::size_t>(kEthernetHeader, frame.size() - 1)(random_);
        frame[at] ^= std::byte{1} << std::uniform_int_distribution<int>(0, 7)(random_);
    }
}

}  // namespace splash::lab
