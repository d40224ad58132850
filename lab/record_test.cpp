#include "record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace splash::lab {
namespace {

TEST(Record, ComesBackAsItWas) {
    const Record record{
        .name = "a",
        .topology = "line2",
        .is_complete = true,
        .guardian = {.pid = 7, .started = 1234567890123ULL},
        .nodes = {{"n1", "splash", "10.0.0.1", "fd00::1", {.pid = 8, .started = 9}},
                  {"n2", "host", "10.0.0.2", "", {}}},
        .links = {{0, 1, "eth1", "eth1"}, {1, 0, "eth2", "eth2"}},
        .conditions = {{},
                       {.from_a = {.delay = std::chrono::microseconds(1500), .loss = 2.5, .limit = 7},
                        .from_b = {.jitter = std::chrono::microseconds(3),
                                   .duplicate = 1,
                                   .reorder = 2,
                                   .corrupt = 3,
                                   .rate = 9000},
                        .wire_a = {.pid = 5, .started = 6},
                        .wire_b = {},
                        .is_down = true,
                        .is_changing = true}},
        .splashd = "/usr/sbin/splashd"};
    const auto back = from_json(to_json(record), "lab.json");
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(*back, record);
}

TEST(Record, RefusesWhatIsNone) {
    for (const char* text : {"", "7", "{}", "{\"version\":2}", "{\"version\":1,\"name\":5}"}) {
        const auto record = from_json(text, "lab.json");
        ASSERT_FALSE(record) << text;
        EXPECT_EQ(record.error().code, Errc::BadInput);
        EXPECT_THAT(record.error().detail, testing::StartsWith("lab.json: "));
    }
}

}  // namespace
}  // namespace splash::lab
