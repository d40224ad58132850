// A network as a flood found it: nodes that run Splash, their neighbours that do not, the links between them
// and what proves each.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "zones.hpp"

namespace splash::cli {

/// What answers at a node.
enum class Manager : std::uint8_t {
    Splash,   ///< programs
    Snmp,     ///< an SNMP agent, and no programs
    Nothing,  ///< neither
};

struct FoundNode {
    std::string name;
    IpAddress address;
    Manager manager = Manager::Splash;
    std::string reason;  ///< why it is no Splash node, else empty
};

/// Two nodes that are neighbours.
struct FoundLink {
    std::size_t a = 0;
    std::size_t b = 0;
    std::optional<IpAddress> a_address;  ///< a's on the link, as b told it or as a packet arrived there
    std::optional<IpAddress> b_address;
    bool is_told_by_a = false;  ///< a has b for a neighbour
    bool is_told_by_b = false;
    bool is_crossed_to_a = false;  ///< a packet of b's arrived at a
    bool is_crossed_to_b = false;

    /// Packets crossed it both ways.
    [[nodiscard]] bool is_proven() const { return is_crossed_to_a && is_crossed_to_b; }
};

struct FoundNetwork {
    std::vector<FoundNode> nodes;  ///< Splash nodes first, in the order of their reports
    std::vector<FoundLink> links;  ///< in the order of the addresses
    bool is_closed = false;        ///< as Zone's
};

/// Puts a flood's reports together. Who is no Splash node is Manager::Nothing until asked otherwise.
[[nodiscard]] FoundNetwork put_together(const Zone& zone);

/// Makes one node of two that turned out to be one: the other's links are the kept one's.
void join_nodes(FoundNetwork& network, std::size_t kept, std::size_t other);

/// Why a link is not proven, for people; empty if it is.
[[nodiscard]] std::string doubt_about(const FoundNetwork& network, const FoundLink& link);

[[nodiscard]] std::string_view word_of(Manager manager);
}  // namespace splash::cli
