// The other end of a node's sockets: how the command line injects packets and gets the answers.
// One thread; calls block until their deadline at most.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/address.hpp"
#include "base/error.hpp"
#include "isa/packet.hpp"
#include "wire/frames.hpp"

namespace splash::linux {

using Deadline = std::chrono::steady_clock::time_point;

/// A client of the node on this host, by its UNIX socket.
class UnixClient {
public:
    /// @error NoDaemon nothing listens on `path`; NeedsRoot it may not be opened; TimedOut; System.
    [[nodiscard]] static Result<UnixClient> connect(const std::string& path, Deadline deadline);
    UnixClient(UnixClient&&) noexcept;
    UnixClient& operator=(UnixClient&&) noexcept;
    ~UnixClient();

    /// Takes a port of the node's (0: any) for the answers; gives the one it got.
    /// @error Refused, TimedOut, NoDaemon (it went away), Protocol.
    [[nodiscard]] Result<std::uint16_t> bind(std::uint16_t port, Deadline deadline);
    /// Injects a packet and waits until the node has taken it. The tag is set here.
    /// @error Refused with the node's reason; TooLarge for a frame; TimedOut, NoDaemon, Protocol.
    [[nodiscard]] Result<wire::Accepted> send(wire::Inject inject, Deadline deadline);
    /// The next delivery or report; nullopt when the deadline has passed. What is no packet is passed over.
    /// @error Refused a packet accepted earlier; NoDaemon it went away.
    [[nodiscard]] Result<std::optional<isa::Packet>> receive(Deadline deadline);

private:
    class State;
    explicit UnixClient(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// A node answers a few times what it was asked with (docs/snap.md, section 11): requests are filled up with
/// zeros to what every path carries, as QUIC's are (RFC 9000, section 14.1).
inline constexpr std::size_t kPaddedRequest = 1200;

/// A client of any node, by UDP: needs neither a daemon here nor privileges.
class UdpClient {
public:
    /// Opens a socket of its own to `node`; says nothing to it yet.
    [[nodiscard]] static Result<UdpClient> connect(const Endpoint& node);
    UdpClient(UdpClient&&) noexcept;
    UdpClient& operator=(UdpClient&&) noexcept;
    ~UdpClient();

    /// Sends a packet with origin 0.0.0.0, or :: to an IPv6 address, port and request id 0: the node makes
    /// itself the origin.
    /// @error NoDaemon the node's host says that nothing listens there; TooLarge for a datagram; System.
    [[nodiscard]] Result<> send(isa::Packet packet);
    /// The next delivery or report; nullopt when the deadline has passed. What is no packet is passed over.
    /// @error NoDaemon as for send().
    [[nodiscard]] Result<std::optional<isa::Packet>> receive(Deadline deadline);

private:
    class State;
    explicit UdpClient(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::linux
