#include "wire/ipv6.hpp"

#include <algorithm>

namespace splash::wire {
namespace {

/// Where fields lie in an IPv6 header.
struct At {
    static constexpr std::size_t kPayloadLength = 4;
    static constexpr std::size_t kNextHeader = 6;
    static constexpr std::size_t kHopLimit = 7;
    static constexpr std::size_t kSource = 8;
    static constexpr std::size_t kDestination = 24;
};

/// Numbers of the extension headers that are passed over. Others end the search: they are the protocol.
struct Extension {
    static constexpr std::uint8_t kHopByHop = 0;
    static constexpr std::uint8_t kRouting = 43;
    static constexpr std::uint8_t kFragment = 44;
    static constexpr std::uint8_t kDestinationOptions = 60;

    static constexpr std::size_t kUnit = 8;  ///< lengths count these, the first one left out
    static constexpr std::size_t kNextHeader = 0;
    static constexpr std::size_t kLength = 1;
    static constexpr std::size_t kFragmentOffset = 2;  ///< of the Fragment header: 13 bits of 16
};

struct Option {
    static constexpr std::uint8_t kPad1 = 0;  ///< the only one without a length
    static constexpr std::uint8_t kRouterAlert = 5;
};

/// An ICMPv6 error: type, code, checksum, four octets that depend on the type; the length of the quote is
/// in the first of them for two types (RFC 4884).
struct Icmpv6 {
    static constexpr std::size_t kHeader = 8;
    static constexpr std::size_t kType = 0;
    static constexpr std::size_t kCode = 1;
    static constexpr std::size_t kQuoteUnits = 4;

