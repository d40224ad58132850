// What snmpd.conf says of a user, without asking for anything.
#pragma once

#include "node/ports.hpp"

namespace splash::snmp {

/// True if VACM has a group and an access line for this name (security model usm) at its level, whatever the
/// view. Call after Agent::init(), on its thread.
[[nodiscard]] bool has_access(const node::MibUser& user);

}  // namespace splash::snmp
