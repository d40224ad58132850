// The neighbours of a node: other ends of small links, next hops of routes, live entries of the neighbour
// table. Each is read from the kernel when it is asked for and out of date, at a pace.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "linux/rtnetlink.hpp"
#include "node/ports.hpp"
#include "pace.hpp"

namespace splash::linux {

/// Addresses by interface, at most so many of each. Those that need a scope are left out: a program cannot
/// say where it means.
class NeighbourSet {
public:
    void add(std::uint32_t if_index, const IpAddress& address);
    [[nodiscard]] bool contains(const IpAddress& address) const { return all_.contains(address); }
    [[nodiscard]] const std::unordered_map<std::uint32_t, std::unordered_set<IpAddress>>& by_interface()
        const {
        return by_interface_;
    }

private:
    std::unordered_map<std::uint32_t, std::unordered_set<IpAddress>> by_interface_;
    std::unordered_set<IpAddress> all_;
};

/// The other host of a link with room for two: of a /31 (RFC 3021), or of a /30 with its network and
/// broadcast addresses left out; the same of /127 and /126; the peer of a point-to-point address.
[[nodiscard]] std::optional<IpAddress> other_end(const AddressInfo& address);

/// Next hops of the main routing table. A full BGP table is read in pieces, a few whenever somebody asks;
/// until the last one is there, what was read before counts.
class NextHops {
public:
    /// A router without a full table reads all of it in one go.
    static constexpr int kPiecesAtATime = 8;

    NextHops(Rtnetlink kernel, node::Clock& clock) : kernel_(std::move(kernel)), clock_(clock) {}
    void are_out_of_date() { is_out_of_date_ = true; }
    [[nodiscard]] bool contains(const IpAddress& address) { return known().contains(address); }
    [[nodiscard]] const NeighbourSet& known();

private:
    void read_on();

    Rtnetlink kernel_;  ///< of its own: a reading may be under way
    node::Clock& clock_;
    Pace pace_;
    bool is_out_of_date_ = true;
    bool is_reading_ = false;
    NeighbourSet known_;
    NeighbourSet being_read_;
};

/// The kernel's neighbour table (ARP, NDP), read again after a second even without news.
class NeighbourTable {
public:
    NeighbourTable(Rtnetlink kernel, node::Clock& clock) : kernel_(std::move(kernel)), clock_(clock) {}
    void is_out_of_date() { is_out_of_date_ = true; }
    [[nodiscard]] bool contains(const IpAddress& address) { return known().contains(address); }
    [[nodiscard]] const NeighbourSet& known();

private:
    Rtnetlink kernel_;
    node::Clock& clock_;
    Pace pace_;
    bool is_out_of_date_ = true;
    node::Instant read_at_{};
    NeighbourSet known_;
};

}  // namespace splash::linux
