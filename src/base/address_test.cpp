#include "base/address.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace splash {
namespace {

IpAddress ip(const char* text) {
    const auto address = IpAddress::parse(text);
    EXPECT_TRUE(address) << text;
    return address.value_or(IpAddress());
}

TEST(IpAddress, ParsesAndPrintsIpv4) {
    for (const char* const text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "10.1.0.9"}) {
        EXPECT_EQ(ip(text).to_string(), text);
        EXPECT_FALSE(ip(text).is_v6());
    }
    EXPECT_EQ(ip("192.0.2.1").to_v4(), 0xc0000201U);
    EXPECT_EQ(IpAddress::v4(0xc0000201U), ip("192.0.2.1"));
}

TEST(IpAddress, RefusesWhatIsNoIpv4Address) {
    for (const char* const text :
         {"", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1..2.3", "1.2.3.-4",
          "1.2.3.+4", "a.b.c.d", "1.2.3.", ".1.2.3", "4294967296.1.1.1"}) {
        EXPECT_EQ(IpAddress::parse(text), std::nullopt) << text;
    }
}

TEST(IpAddress, PrintsIpv6AsRfc5952Wants) {
    const std::pair<const char*, const char*> cases[] = {
        {"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:DB8::0001", "2001:db8::1"},
        {"0:0:0:0:0:0:0:0", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"::ffff:192.0.2.1", "::ffff:c000:201"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"},
    };
    for (const auto& [text, printed] : cases) {
        EXPECT_EQ(ip(text).to_string(), printed);
        EXPECT_TRUE(ip(text).is_v6());
        EXPECT_EQ(ip(printed), ip(text));
    }
}

TEST(IpAddress, RefusesWhatIsNoIpv6Address) {
    for (const char* const text : {":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
                                   "12345::", "g::", "1:2:3:4:5:6:7:", ":1", "::1:", "1:2:3:4:5:6:7:1.2.3.4",
                                   "1.2.3.4::", "::1.2.3", "::1%eth0", "1:2:3:4:5:6:7:8::", "fe80::-1"}) {
        EXPECT_EQ(IpAddress::parse(text), std::nullopt) << text;
    }
}

TEST(IpAddress, ConvertsToAndFromOctets) {
    EXPECT_EQ(IpAddress::from_octets(ip("10.0.0.1").octets()), ip("10.0.0.1"));
    EXPECT_EQ(IpAddress::from_octets(ip("2001:db8::1").octets()), ip("2001:db8::1"));
    EXPECT_EQ(ip("10.0.0.1").octets().size(), 4U);
    EXPECT_EQ(ip("::").octets().size(), 16U);
    EXPECT_EQ(IpAddress::from_octets(as_bytes("12345")), std::nullopt);
    EXPECT_EQ(IpAddress::from_octets({}), std::nullopt);
}

TEST(IpAddress, KnowsSpecialAddresses) {
    EXPECT_TRUE(IpAddress().is_unspecified());
    EXPECT_TRUE(ip("::").is_unspecified());
    EXPECT_FALSE(ip("0.0.0.1").is_unspecified());
    EXPECT_TRUE(ip("224.0.0.1").is_multicast());
    EXPECT_TRUE(ip("239.255.255.255").is_multicast());
    EXPECT_FALSE(ip("240.0.0.1").is_multicast());
    EXPECT_TRUE(ip("ff02::1").is_multicast());
    EXPECT_TRUE(ip("127.8.9.1").is_loopback());
    EXPECT_TRUE(ip("::1").is_loopback());
    EXPECT_FALSE(ip("::2").is_loopback());
    EXPECT_TRUE(ip("255.255.255.255").is_broadcast());
    EXPECT_FALSE(ip("255.255.255.254").is_broadcast());
}

TEST(IpAddress, CutsAndFillsNetworks) {
    EXPECT_EQ(ip("10.1.2.3").network(8), ip("10.0.0.0"));
    EXPECT_EQ(ip("10.1.2.3").network(31), ip("10.1.2.2"));
    EXPECT_EQ(ip("10.1.2.3").network(32), ip("10.1.2.3"));
    EXPECT_EQ(ip("10.1.2.3").network(0), ip("0.0.0.0"));
    EXPECT_EQ(ip("10.1.2.3").last_in_network(12), ip("10.15.255.255"));
    EXPECT_EQ(ip("2001:db8::1").network(32), ip("2001:db8::"));
    EXPECT_EQ(ip("2001:db8::1").last_in_network(126), ip("2001:db8::3"));
}

TEST(IpAddress, OfDifferentVersionsAreDifferent) {
    EXPECT_NE(ip("0.0.0.0"), ip("::"));
    EXPECT_LT(ip("255.255.255.255"), ip("::"));
    const std::unordered_set<IpAddress> set{ip("0.0.0.0"), ip("::"), ip("0.0.0.0")};
    EXPECT_EQ(set.size(), 2U);
}

TEST(Prefix, ParsesAndContains) {
    const auto prefix = Prefix::parse("10.0.0.0/8");
    ASSERT_TRUE(prefix);
    EXPECT_TRUE(prefix->contains(ip("10.200.0.1")));
    EXPECT_FALSE(prefix->contains(ip("11.0.0.1")));
    EXPECT_FALSE(prefix->contains(ip("::")));
    EXPECT_EQ(prefix->to_string(), "10.0.0.0/8");
    EXPECT_EQ(Prefix::parse("10.0.0.1")->length, 32U);
    EXPECT_EQ(Prefix::parse("::1")->length, 128U);
    EXPECT_TRUE(Prefix::parse("0.0.0.0/0")->contains(ip("192.0.2.1")));
    EXPECT_TRUE(Prefix::parse("10.9.9.9/8")->contains(ip("10.0.0.1")));
}

TEST(Prefix, RefusesWhatIsNoPrefix) {
    for (const char* const text :
         {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/8/8", "10.0.0.0/-1", "10/8"}) {
        EXPECT_EQ(Prefix::parse(text), std::nullopt) << text;
    }
}

TEST(Endpoint, PutsIpv6InBrackets) {
    EXPECT_EQ((Endpoint{ip("10.0.0.1"), 7253}.to_string()), "10.0.0.1:7253");
    EXPECT_EQ((Endpoint{ip("::1"), 161}.to_string()), "[::1]:161");
}

}  // namespace
}  // namespace splash
