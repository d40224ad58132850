// The last step to nodes without Splash: a program rides to the nearest Splash node, and that asks by SNMP.
#pragma once

#include "asking.hpp"
#include "base/error.hpp"
#include "discovery.hpp"
#include "transport.hpp"
#include "zones.hpp"

namespace splash::cli {

/// Whether the node that asks keeps what came of it, as neighbour_entries.hpp says.
enum class Keeping : std::uint8_t { Nothing, Entry };

/// Asks every node that is not known to answer for its name by SNMP, and notes who does: from a Splash node
/// whose neighbour it is, or from all of these, where each keeps what it found; a node that could not is
/// noted in the zone. Nodes of one name that also have one snmpEngineID (RFC 3411) are a node with several
/// addresses; others of one name get their address behind it.
/// @error what Transport::send() says of the own node
[[nodiscard]] Result<> ask_the_others(Transport& transport, Keeping keeping, Zone& zone,
                                      FoundNetwork& network, const Tries& tries);

}  // namespace splash::cli
