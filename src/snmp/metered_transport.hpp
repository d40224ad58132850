// A transport of net-snmp's that counts what passes over it. Private to this folder.
#pragma once

#include "net_snmp.hpp"
#include "snmp/manager.hpp"

namespace splash::snmp {

/// Puts a counting transport in the place of a session's own; it goes with the session. nullptr: it has none.
[[nodiscard]] const Manager::Traffic* count_traffic(void* session);

}  // namespace splash::snmp
