// A library written for Splash: snap_svc_NAME.so, as include/splash/service.h says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "function.hpp"
#include "library.hpp"

namespace splash::plugins {

/// Loads a plug-in, checks what it was built against, gets it ready and asks what it offers. The functions
/// keep it loaded; with the last of them it is finished and unloaded.
/// @error PlugIn  why not: of the path, the linker, the version or a size found and expected, the function
///                missing, init's own words, or the service whose description is wrong.
[[nodiscard]] Result<std::vector<Function>> load_plug_in(const std::string& path, uid_t owner);

}  // namespace splash::plugins
