// Ids that tell one invocation's writes from all others'.
#pragma once

#include <cstdint>

#include "base/error.hpp"

namespace splash::cli {

/// 63 random bits of the kernel's. @error System
[[nodiscard]] Result<std::int64_t> random_id();

/// The id of the `index`-th write of an invocation: not negative.
[[nodiscard]] constexpr std::int64_t id_of(std::int64_t invocation, std::size_t index) {
    constexpr std::uint64_t kNotNegative = ~std::uint64_t{0} >> 1U;
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(invocation) + index) & kNotNegative);
}

}  // namespace splash::cli
