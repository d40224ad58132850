#include "pace.hpp"

#include <gtest/gtest.h>

namespace splash::linux {
namespace {

using std::chrono::milliseconds;

constexpr node::Instant kStart{std::chrono::hours(1)};

TEST(Pace, LetsTheFirstTimeBe) {
    EXPECT_TRUE(Pace().allows(kStart));
}

TEST(Pace, LetsATwentiethOfTheTimeBeSpent) {
    Pace pace;
    pace.took(kStart, kStart + milliseconds(5));
    EXPECT_FALSE(pace.allows(kStart + milliseconds(104)));
    EXPECT_TRUE(pace.allows(kStart + milliseconds(105)));
}

TEST(Pace, WaitsASecondAfterAFailureHoweverQuickItWas) {
    Pace pace;
    pace.failed(kStart);
    pace.took(kStart, kStart);
    EXPECT_FALSE(pace.allows(kStart + milliseconds(999)));
    EXPECT_TRUE(pace.allows(kStart + milliseconds(1000)));
}

}  // namespace
}  // namespace splash::linux
