// IPv4 headers as carriers read and write them (RFC 791, RFC 2113), and what an ICMP error quotes (RFC 792).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "wire/icmp_error.hpp"

namespace splash::wire {

inline constexpr std::size_t kIpv4Header = 20;
inline constexpr std::size_t kIpv4HeaderWithAlert = 24;

struct Ipv4 {
    std::size_t header_size = 0;
    std::uint8_t protocol = 0;
    std::uint8_t ttl = 0;
    std::size_t total_length = 0;  ///< as the header says; the packet may be cut shorter
    IpAddress source;
    IpAddress destination;
};

/// Reads an IPv4 header; nullopt if the version or header length is wrong or it is cut.
[[nodiscard]] std::optional<Ipv4> parse_ipv4(ConstBytes octets);

struct Ipv4Out {
    IpAddress source;  ///< unspecified: the kernel fills it in
    IpAddress destination;
    std::uint8_t protocol = 0;
    std::uint8_t ttl = 64;
    bool router_alert = false;
    std::size_t payload = 0;  ///< octets behind the header
};
/// Writes a header with DF set and the identification left to the kernel into the front of `out`;
/// gives its size (20 or 24). The checksum is left to the kernel (IP_HDRINCL fills it in).
std::size_t write_ipv4(Bytes out, const Ipv4Out& header);

/// Reads an IPv4 packet that holds an ICMP error quoting a packet of `protocol`; nullopt for anything else.
[[nodiscard]] std::optional<IcmpError> parse_icmp_error(ConstBytes ip_packet, std::uint8_t protocol);

}  // namespace splash::wire
