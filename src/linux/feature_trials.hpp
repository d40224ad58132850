// One trial each of the features of spec/features.def.
#pragma once

#include "base/error.hpp"
#include "linux/features.hpp"

namespace splash::linux {

/// Uses a feature in the calling thread's network namespace and leaves its traces there: only for a process
/// that is about to end. Blocks for 5 s at most.
[[nodiscard]] Result<> try_feature(Feature feature);

}  // namespace splash::linux
