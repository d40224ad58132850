// Raw IPv6: takes packets of the SNAP protocol (next header) that are addressed to this host, and those in
// transit whose Hop-by-Hop Options header carries Router Alert of active networks (RFC 2711, value 2); sends
// both kinds; hears the ICMPv6 errors about them.
//
// What the kernel does (each of it has a test):
//   - Two sockets take packets. One of the protocol gets those addressed to us, without any IP header. One of
//     IPPROTO_RAW, the only kind that may listen for alerts, gets those in transit, with all headers and the
//     hop limit as on the wire; they are gone from forwarding.
//   - The second hears an alert whatever the protocol behind it, and unless isolated that of every network
//     namespace. What is in transit under our value and no packet of ours is dropped and counted: sent on
//     from here it would go round the filters of forwarding.
//   - A packet that this host sends does not come back to it, and without this carrier the kernel forwards.
// Transit needs net.ipv6.conf.all.forwarding = 1 and Linux 5.1. One RawIpv6Carrier of a protocol may be open
// in a network namespace. One thread; nothing blocks.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "base/error.hpp"
#include "linux/carrier.hpp"
#include "node/ports.hpp"
#include "wire/icmp_error.hpp"

namespace splash::linux {

class RawIpv6Carrier {
public:
    /// Opens in the calling thread's network namespace and stays there. `log` must outlive it.
    /// @error NeedsRoot without CAP_NET_RAW; Unsupported the kernel has no IPv6, or is older than 5.1.
    [[nodiscard]] static Result<RawIpv6Carrier> open(std::uint8_t protocol, node::Log& log);
    RawIpv6Carrier(RawIpv6Carrier&&) noexcept;
    RawIpv6Carrier& operator=(RawIpv6Carrier&&) noexcept;
    ~RawIpv6Carrier();

    /// Readable when packets wait: for us, and in transit.
    [[nodiscard]] std::array<int, 2> fds() const;
    /// Readable when ICMPv6 errors wait.
    [[nodiscard]] int icmp_fd() const;

    /// Hands on what waits, at most 32 packets of each kind. if_index is 0 for packets from this host.
    void read(const TakeBuffer& take_buffer, const OnPacket& on_packet);
    /// The error's octets are valid during the call only.
    using OnIcmp = std::function<void(const wire::IcmpError&)>;
    void read_icmp(const OnIcmp& on_icmp);

    /// Queues a packet (Carriage::Alert or Plain); it is never sent in fragments. Unspecified `source`: the
    /// kernel chooses (RFC 6724). False if it is not IPv6, too long for it, or the queue is full.
    [[nodiscard]] bool queue(const node::Outgoing& out,
                             const IpAddress& source = IpAddress::unspecified(IpVersion::V6));
    /// Sends what is queued. What the kernel refuses is counted; what it has no room for waits.
    void flush();
    /// True if packets wait for the kernel to have room: flush again soon.
    [[nodiscard]] bool has_backlog() const;

    [[nodiscard]] const CarrierCounters& counters() const;

private:
    class State;
    explicit RawIpv6Carrier(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::linux
