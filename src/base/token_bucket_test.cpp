#include "base/token_bucket.hpp"

#include <gtest/gtest.h>

namespace splash {
namespace {

using std::chrono::milliseconds;

TokenBucket::TimePoint at(int ms) {
    return TokenBucket::TimePoint(milliseconds(ms));
}

/// How many it gives at one moment.
int drain(TokenBucket& bucket, TokenBucket::TimePoint now) {
    int taken = 0;
    while (taken < 1000 && bucket.take(now)) {
        ++taken;
    }
    return taken;
}

TEST(TokenBucket, BeginsFullWheneverItBegins) {
    TokenBucket bucket(10, 3);
    EXPECT_TRUE(bucket.is_full(at(0)));
    EXPECT_EQ(drain(bucket, at(1000000)), 3);
}

TEST(TokenBucket, RefillsAtItsRate) {
    TokenBucket bucket(10, 3);
    EXPECT_EQ(drain(bucket, at(0)), 3);
    EXPECT_EQ(drain(bucket, at(99)), 0);
    EXPECT_EQ(drain(bucket, at(101)), 1);
    EXPECT_EQ(drain(bucket, at(310)), 2);
}

TEST(TokenBucket, NeverHoldsMoreThanItsBurst) {
    TokenBucket bucket(10, 3);
    EXPECT_EQ(drain(bucket, at(0)), 3);
    EXPECT_EQ(drain(bucket, at(60000)), 3);
}

TEST(TokenBucket, IsFullAgainWhenTheBurstIsBack) {
    TokenBucket bucket(10, 3);
    EXPECT_TRUE(bucket.take(at(0)));
    EXPECT_FALSE(bucket.is_full(at(50)));
    EXPECT_TRUE(bucket.is_full(at(110)));
}

TEST(TokenBucket, OfRateZeroGivesItsBurstOnly) {
    TokenBucket bucket(0, 2);
    EXPECT_EQ(drain(bucket, at(0)), 2);
    EXPECT_EQ(drain(bucket, at(1000000000)), 0);
}

}  // namespace
}  // namespace splash
