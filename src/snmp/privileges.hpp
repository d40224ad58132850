// Becomes another user and keeps chosen capabilities.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"

namespace splash::snmp {

struct Identity {
    unsigned user = 0;   ///< 0: stays who it is
    unsigned group = 0;  ///< 0: stays
};

/// Group and supplementary groups first, then the user, as snmpd does it.
/// @error System  the kernel's reason; what came before stays done. Usage  no such capability.
Result<> become(const Identity& identity, const std::vector<std::string>& keep_capabilities);

}  // namespace splash::snmp
