// Endpoints as the socket calls want them, and what ancillary data tells of an arriving packet.
#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "base/address.hpp"

namespace splash::linux {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

[[nodiscard]] SocketAddress to_socket_address(const Endpoint& endpoint);
/// 0.0.0.0 port 0 for a family other than IPv4 and IPv6.
[[nodiscard]] Endpoint to_endpoint(const sockaddr_storage& storage);

/// Room for one IP_PKTINFO or IPV6_PKTINFO message.
inline constexpr std::size_t kPacketInfoSpace = 64;

struct PacketInfo {
    std::uint32_t if_index = 0;  ///< 0 if it came by loopback
    IpAddress destination;
};
/// Reads IP_PKTINFO or IPV6_PKTINFO; default values if there is none.
[[nodiscard]] PacketInfo packet_info(const msghdr& message);
/// Makes `message` leave from `source`. `space` holds the ancillary data until it is sent.
void set_source(msghdr& message, std::byte (&space)[kPacketInfoSpace], const IpAddress& source);

}  // namespace splash::linux
