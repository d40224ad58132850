#include "capture_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>

namespace splash::lab {
namespace {

using testing::HasSubstr;

/// A file that goes with the test.
class CaptureFileTest : public testing::Test {
protected:
    ~CaptureFileTest() override { unlink(path_.c_str()); }

    std::string path(const std::string& ending) {
        path_ = testing::TempDir() + "splash-capture-test-" + std::to_string(getpid()) + ending;
        return path_;
    }
    [[nodiscard]] std::string content() const {
        std::ifstream file(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

private:
    std::string path_;
};

template <typename Number>
Number number_at(std::string_view octets, std::size_t at) {
    Number number{};
    if (at + sizeof number > octets.size()) {
        ADD_FAILURE() << "the file ends at " << octets.size() << ", not behind " << at;
        return number;
    }
    std::memcpy(&number, octets.data() + at, sizeof number);
    return number;
}

struct Block {
    std::uint32_t type;
    std::string_view body;
};

/// Checks that the lengths before and behind every block agree and are multiples of 4.
std::vector<Block> blocks_of(std::string_view file) {
    std::vector<Block> blocks;
    while (!file.empty()) {
        const auto length = number_at<std::uint32_t>(file, 4);
        if (length < 12 || length % 4 != 0 || length > file.size()) {
            ADD_FAILURE() << "block " << blocks.size() << " has length " << length;
            break;
        }
        EXPECT_EQ(number_at<std::uint32_t>(file, length - 4), length);
        blocks.push_back({number_at<std::uint32_t>(file, 0), file.substr(8, length - 12)});
        file.remove_prefix(length);
    }
    return blocks;
}

/// The value of the first option of that code; options begin at `at`.
std::string option_of(std::string_view body, std::size_t at, std::uint16_t code) {
    while (at < body.size()) {
        const auto found = number_at<std::uint16_t>(body, at);
        const auto length = number_at<std::uint16_t>(body, at + 2);
        if (found == code) {
            return std::string(body.substr(at + 4, length));
        }
        if (found == 0) {
            return "none";
        }
        at += 4 + (length + 3U) / 4 * 4;
    }
    return "no end of options";
}

std::vector<std::byte> octets(std::string_view text) {
    const auto* const from = reinterpret_cast<const std::byte*>(text.data());
    return {from, from + text.size()};
}

std::int64_t time_at(std::string_view body, std::size_t at) {
    return static_cast<std::int64_t>(std::uint64_t{number_at<std::uint32_t>(body, at)} << 32U |
                                     number_at<std::uint32_t>(body, at + 4));
}

constexpr std::int64_t kTime = 1'700'000'000'123'456'789;

TEST_F(CaptureFileTest, PcapngHasItsInterfacesPacketsAndStatistics) {
    {
        auto file = CaptureFile::create(path(".pcapng"), {"n1:eth1", "router:eth10"});
        ASSERT_TRUE(file) << file.error().detail;
        file->write({.time = kTime, .interface = 1, .length = 9000, .octets = octets("hello")});
        file->write({.time = kTime + 1, .interface = 0, .length = 4, .octets = octets("four")});
        file->write({.time = kTime + 2, .interface = 0, .length = 0, .octets = {}});
        file->write_statistics(1, kTime + 3, 77, 5'000'000'000);
        ASSERT_TRUE(file->flush());
    }
    const std::string text = content();
    const auto blocks = blocks_of(text);
    ASSERT_EQ(blocks.size(), 7U);

    EXPECT_EQ(blocks[0].type, 0x0a0d0d0aU);
    EXPECT_EQ(number_at<std::uint32_t>(blocks[0].body, 0), 0x1a2b3c4dU);
    EXPECT_EQ(number_at<std::uint16_t>(blocks[0].body, 4), 1);
    EXPECT_EQ(number_at<std::uint16_t>(blocks[0].body, 6), 0);
    EXPECT_EQ(number_at<std::int64_t>(blocks[0].body, 8), -1) << "a section of unknown length";
    EXPECT_EQ(option_of(blocks[0].body, 16, 4), "splash lab capture");

    for (const auto& [index, name] : {std::pair(1U, "n1:eth1"), std::pair(2U, "router:eth10")}) {
        EXPECT_EQ(blocks[index].type, 1U);
        EXPECT_EQ(number_at<std::uint16_t>(blocks[index].body, 0), 1) << "Ethernet";
        EXPECT_EQ(option_of(blocks[index].body, 8, 2), name);
        EXPECT_EQ(option_of(blocks[index].body, 8, 9), "\x09") << "nanoseconds";
    }

    EXPECT_EQ(blocks[3].type, 6U);
    EXPECT_EQ(number_at<std::uint32_t>(blocks[3].body, 0), 1U);
    EXPECT_EQ(time_at(blocks[3].body, 4), kTime);
    EXPECT_EQ(number_at<std::uint32_t>(blocks[3].body, 12), 5U);
    EXPECT_EQ(number_at<std::uint32_t>(blocks[3].body, 16), 9000U);
    EXPECT_EQ(blocks[3].body.substr(20), std::string_view("hello\0\0\0", 8));
    EXPECT_EQ(number_at<std::uint32_t>(blocks[4].body, 0), 0U);
    EXPECT_EQ(blocks[4].body.substr(20), "four");
    EXPECT_EQ(blocks[5].body.size(), 20U);

    EXPECT_EQ(blocks[6].type, 5U);
    EXPECT_EQ(number_at<std::uint32_t>(blocks[6].body, 0), 1U);
    EXPECT_EQ(time_at(blocks[6].body, 4), kTime + 3);
    EXPECT_EQ(number_at<std::uint64_t>(option_of(blocks[6].body, 12, 4), 0), 77U);
    EXPECT_EQ(number_at<std::uint64_t>(option_of(blocks[6].body, 12, 5), 0), 5'000'000'000U);
}

TEST_F(CaptureFileTest, PcapHasPacketsWithNanosecondsAndNothingElse) {
    {
        auto file = CaptureFile::create(path(".pcap"), {"n1:eth1"});
        ASSERT_TRUE(file) << file.error().detail;
        file->write({.time = kTime, .interface = 0, .length = 9000, .octets = octets("hello")});
        file->write_statistics(0, kTime, 1, 1);
        ASSERT_TRUE(file->flush());
    }
    const std::string text = content();
    ASSERT_EQ(text.size(), 24U + 16 + 5);
    EXPECT_EQ(number_at<std::uint32_t>(text, 0), 0xa1b23c4dU);
    EXPECT_EQ(number_at<std::uint16_t>(text, 4), 2);
    EXPECT_EQ(number_at<std::uint16_t>(text, 6), 4);
    EXPECT_EQ(number_at<std::uint32_t>(text, 20), 1U);
    EXPECT_EQ(number_at<std::uint32_t>(text, 24), 1'700'000'000U);
    EXPECT_EQ(number_at<std::uint32_t>(text, 28), 123'456'789U);
    EXPECT_EQ(number_at<std::uint32_t>(text, 32), 5U);
    EXPECT_EQ(number_at<std::uint32_t>(text, 36), 9000U);
    EXPECT_EQ(text.substr(40), "hello");
}

TEST_F(CaptureFileTest, AFileWithoutPacketsIsWhole) {
    ASSERT_TRUE(CaptureFile::create(path(".pcapng"), {"n1:eth1"}));
    EXPECT_EQ(blocks_of(content()).size(), 2U);
}

TEST_F(CaptureFileTest, ReplacesWhatWasThere) {
    std::ofstream(path(".pcap")) << std::string(1000, 'x');
    ASSERT_TRUE(CaptureFile::create(path(".pcap"), {}));
    EXPECT_EQ(content().size(), 24U);
}

TEST_F(CaptureFileTest, RefusesOtherEndingsAndPlacesThatAreNone) {
    const auto ending = CaptureFile::create("lab.txt", {});
    ASSERT_FALSE(ending);
    EXPECT_EQ(ending.error().code, Errc::BadInput);
    EXPECT_THAT(ending.error().detail, HasSubstr("lab.txt does not end in .pcapng or .pcap"));
    const auto place = CaptureFile::create("/no/such/place/lab.pcap", {});
    ASSERT_FALSE(place);
    EXPECT_THAT(place.error().detail, HasSubstr("/no/such/place/lab.pcap: No such file"));
}

TEST_F(CaptureFileTest, AFullDiskIsTold) {
    const std::string link = path(".pcap");
    ASSERT_EQ(symlink("/dev/full", link.c_str()), 0);
    const auto file = CaptureFile::create(link, {});
    ASSERT_FALSE(file);
    EXPECT_THAT(file.error().detail, HasSubstr("No space left"));
}

}  // namespace
}  // namespace splash::lab
