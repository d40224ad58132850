// Waiting for one descriptor with a deadline.
#pragma once

#include <chrono>

#include "base/error.hpp"

namespace splash::linux {

enum class Readiness { Ready, TimedOut };
enum class Direction { Read, Write };

/// Blocks until `fd` is ready (or its other end is gone) or the deadline has passed.
[[nodiscard]] Result<Readiness> wait_ready(int fd, Direction direction,
                                           std::chrono::steady_clock::time_point deadline);

}  // namespace splash::linux
