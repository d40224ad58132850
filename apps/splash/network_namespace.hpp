// Moving this process into a lab node's network.
#pragma once

#include <string>

#include "base/error.hpp"

namespace splash::cli {

/// Sockets that this thread opens from now on are in the namespace of that name under /run/netns.
/// @error NotFound no such namespace; NeedsRoot; System.
Result<> enter_network_namespace(const std::string& name);

}  // namespace splash::cli
