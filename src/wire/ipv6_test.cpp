#include "wire/ipv6.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace splash::wire {
namespace {

constexpr unsigned kSeed = 2711;
constexpr std::uint8_t kSnap = 253;
constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kNoNextHeader = 59;
constexpr std::uint8_t kDestinationOptions = 60;

const IpAddress kA = *IpAddress::parse("2001:db8::a");
const IpAddress kB = *IpAddress::parse("2001:db8::b");
const IpAddress kRouter = *IpAddress::parse("2001:db8::fe");

using Octets = std::vector<std::uint8_t>;
const Octets kAlert{0, 0, 5, 2, 0, 2, 1, 0};  // next header, length, Router Alert of active networks, PadN

/// Builds an IPv6 packet, extension headers in the order they are named.
class PacketBuilder {
public:
    PacketBuilder& with(std::uint8_t kind, Octets header) {
        *next_ = kind;
        headers_.push_back(std::move(header));
        next_ = headers_.back().data();
        return *this;
    }
    PacketBuilder& protocol(std::uint8_t number) {
        protocol_ = number;
        return *this;
    }
    PacketBuilder& payload(std::size_t size) {
        payload_ = size;
        return *this;
    }
    [[nodiscard]] std::vector<std::byte> build() {
        *next_ = protocol_;
        std::vector<std::byte> behind;
        for (const Octets& header : headers_) {
            append(behind, std::as_bytes(std::span(header)));
        }
        for (std::size_t i = 0; i < payload_; ++i) {
            behind.push_back(static_cast<std::byte>(i + 1));
        }
        std::vector<std::byte> out;
        append_be<std::uint32_t>(out, 0x6000'0000);
        append_be<std::uint16_t>(out, static_cast<std::uint16_t>(behind.size()));
        append_be<std::uint8_t>(out, first_);
        append_be<std::uint8_t>(out, 9);
        append(out, kA.octets());
        append(out, kB.octets());
        append(out, behind);
        return out;
    }

private:
    std::vector<Octets> headers_ = [] {
        std::vector<Octets> headers;
        headers.reserve(16);  // next_ points into one
        return headers;
    }();
    std::uint8_t first_ = kSnap;
    std::uint8_t* next_ = &first_;
    std::uint8_t protocol_ = kSnap;
    std::size_t payload_ = 20;
};

std::vector<std::byte> icmpv6(std::uint8_t type, std::uint8_t code, const std::vector<std::byte>& quote,
                              std::uint8_t quote_units = 0) {
    std::vector<std::byte> out{static_cast<std::byte>(type),
                               static_cast<std::byte>(code),
                               {},
                               {},
                               static_cast<std::byte>(quote_units),
                               {},
                               {},
                               {}};
    append(out, quote);
    return out;
}

TEST(Ipv6, ReadsAPlainHeader) {
    const auto ip = parse_ipv6(PacketBuilder().build());
    ASSERT_TRUE(ip);
    EXPECT_EQ(ip->header_size, kIpv6Header);
    EXPECT_EQ(ip->protocol, kSnap);
    EXPECT_EQ(ip->hop_limit, 9);
    EXPECT_EQ(ip->total_length, 60U);
    EXPECT_EQ(ip->source, kA);
    EXPECT_EQ(ip->destination, kB);
    EXPECT_FALSE(ip->router_alert);
    EXPECT_FALSE(ip->is_fragment);
}

TEST(Ipv6, FindsTheRouterAlertOfThePacketsWeSend) {
    Octets header;
    for (const std::byte b : kHopByHopWithAlert) {
        header.push_back(std::to_integer<std::uint8_t>(b));
    }
    const auto ip = parse_ipv6(PacketBuilder().with(kHopByHop, header).build());
    ASSERT_TRUE(ip);
    EXPECT_EQ(ip->header_size, kIpv6HeaderWithAlert);
    EXPECT_EQ(ip->protocol, kSnap);
    EXPECT_EQ(ip->router_alert, kAlertOfActiveNetworks);
}

TEST(Ipv6, FindsTheRouterAlertBehindOtherOptions) {
    const Octets header{0, 1, 0, 0, 0x3e, 1, 7, 5, 2, 0, 0, 1, 3, 0, 0, 0};
    const auto ip = parse_ipv6(PacketBuilder().with(kHopByHop, header).build());
    ASSERT_TRUE(ip);
    EXPECT_EQ(ip->router_alert, std::uint16_t{0});
    EXPECT_EQ(ip->header_size, 56U);
}

TEST(Ipv6, TakesNoRouterAlertFromWhatIsNone) {
    for (const Octets& header : {Octets{0, 0, 1, 4, 5, 2, 0, 2},     // inside padding
                                 Octets{0, 0, 5, 1, 2, 1, 1, 0},     // of another length
                                 Octets{0, 0, 1, 0, 0, 5, 2, 0},     // cut by the header's end
                                 Octets{0, 0, 1, 1, 0, 0, 0, 5}}) {  // likewise
        const auto ip = parse_ipv6(PacketBuilder().with(kHopByHop, header).build());
        ASSERT_TRUE(ip);
        EXPECT_FALSE(ip->router_alert);
    }
    const auto in_another = parse_ipv6(PacketBuilder().with(kDestinationOptions, kAlert).build());
    ASSERT_TRUE(in_another);
    EXPECT_FALSE(in_another->router_alert);
}

TEST(Ipv6, PassesOverExtensionHeaders) {
    Octets routing(24, 1);
    routing[1] = 2;  // units of 8 octets behind the first
    const auto ip = parse_ipv6(PacketBuilder()
                                   .with(kHopByHop, kAlert)
                                   .with(kRouting, routing)
                                   .with(kDestinationOptions, {0, 0, 1, 4, 0, 0, 0, 0})
                                   .build());
    ASSERT_TRUE(ip);
    EXPECT_EQ(ip->header_size, 40U + 8 + 24 + 8);
    EXPECT_EQ(ip->protocol, kSnap);
    EXPECT_EQ(ip->router_alert, kAlertOfActiveNetworks);
}

TEST(Ipv6, KnowsAFragment) {
    const auto first = parse_ipv6(PacketBuilder().with(kFragment, {0, 0xff, 0, 1, 0, 0, 0, 7}).build());
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->is_fragment);
    EXPECT_EQ(first->header_size, 48U);
    // Behind a later one stands no header, whatever number the Fragment header has.
    const auto later =
        parse_ipv6(PacketBuilder().with(kFragment, {0, 0, 0, 8, 0, 0, 0, 7}).protocol(kRouting).build());
    ASSERT_TRUE(later);
    EXPECT_TRUE(later->is_fragment);
    EXPECT_EQ(later->header_size, 48U);
}

TEST(Ipv6, RefusesWhatIsCutOrOfAnotherVersion) {
    const auto whole = PacketBuilder().with(kHopByHop, kAlert).payload(0).build();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(parse_ipv6(ConstBytes(whole).first(size))) << size;
    }
    EXPECT_TRUE(parse_ipv6(whole));
    auto other = whole;
    other[0] = std::byte{0x45};
    EXPECT_FALSE(parse_ipv6(other));
    // An extension header longer than the packet's own length says, though the octets are there.
    auto shorter = whole;
    store_be<std::uint16_t>(shorter, 4, 7);
    EXPECT_FALSE(parse_ipv6(shorter));
}

