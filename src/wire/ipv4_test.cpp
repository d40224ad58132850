#include "wire/ipv4.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace splash::wire {
namespace {

constexpr unsigned kSeed = 1791;
constexpr std::uint8_t kSnap = 253;
constexpr std::uint8_t kIcmpProtocol = 1;
const IpAddress kA = IpAddress::v4(0x0a000001);
const IpAddress kB = IpAddress::v4(0x0a000002);
const IpAddress kRouter = IpAddress::v4(0x0a0000fe);

/// Builds the ICMP error a router sends about a packet of ours.
class IcmpBuilder {
public:
    IcmpBuilder(std::uint8_t type, std::uint8_t code) : type_(type), code_(code) {}
    IcmpBuilder& about_protocol(std::uint8_t protocol) {
        protocol_ = protocol;
        return *this;
    }
    IcmpBuilder& with_router_alert() {
        alert_ = true;
        return *this;
    }
    IcmpBuilder& offender_payload(std::size_t size) {
        payload_ = size;
        return *this;
    }
    IcmpBuilder& quoting(std::size_t octets_behind_ip_header) {
        quoted_ = octets_behind_ip_header;
        return *this;
    }
    IcmpBuilder& with_extension(std::size_t quote_words, std::size_t size) {
        quote_words_ = quote_words;
        extension_ = size;
        return *this;
    }
    IcmpBuilder& offender_fragment(std::uint16_t offset) {
        fragment_ = offset;
        return *this;
    }
    [[nodiscard]] std::vector<std::byte> build() const {
        std::vector<std::byte> quote(kIpv4HeaderWithAlert);
        quote.resize(write_ipv4(quote, {.source = kA,
                                        .destination = kB,
                                        .protocol = protocol_,
                                        .ttl = 1,
                                        .router_alert = alert_,
                                        .payload = payload_}));
        store_be<std::uint16_t>(quote, 6, static_cast<std::uint16_t>(0x4000U | fragment_));
        for (std::size_t i = 0; i < quoted_; ++i) {
            quote.push_back(static_cast<std::byte>(i < payload_ ? i + 1 : 0));
        }
        if (quote_words_ != 0) {
            quote.resize(quote_words_ * 4);
        }
        quote.insert(quote.end(), extension_, std::byte{0xee});
        std::vector<std::byte> out(kIpv4Header);
        write_ipv4(
            out,
            {.source = kRouter, .destination = kA, .protocol = kIcmpProtocol, .payload = 8 + quote.size()});
        append_be<std::uint8_t>(out, type_);
        append_be<std::uint8_t>(out, code_);
        append_be<std::uint16_t>(out, 0);
        append_be<std::uint8_t>(out, 0);
        append_be<std::uint8_t>(out, static_cast<std::uint8_t>(quote_words_));
        append_be<std::uint16_t>(out, 1400);
        append(out, quote);
        std::uint32_t sum = 0;
        for (std::size_t i = kIpv4Header; i < out.size(); ++i) {
            sum += std::to_integer<std::uint32_t>(out[i]) << (i % 2 == 0 ? 8U : 0U);
        }
        while (sum > 0xffff) {
            sum = (sum & 0xffffU) + (sum >> 16U);
        }
        store_be<std::uint16_t>(out, kIpv4Header + 2, static_cast<std::uint16_t>(~sum));
        return out;
    }

private:
    std::uint8_t type_;
    std::uint8_t code_;
    std::uint8_t protocol_ = kSnap;
    bool alert_ = false;
    std::size_t payload_ = 60;
    std::size_t quoted_ = 8;
    std::size_t quote_words_ = 0;
    std::size_t extension_ = 0;
    std::uint16_t fragment_ = 0;
};

TEST(Ipv4, WritesTheOctetsOfRfc791AndRfc2113) {
    std::vector<std::byte> out(kIpv4HeaderWithAlert, std::byte{0xaa});
    ASSERT_EQ(write_ipv4(out, {.source = IpAddress(),
                               .destination = kB,
                               .protocol = kSnap,
                               .ttl = 17,
                               .router_alert = true,
                               .payload = 40}),
              kIpv4HeaderWithAlert);
    const std::array<unsigned, kIpv4HeaderWithAlert> expected{
        0x46, 0, 0, 64, 0, 0, 0x40, 0, 17, 253, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2, 0x94, 4, 0, 0};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(std::to_integer<unsigned>(out[i]), expected[i]) << "octet " << i;
    }
}

TEST(Ipv4, ReadsWhatItWrites) {
    for (const bool alert : {false, true}) {
        std::vector<std::byte> out(kIpv4HeaderWithAlert);
        const std::size_t size = write_ipv4(out, {.source = kA,
                                                  .destination = kB,
                                                  .protocol = kSnap,
                                                  .ttl = 200,
                                                  .router_alert = alert,
                                                  .payload = 1000});
        const auto ip = parse_ipv4(ConstBytes(out).first(size));
        ASSERT_TRUE(ip);
        EXPECT_EQ(ip->header_size, alert ? kIpv4HeaderWithAlert : kIpv4Header);
        EXPECT_EQ(ip->total_length, size + 1000);
        EXPECT_EQ(ip->protocol, kSnap);
        EXPECT_EQ(ip->ttl, 200);
        EXPECT_EQ(ip->source, kA);
        EXPECT_EQ(ip->destination, kB);
        EXPECT_FALSE(parse_ipv4(ConstBytes(out).first(size - 1)));
    }
}

