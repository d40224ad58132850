// A flood, until all of it is known: launched again from where a packet's bound was used up, its reports put
// together, and every neighbour accounted for.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "asking.hpp"
#include "base/error.hpp"
#include "flood_program.hpp"
#include "target.hpp"
#include "transport.hpp"

namespace splash::cli {

/// A Splash node that the flood reached.
struct ZoneNode {
    IpAddress address;
    std::string name;
    bool has_told = false;          ///< its own report came, not only that it was reached once more
    bool is_in_zone = false;        ///< the condition holds there
    std::optional<IpAddress> from;  ///< the node that sent the packet which was heard first
    std::set<IpAddress> addresses;  ///< on its links: where it was reached, and what it told
    std::vector<isa::Value> values;
    std::vector<IpAddress> neighbours;  ///< as it told them; without the one it was reached from
    std::optional<isa::Exc> no_neighbours;
    std::optional<isa::Exc> not_remembered;  ///< why its dictionary was not written
};

/// A link was crossed: a packet that `from` sent arrived at `to`'s address `at`.
struct Crossing {
    IpAddress from;
    IpAddress to;
    IpAddress at;
};

/// A neighbour that is no Splash node, or from which nothing is known.
struct Stranger {
    IpAddress address;
    std::optional<IpAddress> neighbour_of;
    std::string reason;
    bool is_silent = false;  ///< nothing is known of it, nor of what is behind it
};

struct Zone {
    std::vector<ZoneNode> nodes;  ///< in the order of their reports
    std::vector<Crossing> crossings;
    std::vector<Stranger> strangers;
    std::size_t launches = 0;
    std::size_t answers = 0;
    std::size_t unreadable = 0;  ///< packets that came as answers and were no report of this flood
    /// Every neighbour of every node in the zone is a node that was heard, or a stranger.
    bool is_closed = false;

    [[nodiscard]] const ZoneNode* find(const IpAddress& address) const;
    /// The node that has an address.
    [[nodiscard]] const ZoneNode* owner_of(const IpAddress& address) const;
};

/// A line for people if something unreadable came, else empty.
[[nodiscard]] std::string remark_on_unreadable(const Zone& zone);

using ZoneProgress = std::function<void(const Zone&)>;

/// Floods from a node. What a packet of `plan.bound` does not reach is reached by another, from the node that
/// ran short; neighbours from which nothing is heard are visited by name.
/// @error what Transport::send() says of the own node; TimedOut not even the first node answered; Reported
/// why
[[nodiscard]] Result<Zone> explore(Transport& transport, const FloodPlan& plan, const Target& from,
                                   const Tries& tries, const ZoneProgress& progress);

}  // namespace splash::cli