    static constexpr std::uint8_t kDestinationUnreachable = 1;
    static constexpr std::uint8_t kPacketTooBig = 2;
    static constexpr std::uint8_t kTimeExceeded = 3;
    static constexpr std::uint8_t kParameterProblem = 4;
    static constexpr std::uint8_t kHopLimitExceededInTransit = 0;
    static constexpr std::uint8_t kUnrecognisedNextHeader = 1;
};

/// Extension headers in a packet of ours are one; more than a handful are nobody's.
constexpr int kMaxExtensions = 8;

std::uint8_t octet(ConstBytes bytes, std::size_t at) {
    return std::to_integer<std::uint8_t>(bytes[at]);
}

bool is_extension(std::uint8_t next_header) {
    return next_header == Extension::kHopByHop || next_header == Extension::kRouting ||
           next_header == Extension::kFragment || next_header == Extension::kDestinationOptions;
}

/// The value of the Router Alert among the options of a Hop-by-Hop header, if there is one.
std::optional<std::uint16_t> router_alert_in(ConstBytes options) {
    Reader reader(options);
    while (const auto type = reader.be<std::uint8_t>()) {
        if (*type == Option::kPad1) {
            continue;
        }
        const auto length = reader.be<std::uint8_t>();
        const auto data = length ? reader.take(*length) : std::nullopt;
        if (!data) {
            return std::nullopt;
        }
        if (*type == Option::kRouterAlert && data->size() == sizeof(std::uint16_t)) {
            return load_be<std::uint16_t>(*data, 0);
        }
    }
    return std::nullopt;
}

std::optional<IcmpError::Kind> kind_of(std::uint8_t type, std::uint8_t code) {
    switch (type) {
        case Icmpv6::kDestinationUnreachable: return IcmpError::Kind::Unreachable;
        case Icmpv6::kPacketTooBig: return IcmpError::Kind::TooBig;
        case Icmpv6::kTimeExceeded:
            // The other code, reassembly, cannot be about packets that nobody sends in fragments.
            return code == Icmpv6::kHopLimitExceededInTransit ? std::optional(IcmpError::Kind::TimeExceeded)
                                                              : std::nullopt;
        case Icmpv6::kParameterProblem:
            // Others say that a node will not have our options (RFC 8883): the packet went no further.
            return code == Icmpv6::kUnrecognisedNextHeader ? IcmpError::Kind::ProtocolUnreachable
                                                           : IcmpError::Kind::Unreachable;
        default: return std::nullopt;
    }
}

/// What the message quotes; behind that there may be extensions (RFC 4884). nullopt if it is cut.
std::optional<ConstBytes> quote_in(ConstBytes message) {
    const ConstBytes behind = message.subspan(Icmpv6::kHeader);
    const std::uint8_t type = octet(message, Icmpv6::kType);
    if (type != Icmpv6::kDestinationUnreachable && type != Icmpv6::kTimeExceeded) {
        return behind;  // these four octets hold an MTU or a pointer
    }
    const std::size_t size = octet(message, Icmpv6::kQuoteUnits) * Extension::kUnit;
    if (size > behind.size()) {
        return std::nullopt;
    }
    return size == 0 ? behind : behind.first(size);
}

}  // namespace

std::optional<Ipv6> parse_ipv6(ConstBytes octets) {
    if (octets.size() < kIpv6Header || octet(octets, 0) >> 4U != 6) {
        return std::nullopt;
    }
    Ipv6 ip;
    ip.header_size = kIpv6Header;
    ip.protocol = octet(octets, At::kNextHeader);
    ip.hop_limit = octet(octets, At::kHopLimit);
    ip.total_length = kIpv6Header + load_be<std::uint16_t>(octets, At::kPayloadLength);
    ip.source = *IpAddress::from_octets(octets.subspan(At::kSource, 16));
    ip.destination = *IpAddress::from_octets(octets.subspan(At::kDestination, 16));
    const ConstBytes whole = octets.first(std::min(octets.size(), ip.total_length));
    Reader reader(whole.subspan(kIpv6Header));
    for (int passed = 0; is_extension(ip.protocol); ++passed) {
        const std::uint8_t kind = ip.protocol;
        const auto first = reader.take(Extension::kUnit);
        if (passed == kMaxExtensions || !first) {
            return std::nullopt;
        }
        // A Fragment header has no length: its second octet is reserved.
        const std::size_t more = kind == Extension::kFragment ? 0 : octet(*first, Extension::kLength);
        if (!reader.take(more * Extension::kUnit)) {
            return std::nullopt;
        }
        const std::size_t size = (1 + more) * Extension::kUnit;
        if (kind == Extension::kHopByHop) {
            constexpr std::size_t kOptions = 2;
            ip.router_alert = router_alert_in(whole.subspan(ip.header_size, size).subspan(kOptions));
        }
        ip.protocol = octet(*first, Extension::kNextHeader);
        ip.header_size += size;
        if (kind == Extension::kFragment) {
            ip.is_fragment = true;
            constexpr std::uint16_t kOffset = 0xfff8;
            if ((load_be<std::uint16_t>(*first, Extension::kFragmentOffset) & kOffset) != 0) {
                break;  // what follows is no header but the middle of something
            }
        }
    }
    return ip;
}

std::optional<IcmpError> parse_icmpv6_error(ConstBytes message, const IpAddress& reporter,
                                            std::uint8_t protocol) {
    if (message.size() < Icmpv6::kHeader) {
        return std::nullopt;
    }
    const auto kind = kind_of(octet(message, Icmpv6::kType), octet(message, Icmpv6::kCode));
    const auto quote = quote_in(message);
    if (!kind || !quote) {
        return std::nullopt;
    }
    const auto inner = parse_ipv6(*quote);
    if (!inner || inner->protocol != protocol || inner->is_fragment) {
        return std::nullopt;
    }
    const ConstBytes payload =
        quote->first(std::min(quote->size(), inner->total_length)).subspan(inner->header_size);
    if (payload.size() < kMinQuote) {
        return std::nullopt;
    }
    return IcmpError{.kind = *kind,
                     .reporter = reporter,
                     .source = inner->source,
                     .destination = inner->destination,
                     .quoted = payload};
}

}  // namespace splash::wire
