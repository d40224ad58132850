// Raw IPv4: takes packets of the SNAP protocol that are addressed to this host, and those in transit that
// carry the Router Alert option (RFC 2113); sends both kinds; hears the ICMP errors about them.
//
// One socket takes both kinds, each packet once. (Two listening sockets would each get every packet, so
// only one RawCarrier of a protocol may be open in a network namespace.) A packet in transit arrives with
// its TTL as on the wire, is gone from forwarding, and what is sent does not come back to the same host.
// Without a RawCarrier the kernel forwards as ever. Transit needs net.ipv4.ip_forward = 1.
// One thread; nothing blocks.
#pragma once

#include <functional>
#include <memory>

#include "base/error.hpp"
#include "linux/carrier.hpp"
#include "node/ports.hpp"
#include "wire/ipv4.hpp"

namespace splash::linux {

class RawCarrier {
public:
    /// Opens in the calling thread's network namespace and stays there. `log` must outlive it.
    /// @error NeedsRoot without CAP_NET_RAW.
    [[nodiscard]] static Result<RawCarrier> open(std::uint8_t protocol, node::Log& log);
    RawCarrier(RawCarrier&&) noexcept;
    RawCarrier& operator=(RawCarrier&&) noexcept;
    ~RawCarrier();

    /// Readable when packets, or ICMP errors, wait.
    [[nodiscard]] int fd() const;
    [[nodiscard]] int icmp_fd() const;

    /// Hands on what waits, at most 32 packets: as many as can each answer all over a node's interfaces
    /// before the send queue of a turn is full. if_index is 0 for packets from this host.
    void read(const TakeBuffer& take_buffer, const OnPacket& on_packet);
    /// The error's octets are valid during the call only.
    using OnIcmp = std::function<void(const wire::IcmpError&)>;
    void read_icmp(const OnIcmp& on_icmp);

    /// Queues a packet (Carriage::Alert or Plain) with DF set. Unspecified `source`: the kernel chooses.
    /// False if it is not IPv4, too long for IPv4, or the queue is full.
    [[nodiscard]] bool queue(const node::Outgoing& out, const IpAddress& source = {});
    /// Sends what is queued. What the kernel refuses is counted; what it has no room for waits.
    void flush();
    /// True if packets wait for the kernel to have room: flush again soon.
    [[nodiscard]] bool has_backlog() const;

    [[nodiscard]] const CarrierCounters& counters() const;

private:
    class State;
    explicit RawCarrier(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::linux
