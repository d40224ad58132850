// What a wire does to frames, without the wire: who is lost, waits how long, is doubled, overtakes or is
// spoilt.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <random>
#include <span>
#include <vector>

#include "lab/impairment.hpp"

namespace splash::lab {

class WireQueue {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Frame = std::vector<std::byte>;

    WireQueue(const Impairment& impairment, std::uint64_t seed);

    /// Takes a frame that arrived at `now`; drops it if as many wait as may.
    void push(std::span<const std::byte> frame, Time now);
    /// When the next frame is due; nullopt: none waits.
    [[nodiscard]] std::optional<Time> next_due() const;
    /// A frame due at `now` or before.
    [[nodiscard]] std::optional<Frame> pop(Time now);
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

private:
    struct Waiting {
        Time due;
        std::uint64_t number;  // of arrival: those due at one time keep their order
        Frame frame;
        bool operator<(const Waiting& other) const {  // std::priority_queue has the greatest first
            return due != other.due ? due > other.due : number > other.number;
        }
    };
    [[nodiscard]] bool happens(double percent);
    void enqueue(Frame frame, Time now);
    void corrupt(Frame& frame);

    Impairment impairment_;
    std::mt19937_64 random_;
    std::priority_queue<Waiting> waiting_;
    std::uint64_t arrived_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace splash::lab
