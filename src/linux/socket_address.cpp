#include "socket_address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "base/assert.hpp"

namespace splash::linux {
namespace {

/// The loopback interface is the first of every network namespace.
constexpr unsigned kLoopbackIndex = 1;

static_assert(kPacketInfoSpace >= CMSG_SPACE(sizeof(in6_pktinfo)));
static_assert(kPacketInfoSpace >= CMSG_SPACE(sizeof(in_pktinfo)));

std::uint32_t arrival_index(unsigned index) {
    return index == kLoopbackIndex ? 0 : index;
}

}  // namespace

SocketAddress to_socket_address(const Endpoint& endpoint) {
    SocketAddress out;
    const ConstBytes octets = endpoint.address.octets();
    if (endpoint.address.is_v6()) {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(endpoint.port);
        std::memcpy(&in.sin6_addr, octets.data(), octets.size());
        std::memcpy(&out.storage, &in, sizeof in);
        out.size = sizeof in;
    } else {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(endpoint.port);
        std::memcpy(&in.sin_addr, octets.data(), octets.size());
        std::memcpy(&out.storage, &in, sizeof in);
        out.size = sizeof in;
    }
    return out;
}

Endpoint to_endpoint(const sockaddr_storage& storage) {
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &storage, sizeof in);
        return {*IpAddress::from_octets(std::as_bytes(std::span(in.sin6_addr.s6_addr))), ntohs(in.sin6_port)};
    }
    if (storage.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &storage, sizeof in);
        return {IpAddress::v4(ntohl(in.sin_addr.s_addr)), ntohs(in.sin_port)};
    }
    return {};
}

PacketInfo packet_info(const msghdr& message) {
    // CMSG_NXTHDR of glibc takes a mutable header and changes nothing.
    auto* mutable_message = const_cast<msghdr*>(&message);
    for (cmsghdr* c = CMSG_FIRSTHDR(mutable_message); c != nullptr; c = CMSG_NXTHDR(mutable_message, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(c), sizeof info);
            return {arrival_index(static_cast<unsigned>(info.ipi_ifindex)),
                    IpAddress::v4(ntohl(info.ipi_addr.s_addr))};
        }
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(c), sizeof info);
            return {arrival_index(info.ipi6_ifindex),
                    *IpAddress::from_octets(std::as_bytes(std::span(info.ipi6_addr.s6_addr)))};
        }
    }
    return {};
}

void Ancillary::put(int level, int type, ConstBytes data) {
    SPLASH_ASSERT(size_ + CMSG_SPACE(data.size()) <= kRoom, "no room for more ancillary data");
    cmsghdr header{};
    header.cmsg_level = level;
    header.cmsg_type = type;
    header.cmsg_len = CMSG_LEN(data.size());
    std::memcpy(space_.data() + size_, &header, sizeof header);
    std::ranges::copy(data, space_.begin() + static_cast<std::ptrdiff_t>(size_ + CMSG_LEN(0)));
    size_ += CMSG_SPACE(data.size());
}

void Ancillary::add_source(const IpAddress& source) {
    const ConstBytes octets = source.octets();
    if (source.is_v6()) {
        in6_pktinfo info{};
        std::memcpy(&info.ipi6_addr, octets.data(), octets.size());
        put(IPPROTO_IPV6, IPV6_PKTINFO, std::as_bytes(std::span(&info, 1)));
    } else {
        in_pktinfo info{};
        std::memcpy(&info.ipi_spec_dst, octets.data(), octets.size());
        put(IPPROTO_IP, IP_PKTINFO, std::as_bytes(std::span(&info, 1)));
    }
}

void Ancillary::add_hop_limit(std::uint8_t hops) {
    const int value = hops;
    put(IPPROTO_IPV6, IPV6_HOPLIMIT, std::as_bytes(std::span(&value, 1)));
}

void Ancillary::add_hop_by_hop(ConstBytes header) {
    put(IPPROTO_IPV6, IPV6_HOPOPTS, header);
}

void Ancillary::attach_to(msghdr& message) {
    message.msg_control = size_ == 0 ? nullptr : space_.data();
    message.msg_controllen = size_;
}

}  // namespace splash::linux
