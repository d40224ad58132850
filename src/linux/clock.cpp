#include "linux/clock.hpp"

namespace splash::linux {

node::Instant SystemClock::now() {
    return std::chrono::steady_clock::now();
}

std::int64_t SystemClock::epoch_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace splash::linux
