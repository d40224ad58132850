// What discovery leaves in a node's dictionary of each of its neighbours, under the text of the neighbour's
// address (thesis, 10.4.2): the lines that write it, for programs that travel on by it such as
// programs/ride.snap.
#pragma once

#include <cstdint>
#include <string>

#include "asking.hpp"
#include "base/address.hpp"
#include "base/error.hpp"
#include "transport.hpp"
#include "zones.hpp"

namespace splash::cli {

/// The int under a neighbour's address. What was known stays until something else is found out, or the
/// entry's time to live ends.
enum class NeighbourEntry : std::uint8_t {
    Unheard = 0,  ///< nothing was heard of it: silent, unless it is asked by SNMP
    Splash = 1,   ///< a program that it sent arrived
    Snmp = 2,     ///< it answers SNMP when this node asks
};

/// Where a packet that a neighbour sent arrives, s[0] being the sender or no address: Splash. Leaves the
/// stack as it was. Whether there was room is known from what unheard_lines() wrote.
[[nodiscard]] std::string heard_lines();

/// In the loop of programs/flood.snap, before a packet goes to the neighbour: Unheard, where nothing is
/// known. A refusal goes into the list of the others, with the neighbour's place made negative.
[[nodiscard]] std::string unheard_lines();

/// Behind the request of programs/proxy.snap, its value on top: Snmp if it is no exception, else Unheard.
/// Pushes 1 or why it was not kept.
[[nodiscard]] std::string asked_lines(const IpAddress& agent);

/// Has the node where the flood began keep Splash for those of its neighbours from which packets arrived. If
/// that is the node this command line is at, it runs what comes from here in the local clients' name and what
/// comes back from neighbours in another, and each has a dictionary of its own; programs such as
/// programs/ride.snap begin with the first. Notes in the zone if there was no room.
/// @error what Transport::send() says of the own node
[[nodiscard]] Result<> keep_arrivals(Transport& transport, Zone& zone, const Target& first,
                                     const Tries& tries);

}  // namespace splash::cli
