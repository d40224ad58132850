// IPv6 headers as carriers read them (RFC 8200, RFC 2711), and what an ICMPv6 error quotes (RFC 4443).
// None is written here: the kernel makes them, and chooses the source (RFC 6724).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "wire/icmp_error.hpp"

namespace splash::wire {

inline constexpr std::size_t kIpv6Header = 40;

/// The value of the Router Alert option that RFC 2711 sets aside for active networks.
inline constexpr std::uint16_t kAlertOfActiveNetworks = 2;

/// A Hop-by-Hop Options header with that option and two octets of padding. The kernel fills in the first
/// octet, the next header.
inline constexpr std::array<std::byte, 8> kHopByHopWithAlert{
    std::byte{0},    std::byte{0},  // one unit of 8 octets
    std::byte{0x05}, std::byte{2}, std::byte{0}, std::byte{kAlertOfActiveNetworks},
    std::byte{0x01}, std::byte{0}};
inline constexpr std::size_t kIpv6HeaderWithAlert = kIpv6Header + kHopByHopWithAlert.size();

struct Ipv6 {
    std::size_t header_size = 0;  ///< with all extension headers
    std::uint8_t protocol = 0;    ///< the next header behind them
    std::uint8_t hop_limit = 0;
    std::size_t total_length = 0;  ///< as the header says; the packet may be cut shorter
    bool is_fragment = false;      ///< a piece of a packet, the first one too
    std::optional<std::uint16_t> router_alert;
    IpAddress source;
    IpAddress destination;
};

/// Reads an IPv6 header and the extension headers behind it: Hop-by-Hop Options, Routing, Fragment,
/// Destination Options. nullopt if the version or a length is wrong or they are cut. A jumbogram is none.
[[nodiscard]] std::optional<Ipv6> parse_ipv6(ConstBytes octets);

/// Reads an ICMPv6 error, without its IPv6 header as raw sockets give it, quoting a packet of `protocol`;
/// nullopt for anything else. Its checksum is the kernel's business.
[[nodiscard]] std::optional<IcmpError> parse_icmpv6_error(ConstBytes message, const IpAddress& reporter,
                                                          std::uint8_t protocol);

}  // namespace splash::wire