TEST(Ipv6, RefusesAChainOfExtensionsWithoutEnd) {
    PacketBuilder eight;
    for (int i = 0; i < 8; ++i) {
        eight.with(kDestinationOptions, {0, 0, 1, 4, 0, 0, 0, 0});
    }
    EXPECT_TRUE(parse_ipv6(eight.build()));
    EXPECT_FALSE(parse_ipv6(eight.with(kDestinationOptions, {0, 0, 1, 4, 0, 0, 0, 0}).build()));
}

TEST(Icmpv6, TellsKindsApart) {
    using Kind = IcmpError::Kind;
    const auto quote = PacketBuilder().build();
    const struct {
        std::uint8_t type;
        std::uint8_t code;
        std::optional<Kind> kind;
    } cases[] = {
        {1, 0, Kind::Unreachable},  {1, 4, Kind::Unreachable}, {2, 0, Kind::TooBig},
        {3, 0, Kind::TimeExceeded}, {3, 1, std::nullopt},      {4, 1, Kind::ProtocolUnreachable},
        {4, 0, Kind::Unreachable},  {4, 2, Kind::Unreachable}, {128, 0, std::nullopt},
        {0, 0, std::nullopt},       {5, 0, std::nullopt},
    };
    for (const auto& c : cases) {
        const auto error = parse_icmpv6_error(icmpv6(c.type, c.code, quote), kRouter, kSnap);
        ASSERT_EQ(error.has_value(), c.kind.has_value()) << int{c.type} << '/' << int{c.code};
        if (error) {
            EXPECT_EQ(error->kind, *c.kind) << int{c.type} << '/' << int{c.code};
        }
    }
}

