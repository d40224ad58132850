// Where the daemon's program is.
#pragma once

#include <string>

#include "base/error.hpp"

namespace splash::cli {

/// The splashd built or installed together with this program, else the system's. @error FileNotFound
[[nodiscard]] Result<std::string> find_splashd();

}  // namespace splash::cli
