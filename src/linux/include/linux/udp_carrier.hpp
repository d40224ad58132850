// SNAP packets in UDP datagrams: from and to configured peers, and remote clients.
//
// An answer leaves from the address that was asked: a client behind a NAT or a filter, or one with a
// connected socket, would not take it from another. The carrier remembers which address that was for the
// 4096 to 8192 endpoints heard from last; for others the kernel chooses.
// One thread; nothing blocks.
#pragma once

#include <memory>
#include <vector>

#include "base/address.hpp"
#include "base/error.hpp"
#include "linux/carrier.hpp"
#include "node/ports.hpp"

namespace splash::linux {

class UdpCarrier {
public:
    /// Binds every address, in the calling thread's network namespace. 0.0.0.0 and :: stand for all of
    /// their family; port 0 for any. `log` must outlive it.
    /// @error PortTaken names the address; BadConfig: `addresses` is empty.
    [[nodiscard]] static Result<UdpCarrier> open(const std::vector<Endpoint>& addresses, node::Log& log);
    UdpCarrier(UdpCarrier&&) noexcept;
    UdpCarrier& operator=(UdpCarrier&&) noexcept;
    ~UdpCarrier();

    /// One for each address; any of them is readable when packets wait.
    [[nodiscard]] std::vector<int> fds() const;
    /// The addresses as bound, in the order of open(), with the ports that were given for 0.
    [[nodiscard]] std::vector<Endpoint> local() const;

    /// Whether a socket is of that version.
    [[nodiscard]] bool carries(IpVersion version) const;

    /// Hands on what waits, at most 32 packets of each socket.
    void read(const TakeBuffer& take_buffer, const OnPacket& on_packet);

    /// Queues a packet. False if no socket is of that family, it is too long for UDP, or the queue is full.
    [[nodiscard]] bool queue(const Endpoint& to, ConstBytes packet);
    void flush();
    /// True if packets wait for the kernel to have room: flush again soon.
    [[nodiscard]] bool has_backlog() const;

    [[nodiscard]] const CarrierCounters& counters() const;

private:
    class State;
    explicit UdpCarrier(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::linux