TEST(Icmpv6, GivesWhatIsQuotedBehindTheHeaders) {
    const auto message = icmpv6(3, 0, PacketBuilder().with(kHopByHop, kAlert).payload(28).build());
    const auto error = parse_icmpv6_error(message, kRouter, kSnap);  // refers to the message
    ASSERT_TRUE(error);
    EXPECT_EQ(error->reporter, kRouter);
    EXPECT_EQ(error->source, kA);
    EXPECT_EQ(error->destination, kB);
    ASSERT_EQ(error->quoted.size(), 28U);
    EXPECT_EQ(error->quoted[0], std::byte{1});
}

TEST(Icmpv6, LeavesOutExtensionsBehindTheQuote) {
    auto quote = PacketBuilder().payload(24).build();
    quote.insert(quote.end(), 12, std::byte{0xee});
    const auto error = parse_icmpv6_error(icmpv6(1, 0, quote, 8), kRouter, kSnap);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->quoted.size(), 24U);
    EXPECT_FALSE(parse_icmpv6_error(icmpv6(1, 0, quote, 10), kRouter, kSnap)) << "more than there is";
    // Of a packet that is too big these octets are the MTU, whose first is never a length.
    EXPECT_TRUE(parse_icmpv6_error(icmpv6(2, 0, quote, 10), kRouter, kSnap));
}

TEST(Icmpv6, PassesOverWhatIsNoPacketOfOurs) {
    EXPECT_FALSE(parse_icmpv6_error(icmpv6(1, 0, PacketBuilder().protocol(17).build()), kRouter, kSnap));
    EXPECT_FALSE(
        parse_icmpv6_error(icmpv6(1, 0, PacketBuilder().protocol(kNoNextHeader).build()), kRouter, kSnap));
    EXPECT_FALSE(parse_icmpv6_error(icmpv6(1, 0, PacketBuilder().payload(7).build()), kRouter, kSnap))
        << "too little to tell whose it was";
    EXPECT_TRUE(parse_icmpv6_error(icmpv6(1, 0, PacketBuilder().payload(8).build()), kRouter, kSnap));
    EXPECT_FALSE(parse_icmpv6_error(
        icmpv6(1, 0, PacketBuilder().with(kFragment, {0, 0, 0, 1, 0, 0, 0, 7}).build()), kRouter, kSnap));
}

TEST(Icmpv6, StaysInsideItsOctets) {
    std::mt19937 random(kSeed);
    const auto sound = icmpv6(1, 0, PacketBuilder().with(kHopByHop, kAlert).build());
    for (std::size_t size = 0; size <= sound.size(); ++size) {
        // A copy of exactly this size: a sanitizer sees every octet read beyond.
        const std::vector<std::byte> cut(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(size));
        static_cast<void>(parse_icmpv6_error(cut, kRouter, kSnap));
    }
    for (int i = 0; i < 20'000; ++i) {
        auto spoilt = sound;
        for (int k = 0; k < 3; ++k) {
            spoilt[random() % spoilt.size()] = static_cast<std::byte>(random());
        }
        if (const auto error = parse_icmpv6_error(spoilt, kRouter, kSnap)) {
            EXPECT_GE(error->quoted.size(), kMinQuote);
            EXPECT_LE(error->quoted.data() + error->quoted.size(), spoilt.data() + spoilt.size());
        }
    }
}

}  // namespace
}  // namespace splash::wire
