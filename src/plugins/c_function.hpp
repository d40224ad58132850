// A function of any C library as a service, called as its prototype declares, by libffi.
#pragma once

#include <memory>

#include "base/error.hpp"
#include "function.hpp"
#include "library.hpp"
#include "plugins/settings.hpp"

namespace splash::plugins {

/// Finds the library and the function in it.
/// @error PlugIn  no such library or symbol, or a library not to be trusted.
[[nodiscard]] Result<Function> load_c_function(const CFunctionSettings& settings, uid_t owner);

}  // namespace splash::plugins
