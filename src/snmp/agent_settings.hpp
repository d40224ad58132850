// Puts parsed options into net-snmp's settings, before init_agent.
#pragma once

#include "snmp/agent_options.hpp"

namespace splash::snmp {

/// @error Usage  no such user or group, a bad -L or -S.
Result<> apply(const AgentOptions& options);

}  // namespace splash::snmp
