#include "quartiles.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"

namespace splash::cli {

Quartiles quartiles(std::vector<double> samples) {
    SPLASH_ASSERT(!samples.empty(), "no samples");
    std::ranges::sort(samples);
    const auto at = [&samples](double share) {
        const double rank = share * static_cast<double>(samples.size() - 1);
        const auto below = static_cast<std::size_t>(std::floor(rank));
        const std::size_t above = std::min(below + 1, samples.size() - 1);
        return std::lerp(samples[below], samples[above], rank - std::floor(rank));
    };
    return {.lower = at(0.25), .median = at(0.5), .upper = at(0.75)};
}

}  // namespace splash::cli
