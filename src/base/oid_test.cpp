#include "base/oid.hpp"

#include <gtest/gtest.h>

#include <array>

namespace splash {
namespace {

std::vector<std::byte> octets(std::initializer_list<int> values) {
    std::vector<std::byte> result;
    for (const int value : values) {
        result.push_back(static_cast<std::byte>(value));
    }
    return result;
}

TEST(Oid, ParsesWithAndWithoutLeadingDot) {
    EXPECT_EQ(Oid::parse("1.3.6.1"), Oid::parse(".1.3.6.1"));
    EXPECT_EQ(Oid::parse("1.3.6.1")->to_string(), ".1.3.6.1");
}

TEST(Oid, RefusesWhatIsNoIdentifier) {
    for (const char* const text : {"", ".", "1", "..1.3", "1.3.", "1..3", "1.3.x", "1.3.-1", "1.3.4294967296",
                                   "3.1", "0.40", "1.40", "2.4294967295", "1.3 ", "sysName.0"}) {
        EXPECT_EQ(Oid::parse(text), std::nullopt) << text;
    }
}

TEST(Oid, HasTwoTo128SubIdentifiers) {
    std::vector<std::uint32_t> subids(128, 1);
    EXPECT_TRUE(Oid::from_subids(subids));
    EXPECT_EQ(Oid::parse(Oid::from_subids(subids)->to_string()), Oid::from_subids(subids));
    EXPECT_EQ(Oid::from_ber(Oid::from_subids(subids)->to_ber()), Oid::from_subids(subids));
    subids.push_back(1);
    EXPECT_EQ(Oid::from_subids(subids), std::nullopt);
    EXPECT_EQ(Oid::from_subids(std::array{1U}), std::nullopt);
}

TEST(Oid, EncodesAsX690Wants) {
    EXPECT_EQ(Oid::parse("1.3.6.1.2.1.1.5.0")->to_ber(), octets({0x2b, 6, 1, 2, 1, 1, 5, 0}));
    EXPECT_EQ(Oid::parse("2.999.3")->to_ber(), octets({0x88, 0x37, 3}));
    EXPECT_EQ(Oid::parse("1.0.8802.1")->to_ber(), octets({0x28, 0xc4, 0x62, 1}));
    EXPECT_EQ(Oid::parse("1.3.4294967295")->to_ber(), octets({0x2b, 0x8f, 0xff, 0xff, 0xff, 0x7f}));
}

TEST(Oid, DecodesWhatItEncodes) {
    for (const char* const text : {".0.0", ".0.39.1", ".1.3.6.1.4.1.8072", ".2.999.3", ".2.4294967215",
                                   ".1.3.127.128", ".1.3.16383.16384", ".1.3.4294967295.0"}) {
        const auto oid = Oid::parse(text);
        ASSERT_TRUE(oid) << text;
        EXPECT_EQ(Oid::from_ber(oid->to_ber()), oid) << text;
        EXPECT_EQ(oid->to_string(), text);
    }
}

TEST(Oid, RefusesBerThatIsNotMinimalOrEndsEarly) {
    EXPECT_EQ(Oid::from_ber({}), std::nullopt);
    EXPECT_EQ(Oid::from_ber(octets({0x2b, 0x80, 0x01})), std::nullopt);
    EXPECT_EQ(Oid::from_ber(octets({0x2b, 0x86})), std::nullopt);
    EXPECT_EQ(Oid::from_ber(octets({0x2b, 0x90, 0x80, 0x80, 0x80, 0x00})), std::nullopt);
    EXPECT_EQ(Oid::from_ber(std::vector<std::byte>(128, std::byte{1})), std::nullopt);
}

TEST(Oid, IsOrderedAsInTheMib) {
    const auto less = [](const char* a, const char* b) { return *Oid::parse(a) < *Oid::parse(b); };
    EXPECT_TRUE(less("1.3.6", "1.3.6.1"));
    EXPECT_TRUE(less("1.3.6.9", "1.3.6.10"));
    EXPECT_TRUE(less("1.3.6.1.5", "1.3.6.2"));
    EXPECT_FALSE(less("1.3.6", "1.3.6"));
}

TEST(Oid, KnowsItsPrefixes) {
    const auto starts = [](const char* a, const char* b) {
        return Oid::parse(a)->starts_with(*Oid::parse(b));
    };
    EXPECT_TRUE(starts("1.3.6.1", "1.3.6"));
    EXPECT_TRUE(starts("1.3.6", "1.3.6"));
    EXPECT_FALSE(starts("1.3.6", "1.3.6.1"));
    EXPECT_FALSE(starts("1.3.7.1", "1.3.6"));
}

}  // namespace
}  // namespace splash
