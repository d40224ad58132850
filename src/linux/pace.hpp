// How often something costly may be done: so often that it takes a twentieth of the time at most.
#pragma once

#include <algorithm>
#include <chrono>

#include "node/ports.hpp"

namespace splash::linux {

/// A reading of 100 us may be repeated after 2 ms, one that takes a second after 20 s. What is asked in
/// between is answered from what was read last.
class Pace {
public:
    static constexpr int kShare = 20;
    static constexpr std::chrono::seconds kAfterFailure{1};

    [[nodiscard]] bool allows(node::Instant now) const { return now >= next_; }
    void took(node::Instant begin, node::Instant end) {
        next_ = std::max(next_, end + (end - begin) * kShare);
    }
    void failed(node::Instant end) { next_ = std::max(next_, end + kAfterFailure); }

private:
    node::Instant next_{};
};

}  // namespace splash::linux
