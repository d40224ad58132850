#include "lab_options.hpp"

#include <gtest/gtest.h>

namespace splash::cli {
namespace {

TEST(Rate, IsReadAsBitsASecond) {
    const std::pair<const char*, std::uint64_t> cases[] = {
        {"8000", 8000},
        {"64k", 64'000},
        {"64kbit", 64'000},
        {"64kbit/s", 64'000},
        {"2.5M", 2'500'000},
        {"1G", 1'000'000'000},
        {"1Gbit/s", 1'000'000'000},
        {"0.5k", 500},
        {"1e6", 1'000'000},
        {"100G", 100'000'000'000},
        {"1", 1},
    };
    for (const auto& [text, rate] : cases) {
        EXPECT_EQ(parse_rate(text), rate) << text;
    }
}

TEST(Rate, WhatIsNoneIsRefused) {
    for (const char* text :
         {"",        " ",    "fast",  "k",    "M",     "bit",    "/s",       "0",   "0k",
          "0.0001k", "-1",   "-5M",   "+5M",  " 5M",   "5 M",    "5M ",      "5m",  "5K",
          "5T",      "5MB",  "5Mbps", "5M/h", "5,5M",  "1.2.3M", "0x10",     "1e",  "nan",
          "inf",     "-inf", "nank",  "infG", "1e300", "1e16",   "2000000G", "5kk", "5bitk"}) {
        EXPECT_EQ(parse_rate(text), std::nullopt) << '"' << text << '"';
    }
}

}  // namespace
}  // namespace splash::cli
