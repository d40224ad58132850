// A token bucket over an outside clock: so many events a second on average, so many at once.
#pragma once

#include <algorithm>
#include <chrono>

namespace splash {

class TokenBucket {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

    /// Takes one token if there is one. `now` must not go backwards.
    [[nodiscard]] bool take(TimePoint now) {
        const double elapsed = std::chrono::duration<double>(now - last_).count();
        tokens_ = started_ ? std::min(burst_, tokens_ + std::max(0.0, elapsed) * per_second_) : burst_;
        started_ = true;
        last_ = now;
        if (tokens_ < 1.0) {
            return false;
        }
        tokens_ -= 1.0;
        return true;
    }
    /// True if take() would succeed.
    [[nodiscard]] bool has_token(TimePoint now) const {
        return !started_ ||
               tokens_ + std::max(0.0, std::chrono::duration<double>(now - last_).count()) * per_second_ >=
                   1.0;
    }
    /// True if it would be full by `now`: nothing would be lost by forgetting it.
    [[nodiscard]] bool is_full(TimePoint now) const {
        return !started_ ||
               tokens_ + std::chrono::duration<double>(now - last_).count() * per_second_ >= burst_;
    }

private:
    double per_second_;
    double burst_;
    double tokens_;
    bool started_ = false;
    TimePoint last_{};
};

}  // namespace splash
