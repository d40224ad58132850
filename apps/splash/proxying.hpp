// The last step to nodes without Splash: a program rides to the nearest Splash node, and that asks by SNMP.
#pragma once

#include "asking.hpp"
#include "base/error.hpp"
#include "discovery.hpp"
#include "transport.hpp"
#include "zones.hpp"

namespace splash::cli {

/// Asks every node that is not known to answer for its name by SNMP, from the Splash node whose neighbour it
/// is, and notes who does. @error what Transport::send() says of the own node
[[nodiscard]] Result<> ask_the_others(Transport& transport, const Zone& zone, FoundNetwork& network,
                                      const Tries& tries);

/// The name of the agent at `address`, asked of it by the node the program is sent to: programs/proxy.snap.
[[nodiscard]] Result<isa::Packet> proxy_program(const IpAddress& address);

}  // namespace splash::cli