TEST(Ipv4, RefusesAnotherVersionOrAShortHeaderLength) {
    std::vector<std::byte> out(kIpv4Header);
    write_ipv4(out, {.source = kA, .destination = kB, .payload = 0});
    for (unsigned first = 0; first < 256; ++first) {
        out[0] = static_cast<std::byte>(first);
        EXPECT_EQ(parse_ipv4(out).has_value(), first == 0x45) << first;
    }
}

TEST(Ipv4, RefusesATotalLengthBelowTheHeader) {
    std::vector<std::byte> out(kIpv4Header);
    write_ipv4(out, {.source = kA, .destination = kB, .payload = 0});
    store_be<std::uint16_t>(out, 2, 19);
    EXPECT_FALSE(parse_ipv4(out));
}

TEST(IcmpError, TellsTheKindReporterAndDestination) {
    struct Case {
        std::uint8_t type;
        std::uint8_t code;
        IcmpError::Kind kind;
    };
    for (const auto& c :
         {Case{11, 0, IcmpError::Kind::TimeExceeded}, Case{3, 4, IcmpError::Kind::TooBig},
          Case{3, 2, IcmpError::Kind::ProtocolUnreachable}, Case{3, 0, IcmpError::Kind::Unreachable},
          Case{3, 13, IcmpError::Kind::Unreachable}}) {
        const auto packet = IcmpBuilder(c.type, c.code).build();
        const auto error = parse_icmp_error(packet, kSnap);
        ASSERT_TRUE(error) << int{c.type} << '/' << int{c.code};
        EXPECT_EQ(error->kind, c.kind);
        EXPECT_EQ(error->reporter, kRouter);
        EXPECT_EQ(error->destination, kB);
        EXPECT_EQ(error->quoted.size(), 8U);
        EXPECT_EQ(error->quoted.front(), std::byte{1});
    }
}

TEST(IcmpError, SkipsTheRouterAlertOptionOfTheQuotedPacket) {
    const auto packet = IcmpBuilder(11, 0).with_router_alert().quoting(60).build();
    const auto error = parse_icmp_error(packet, kSnap);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->quoted.size(), 60U);
    EXPECT_EQ(error->quoted.front(), std::byte{1});
}

TEST(IcmpError, LeavesPaddingAndExtensionsOut) {
    const auto packet = IcmpBuilder(11, 0).quoting(60).with_extension(32, 12).build();
    const auto error = parse_icmp_error(packet, kSnap);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->quoted.size(), 60U);
    EXPECT_EQ(error->quoted.back(), std::byte{60});
}

TEST(IcmpError, IsNothingIfItIsNotAboutOurs) {
    EXPECT_FALSE(parse_icmp_error(IcmpBuilder(11, 0).about_protocol(17).build(), kSnap));
    EXPECT_FALSE(parse_icmp_error(IcmpBuilder(8, 0).build(), kSnap));
    EXPECT_FALSE(parse_icmp_error(IcmpBuilder(11, 1).build(), kSnap));
    EXPECT_FALSE(parse_icmp_error(IcmpBuilder(11, 0).offender_fragment(3).build(), kSnap));
    EXPECT_FALSE(parse_icmp_error(IcmpBuilder(11, 0).quoting(7).build(), kSnap));
    EXPECT_FALSE(parse_icmp_error(IcmpBuilder(11, 0).offender_payload(7).quoting(8).build(), kSnap));
}

TEST(IcmpError, WithAWrongChecksumIsNothing) {
    auto packet = IcmpBuilder(11, 0).build();
    packet.back() ^= std::byte{1};
    EXPECT_FALSE(parse_icmp_error(packet, kSnap));
}

TEST(IcmpError, CutAnywhereIsNothing) {
    const auto packet = IcmpBuilder(3, 2).quoting(60).build();
    for (std::size_t size = 0; size < packet.size(); ++size) {
        EXPECT_FALSE(parse_icmp_error(ConstBytes(packet).first(size), kSnap)) << size;
    }
}

TEST(IcmpError, OfAnyOctetsStaysInsideThem) {
    std::mt19937 random(kSeed);
    unsigned read = 0;
    for (int round = 0; round < 200000; ++round) {
        auto packet = IcmpBuilder(random() % 2 == 0 ? 3 : 11, static_cast<std::uint8_t>(random() % 6))
                          .quoting(8 + random() % 60)
                          .build();
        for (unsigned flips = random() % 4; flips > 0; --flips) {
            packet[random() % packet.size()] = static_cast<std::byte>(random() & 0xffU);
        }
        // An exact copy on the heap, so that a sanitizer sees the first octet too many.
        const std::vector<std::byte> octets(
            packet.begin(),
            packet.begin() +
                static_cast<std::ptrdiff_t>(random() % 3 == 0 ? random() % packet.size() : packet.size()));
        if (const auto error = parse_icmp_error(octets, kSnap)) {
            ++read;
            ASSERT_GE(error->quoted.size(), 8U) << "seed " << kSeed << " round " << round;
            ASSERT_GE(error->quoted.data(), octets.data());
            ASSERT_LE(error->quoted.data() + error->quoted.size(), octets.data() + octets.size());
        }
        if (const auto ip = parse_ipv4(octets)) {
            ASSERT_LE(ip->header_size, octets.size());
            ASSERT_GE(ip->total_length, ip->header_size);
        }
    }
    EXPECT_GT(read, 1000U);
}

}  // namespace
}  // namespace splash::wire
