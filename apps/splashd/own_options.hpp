// The options of spec/daemon_options.def: what splashd's command line has beside snmpd's.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace splash::splashd {

struct OwnOptions {
    std::optional<std::string> settings_file;  ///< none: an SNMP agent and nothing else
    bool is_check = false;                     ///< read the settings, say what holds, end
    bool is_listing = false;                   ///< load plug-ins, list the services, end
};

/// @param given  "--splash-config=FILE" is {"config", "FILE"}.
/// @error Usage  an option splashd does not have, or a wrong argument.
[[nodiscard]] Result<OwnOptions> read_own_options(const std::map<std::string, std::string>& given);

/// What --help adds to snmpd's own, a line an option.
[[nodiscard]] std::string own_usage();

}  // namespace splash::splashd
