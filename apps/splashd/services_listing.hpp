// What --splash-services prints.
#pragma once

#include <string>

#include "settings.hpp"

namespace splash::splashd {

struct ServicesListing {
    std::string text;
    bool is_complete = true;  ///< nothing was refused
};

/// Loads what the settings name as the daemon would, and unloads it: a table of all services with signature,
/// right, cost and origin, and under it why something is not there.
[[nodiscard]] ServicesListing list_services(const Settings& settings);

}  // namespace splash::splashd
