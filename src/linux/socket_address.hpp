// Endpoints as the socket calls want them, and what ancillary data tells of an arriving packet.
#pragma once

#include <sys/socket.h>

#include <array>
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

/// What goes along with a packet that is sent. To be copied with it; attached when it is sent.
class Ancillary {
public:
    /// The packet leaves from this address.
    void add_source(const IpAddress& source);
    /// IPv6: for this packet only.
    void add_hop_limit(std::uint8_t hops);
    /// IPv6: this Hop-by-Hop Options header; the kernel fills in its first octet.
    void add_hop_by_hop(ConstBytes header);
    /// The message points into this object until it is sent.
    void attach_to(msghdr& message);

private:
    static constexpr std::size_t kRoom = 128;
    void put(int level, int type, ConstBytes data);

    alignas(cmsghdr) std::array<std::byte, kRoom> space_{};
    std::size_t size_ = 0;
};

}  // namespace splash::linux
