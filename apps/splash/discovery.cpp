#include "discovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace splash::cli {
namespace {

/// The addresses of a /31, or of a /30: of two nodes that are neighbours anyway.
bool share_a_link(const IpAddress& a, const IpAddress& b) {
    const ConstBytes x = a.octets();
    const ConstBytes y = b.octets();
    if (x.size() != y.size() || !std::equal(x.begin(), x.end() - 1, y.begin())) {
        return false;
    }
    const auto difference = static_cast<unsigned>(x.back() ^ y.back());
    return difference == 1 || difference == 3;
}

class Puzzle {
public:
    explicit Puzzle(const Zone& zone) : zone_(zone) {
        found_.is_closed = zone.is_closed;
        for (const ZoneNode& node : zone.nodes) {
            found_.nodes.push_back({.name = node.name.empty() ? node.address.to_string() : node.name,
                                    .address = node.address,
                                    .manager = Manager::Splash,
                                    .reason = {}});
        }
        for (const Stranger& stranger : zone.strangers) {
            if (zone.owner_of(stranger.address) == nullptr) {
                found_.nodes.push_back({.name = stranger.address.to_string(),
                                        .address = stranger.address,
                                        .manager = Manager::Nothing,
                                        .reason = stranger.reason});
            }
        }
    }

    FoundNetwork solve() {
        for (const ZoneNode& node : zone_.nodes) {
            for (const IpAddress& neighbour : node.neighbours) {
                take_told(*place_of(node.address), neighbour);
            }
        }
        for (const Crossing& crossing : zone_.crossings) {
            take_crossing(crossing);
        }
        for (auto& [key, link] : links_) {
            if (!is_hearsay(link)) {
                found_.links.push_back(link);
            }
        }
        return std::move(found_);
    }

private:
    [[nodiscard]] std::optional<std::size_t> place_of(const IpAddress& address) const {
        const ZoneNode* const owner = zone_.owner_of(address);
        const IpAddress self = owner == nullptr ? address : owner->address;
        const auto found = std::ranges::find(found_.nodes, self, &FoundNode::address);
        return found == found_.nodes.end() ? std::nullopt
                                           : std::optional<std::size_t>(found - found_.nodes.begin());
    }

    /// A Splash node told its neighbours, and this one was not among them; nor did a packet cross. The kernel
    /// at the other end takes somebody behind a router for its neighbour: proxy ARP, or a next hop not on the
    /// link.
    [[nodiscard]] bool is_hearsay(const FoundLink& link) const {
        if (link.is_crossed_to_a || link.is_crossed_to_b || link.is_told_by_a == link.is_told_by_b) {
            return false;
        }
        const ZoneNode* const other = zone_.find(found_.nodes[link.is_told_by_a ? link.b : link.a].address);
        return other != nullptr && other->has_told && !other->no_neighbours;
    }

    /// The link on which `node` has a neighbour at `address`. Two nodes may share several: an address tells
    /// which, and of a link of two so does the address at its other end.
    FoundLink* link_at(std::size_t node, const IpAddress& address) {
        const auto other = place_of(address);
        if (!other) {
            return nullptr;
        }
        const bool is_first = node < *other;
        const std::pair<std::size_t, std::size_t> ends{std::min(node, *other), std::max(node, *other)};
        const auto [begin, end] = links_.equal_range(ends);
        for (auto at = begin; at != end; ++at) {
            FoundLink& link = at->second;
            const auto& there = is_first ? link.b_address : link.a_address;
            const auto& here = is_first ? link.a_address : link.b_address;
            if (there == address || (!there && here && share_a_link(*here, address))) {
                return &link;
            }
        }
        FoundLink link;
        link.a = ends.first;
        link.b = ends.second;
        return &links_.emplace(ends, link)->second;
    }

    void take_told(std::size_t node, const IpAddress& neighbour) {
        if (FoundLink* const link = link_at(node, neighbour)) {
            const bool is_a = link->a == node;
            (is_a ? link->is_told_by_a : link->is_told_by_b) = true;
            (is_a ? link->b_address : link->a_address) = neighbour;
        }
    }

    void take_crossing(const Crossing& crossing) {
        const auto from = place_of(crossing.from);
        if (!from) {
            return;
        }
        if (FoundLink* const link = link_at(*from, crossing.at)) {
            const bool is_to_a = place_of(crossing.to) == link->a;
            (is_to_a ? link->is_crossed_to_a : link->is_crossed_to_b) = true;
            (is_to_a ? link->a_address : link->b_address) = crossing.at;
        }
    }

    const Zone& zone_;
    FoundNetwork found_;
    std::multimap<std::pair<std::size_t, std::size_t>, FoundLink> links_;
};

}  // namespace

FoundNetwork put_together(const Zone& zone) {
    return Puzzle(zone).solve();
}

void join_nodes(FoundNetwork& network, std::size_t kept, std::size_t other) {
    for (FoundLink& link : network.links) {
        for (std::size_t* const end : {&link.a, &link.b}) {
            *end = *end == other ? kept : *end;
            *end -= *end > other ? 1 : 0;
        }
    }
    network.nodes.erase(network.nodes.begin() + static_cast<std::ptrdiff_t>(other));
}

std::string doubt_about(const FoundNetwork& network, const FoundLink& link) {
    if (link.is_proven()) {
        return {};
    }
    const FoundNode& a = network.nodes[link.a];
    const FoundNode& b = network.nodes[link.b];
    const bool is_other_b = link.is_told_by_a && !link.is_crossed_to_b;
    const FoundNode& teller = is_other_b ? a : b;
    const FoundNode& other = is_other_b ? b : a;
    return other.manager == Manager::Splash
               ? fmt::format("nothing that {} sent arrived at {}", teller.name, other.name)
               : fmt::format("seen from {} only: {} runs no Splash", teller.name, other.name);
}

std::string_view word_of(Manager manager) {
    switch (manager) {
        case Manager::Splash: return "splash";
        case Manager::Snmp: return "snmp";
        case Manager::Nothing: return "silent";
    }
    return "";
}

}  // namespace splash::cli
