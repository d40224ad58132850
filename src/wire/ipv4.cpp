#include "wire/ipv4.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace splash::wire {
namespace {

constexpr std::uint8_t kProtocolIcmp = 1;
constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kFragmentOffset = 0x1fff;
/// Option 148 with length 4 and value 0: "routers shall examine" (RFC 2113).
constexpr std::array<std::byte, 4> kRouterAlert{std::byte{0x94}, std::byte{0x04}, std::byte{0}, std::byte{0}};

/// Where fields lie in an IPv4 header.
struct At {
    static constexpr std::size_t kVersionAndLength = 0;
    static constexpr std::size_t kTotalLength = 2;
    static constexpr std::size_t kFragment = 6;
    static constexpr std::size_t kTtl = 8;
    static constexpr std::size_t kProtocol = 9;
    static constexpr std::size_t kSource = 12;
    static constexpr std::size_t kDestination = 16;
};

/// An ICMP error: type, code, checksum, an octet that is unused, the length of the quote (RFC 4884).
struct Icmp {
    static constexpr std::size_t kHeader = 8;
    static constexpr std::size_t kType = 0;
    static constexpr std::size_t kCode = 1;
    static constexpr std::size_t kQuoteWords = 5;

    static constexpr std::uint8_t kDestinationUnreachable = 3;
    static constexpr std::uint8_t kTimeExceeded = 11;
    static constexpr std::uint8_t kTtlExceededInTransit = 0;
    static constexpr std::uint8_t kProtocolUnreachable = 2;
    static constexpr std::uint8_t kFragmentationNeeded = 4;
};

std::uint8_t octet(ConstBytes bytes, std::size_t at) {
    return std::to_integer<std::uint8_t>(bytes[at]);
}

bool is_later_fragment(ConstBytes ip) {
    return (load_be<std::uint16_t>(ip, At::kFragment) & kFragmentOffset) != 0;
}

/// RFC 1071; the sum over data that includes its own checksum is all ones.
bool checksum_holds(ConstBytes data) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < data.size(); i += 2) {
        sum += static_cast<std::uint32_t>(octet(data, i)) << 8U;
        sum += i + 1 < data.size() ? octet(data, i + 1) : 0U;
    }
    while (sum > 0xffffU) {
        sum = (sum & 0xffffU) + (sum >> 16U);
    }
    return sum == 0xffffU;
}

std::optional<IcmpError::Kind> kind_of(std::uint8_t type, std::uint8_t code) {
    if (type == Icmp::kTimeExceeded) {
        // The other code, reassembly, cannot be about packets with DF set.
        return code == Icmp::kTtlExceededInTransit ? std::optional(IcmpError::Kind::TimeExceeded)
                                                   : std::nullopt;
    }
    if (type != Icmp::kDestinationUnreachable) {
        return std::nullopt;
    }
    switch (code) {
        case Icmp::kProtocolUnreachable: return IcmpError::Kind::ProtocolUnreachable;
        case Icmp::kFragmentationNeeded: return IcmpError::Kind::TooBig;
        default: return IcmpError::Kind::Unreachable;
    }
}

}  // namespace

std::optional<Ipv4> parse_ipv4(ConstBytes octets) {
    if (octets.size() < kIpv4Header) {
        return std::nullopt;
    }
    const std::uint8_t first = octet(octets, At::kVersionAndLength);
    Ipv4 ip;
    ip.header_size = (first & 0x0fU) * std::size_t{4};
    ip.total_length = load_be<std::uint16_t>(octets, At::kTotalLength);
    if (first >> 4U != 4 || ip.header_size < kIpv4Header || ip.header_size > octets.size() ||
        ip.total_length < ip.header_size) {
        return std::nullopt;
    }
    ip.protocol = octet(octets, At::kProtocol);
    ip.ttl = octet(octets, At::kTtl);
    ip.source = IpAddress::v4(load_be<std::uint32_t>(octets, At::kSource));
    ip.destination = IpAddress::v4(load_be<std::uint32_t>(octets, At::kDestination));
    return ip;
}

std::size_t write_ipv4(Bytes out, const Ipv4Out& header) {
    const std::size_t size = header.router_alert ? kIpv4HeaderWithAlert : kIpv4Header;
    SPLASH_ASSERT(out.size() >= size, "no room for the IPv4 header");
    SPLASH_ASSERT(size + header.payload <= 0xffff, "an IPv4 packet is beyond 65,535 octets");
    SPLASH_ASSERT(!header.source.is_v6() && !header.destination.is_v6(), "an IPv6 address in an IPv4 header");
    std::ranges::fill(out.first(size), std::byte{0});
    out[At::kVersionAndLength] = static_cast<std::byte>(0x40U | size / 4);
    store_be<std::uint16_t>(out, At::kTotalLength, static_cast<std::uint16_t>(size + header.payload));
    store_be<std::uint16_t>(out, At::kFragment, kDontFragment);
    out[At::kTtl] = static_cast<std::byte>(header.ttl);
    out[At::kProtocol] = static_cast<std::byte>(header.protocol);
    store_be<std::uint32_t>(out, At::kSource, header.source.to_v4());
    store_be<std::uint32_t>(out, At::kDestination, header.destination.to_v4());
    if (header.router_alert) {
        std::ranges::copy(kRouterAlert, out.begin() + kIpv4Header);
    }
    return size;
}

std::optional<IcmpError> parse_icmp_error(ConstBytes ip_packet, std::uint8_t protocol) {
    const auto outer = parse_ipv4(ip_packet);
    if (!outer || outer->protocol != kProtocolIcmp || is_later_fragment(ip_packet) ||
        outer->total_length > ip_packet.size() || outer->total_length - outer->header_size < Icmp::kHeader) {
        return std::nullopt;
    }
    const ConstBytes icmp = ip_packet.subspan(outer->header_size, outer->total_length - outer->header_size);
    const auto kind = kind_of(octet(icmp, Icmp::kType), octet(icmp, Icmp::kCode));
    // Raw sockets are served before the kernel looks at an ICMP checksum.
    if (!kind || !checksum_holds(icmp)) {
        return std::nullopt;
    }
    ConstBytes quote = icmp.subspan(Icmp::kHeader);
    if (const std::size_t quote_size = octet(icmp, Icmp::kQuoteWords) * std::size_t{4}; quote_size != 0) {
        if (quote_size > quote.size()) {
            return std::nullopt;
        }
        quote = quote.first(quote_size);  // behind it are extensions (RFC 4884)
    }
    const auto inner = parse_ipv4(quote);
    if (!inner || inner->protocol != protocol || is_later_fragment(quote)) {
        return std::nullopt;
    }
    const ConstBytes payload =
        quote.first(std::min(quote.size(), inner->total_length)).subspan(inner->header_size);
    if (payload.size() < kMinQuote) {
        return std::nullopt;
    }
    return IcmpError{.kind = *kind,
                     .reporter = outer->source,
                     .source = inner->source,
                     .destination = inner->destination,
                     .quoted = payload};
}

}  // namespace splash::wire
