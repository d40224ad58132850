#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace splash {
namespace {

TEST(Bytes, StoreAndLoadBigEndian) {
    std::array<std::byte, 10> octets{};
    store_be<std::uint32_t>(octets, 1, 0x01020304U);
    EXPECT_EQ(octets[1], std::byte{1});
    EXPECT_EQ(octets[4], std::byte{4});
    EXPECT_EQ(octets[5], std::byte{0});
    EXPECT_EQ(load_be<std::uint32_t>(octets, 1), 0x01020304U);
    EXPECT_EQ(load_be<std::uint16_t>(octets, 2), 0x0203U);
    EXPECT_EQ(load_be<std::uint8_t>(octets, 3), 3U);
    store_be<std::uint64_t>(octets, 2, 0xfedcba9876543210U);
    EXPECT_EQ(load_be<std::uint64_t>(octets, 2), 0xfedcba9876543210U);
}

TEST(Bytes, AppendGrowsByTheIntegersSize) {
    std::vector<std::byte> out;
    append_be<std::uint16_t>(out, 0x1234);
    append_be<std::uint8_t>(out, 0x56);
    append(out, as_bytes("ab"));
    EXPECT_EQ(as_text(out),
              "\x12\x34\x56"
              "ab");
}

TEST(Bytes, AlignUpToFour) {
    EXPECT_EQ(align4(0), 0U);
    EXPECT_EQ(align4(1), 4U);
    EXPECT_EQ(align4(4), 4U);
    EXPECT_EQ(align4(5), 8U);
}

TEST(Reader, ReadsFrontToBack) {
    const std::string_view text = "\x01\x02\x03\x04\x05";
    Reader reader(as_bytes(text));
    EXPECT_EQ(reader.be<std::uint16_t>(), std::uint16_t{0x0102});
    EXPECT_EQ(as_text(*reader.take(2)), "\x03\x04");
    EXPECT_EQ(reader.rest().size(), 1U);
}

TEST(Reader, ConsumesNothingWhenARequestDoesNotFit) {
    Reader reader(as_bytes("abc"));
    EXPECT_EQ(reader.be<std::uint32_t>(), std::nullopt);
    EXPECT_FALSE(reader.take(4));
    EXPECT_EQ(reader.rest().size(), 3U);
    EXPECT_TRUE(reader.take(3));
    EXPECT_TRUE(reader.take(0));
    EXPECT_EQ(reader.be<std::uint8_t>(), std::nullopt);
}

}  // namespace
}  // namespace splash
