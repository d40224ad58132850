// A random packet on a random node: edges of workspace, budget, links and routes are likely.
#pragma once

#include <cstdint>

#include "situation.hpp"

namespace splash::model {

/// Follows from the seed alone.
[[nodiscard]] conformance::Situation random_situation(std::uint64_t seed);

}  // namespace splash::model
