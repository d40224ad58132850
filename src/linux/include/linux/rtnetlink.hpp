// A typed rtnetlink socket: links, addresses, routes, neighbours. libmnl builds the messages; the
// kernel's extended-ack text reaches the caller's Error. One thread each; calls block for at most 5 s.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/error.hpp"

namespace splash::linux {

struct LinkInfo {
    std::uint32_t index = 0;
    std::string name;
    std::uint32_t mtu = 0;
    bool is_up = false;                   ///< IFF_UP and a carrier
    bool is_administratively_up = false;  ///< IFF_UP alone
    bool is_running = false;              ///< IFF_RUNNING: the kernel has taken note of the carrier
    bool is_loopback = false;
    bool is_point_to_point = false;
};
struct AddressInfo {
    std::uint32_t if_index = 0;
    IpAddress address;
    std::optional<IpAddress> peer;  ///< of a point-to-point address
    unsigned prefix_length = 0;
    bool is_global = false;  ///< scope global
    bool is_lasting = true;  ///< neither temporary (RFC 8981) nor deprecated
};
struct RouteInfo {
    std::optional<IpAddress> gateway;
    std::uint32_t if_index = 0;
    std::optional<IpAddress> source;
    std::uint32_t mtu = 0;  ///< a route's own, 0 if none
    bool is_local = false;  ///< the destination is one of our addresses
};
struct NeighbourInfo {
    std::uint32_t if_index = 0;
    IpAddress address;
    bool is_live = false;  ///< reachable, stale, delay, probe or permanent
};

/// One end of a veth pair about to be made.
struct VethEnd {
    std::string name;
    std::uint32_t if_index = 0;  ///< 0: the kernel chooses
    int netns_fd = -1;           ///< -1: the socket's own namespace
};

class Rtnetlink {
public:
    /// Opens in the calling thread's network namespace and stays there.
    [[nodiscard]] static Result<Rtnetlink> open();
    Rtnetlink(Rtnetlink&&) noexcept;
    Rtnetlink& operator=(Rtnetlink&&) noexcept;
    ~Rtnetlink();

    // Reading
    [[nodiscard]] Result<std::vector<LinkInfo>> links();
    /// Those in use: an IPv6 address that is still looked for elsewhere (RFC 4862, section 5.4) is left out.
    [[nodiscard]] Result<std::vector<AddressInfo>> addresses();
    [[nodiscard]] Result<std::vector<NeighbourInfo>> neighbours();
    /// Begins to read the main table; what was left of an earlier reading is skipped. Other requests must
    /// wait until more_routes() has said that it was all: give the reading a socket of its own.
    [[nodiscard]] Result<> begin_routes();
    /// Hands out the next piece of the table, some hundred routes; a full BGP table has thousands of pieces
    /// and takes a second. A route with several next hops is as many RouteInfos.
    /// @return whether there is more.
    [[nodiscard]] Result<bool> more_routes(const std::function<void(const RouteInfo&)>& on_route);
    /// What the kernel would do with a packet to `to`. @error NotFound there is no route.
    [[nodiscard]] Result<RouteInfo> route_to(const IpAddress& to);

    // Writing: queued, sent in batches; flush() gives the first error.
    void add_veth(const VethEnd& a, const VethEnd& b);
    /// An IPv6 address is in use at once, without asking whether another has it.
    void add_address(std::uint32_t if_index, const IpAddress& address, unsigned prefix_length);
    void set_up(std::uint32_t if_index);
    void set_down(std::uint32_t if_index);
    void add_route(const Prefix& to, const IpAddress& gateway, std::uint32_t if_index,
                   const IpAddress& source);
    /// Of the main table, whoever made it. @error NotFound, from flush(): there is none to exactly this
    /// prefix.
    void delete_route(const Prefix& to);
    [[nodiscard]] Result<> flush();
    /// Blocks until every interface of this namespace that is up and has a carrier is running, and its
    /// addresses are in use. The kernel takes note of a carrier up to a second after it is there, newer ones
    /// when asked; until then, and until an address is in use, IPv6 packets are lost. @error TimedOut after
    /// 10 s.
    [[nodiscard]] Result<> settle();

private:
    class State;
    explicit Rtnetlink(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Tells when links, addresses, routes or neighbours of this namespace change.
class RtnetlinkMonitor {
public:
    [[nodiscard]] static Result<RtnetlinkMonitor> open();
    RtnetlinkMonitor(RtnetlinkMonitor&&) noexcept;
    RtnetlinkMonitor& operator=(RtnetlinkMonitor&&) noexcept;
    ~RtnetlinkMonitor();
    /// For the event loop: readable when something changed.
    [[nodiscard]] int fd() const;
    struct News {
        bool links_or_addresses = false;
        bool routes = false;
        bool neighbours = false;
        bool operator==(const News&) const = default;
    };
    /// Reads what waits, never blocks; leaves the rest of a storm for the next call. If messages were lost,
    /// everything is news.
    [[nodiscard]] News drain();

private:
    class State;
    explicit RtnetlinkMonitor(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::linux
