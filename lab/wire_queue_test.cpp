#include "wire_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace splash::lab {
namespace {

using std::chrono::microseconds;
using Time = WireQueue::Time;

constexpr std::uint64_t kSeed = 4711;
constexpr int kMany = 2000;

/// A frame that says which one it is.
WireQueue::Frame frame(int number) {
    WireQueue::Frame frame(60);
    frame[14] = static_cast<std::byte>(number);
    frame[15] = static_cast<std::byte>(number >> 8);
    return frame;
}

int number_of(const WireQueue::Frame& frame) {
    return std::to_integer<int>(frame[14]) | std::to_integer<int>(frame[15]) << 8;
}

std::vector<int> all_due(WireQueue& queue, Time now) {
    std::vector<int> numbers;
    while (const auto frame = queue.pop(now)) {
        numbers.push_back(number_of(*frame));
    }
    return numbers;
}

/// The frames 0 to n-1, pushed `apart`, and all of them popped at the end.
std::vector<int> passed(const Impairment& impairment, int n, microseconds apart = microseconds(0)) {
    WireQueue queue(impairment, kSeed);
    for (int i = 0; i < n; ++i) {
        queue.push(frame(i), Time(apart * i));
    }
    return all_due(queue, Time::max());
}

/// Within 5 standard deviations of what a share of `percent` of kMany is.
void expect_share(std::size_t count, double percent) {
    const double mean = kMany * percent / 100;
    EXPECT_NEAR(static_cast<double>(count), mean, 5 * std::sqrt(mean * (1 - percent / 100)));
}

TEST(WireQueue, AFrameIsDueAfterItsDelayAndNotBefore) {
    WireQueue queue({.delay = microseconds(100)}, kSeed);
    EXPECT_EQ(queue.next_due(), std::nullopt);
    queue.push(frame(1), Time(microseconds(50)));
    EXPECT_EQ(queue.next_due(), Time(microseconds(150)));
    EXPECT_EQ(queue.pop(Time(microseconds(150)) - std::chrono::nanoseconds(1)), std::nullopt);
    EXPECT_EQ(queue.pop(Time(microseconds(150))), frame(1));
    EXPECT_EQ(queue.next_due(), std::nullopt);
    EXPECT_EQ(queue.pop(Time::max()), std::nullopt);
}

TEST(WireQueue, ADelayAloneKeepsTheOrder) {
    const auto frames = passed({.delay = microseconds(100)}, 500);  // all arrive, and are due, at once
    EXPECT_EQ(frames.size(), 500U);
    EXPECT_TRUE(std::ranges::is_sorted(frames));
}

TEST(WireQueue, JitterIsEvenOnBothSidesOfTheDelay) {
    WireQueue queue({.delay = microseconds(1000), .jitter = microseconds(100), .limit = kMany}, kSeed);
    double sum = 0;
    microseconds least{1'000'000};
    microseconds most{0};
    for (int i = 0; i < kMany; ++i) {
        queue.push(frame(i), Time(microseconds(0)));
        const auto due = std::chrono::duration_cast<microseconds>(queue.next_due()->time_since_epoch());
        static_cast<void>(queue.pop(Time::max()));
        sum += static_cast<double>(due.count());
        least = std::min(least, due);
        most = std::max(most, due);
    }
    EXPECT_GE(least, microseconds(900));
    EXPECT_LT(least, microseconds(910));
    EXPECT_LE(most, microseconds(1100));
    EXPECT_GT(most, microseconds(1090));
    const double deviation = 200 / std::sqrt(12.0);  // of an even distribution 200 wide
    EXPECT_NEAR(sum / kMany, 1000, 5 * deviation / std::sqrt(double{kMany}));
}

TEST(WireQueue, JitterPutsFramesOutOfOrderAndLosesNone) {
    auto frames = passed({.delay = microseconds(100), .jitter = microseconds(100)}, 500, microseconds(10));
    EXPECT_FALSE(std::ranges::is_sorted(frames));
    std::ranges::sort(frames);
    EXPECT_EQ(frames.size(), 500U);
    EXPECT_EQ(std::ranges::adjacent_find(frames), frames.end());
}

TEST(WireQueue, ThoseThatOvertakeAreDueAtOnceAndTheOthersKeepTheirOrder) {
    WireQueue queue({.delay = microseconds(100), .reorder = 25, .limit = kMany}, kSeed);
    for (int i = 0; i < kMany; ++i) {
        queue.push(frame(i), Time(microseconds(0)));
    }
    const auto first = all_due(queue, Time(microseconds(0)));
    expect_share(first.size(), 25);
    EXPECT_TRUE(std::ranges::is_sorted(first));
    const auto rest = all_due(queue, Time(microseconds(100)));
    EXPECT_EQ(first.size() + rest.size(), std::size_t{kMany});
    EXPECT_TRUE(std::ranges::is_sorted(rest));
}

TEST(WireQueue, LosesAndDoublesTheShareItWasTold) {
    expect_share(passed({.loss = 10, .limit = kMany}, kMany).size(), 90);
    const auto frames = passed({.duplicate = 10, .limit = 2 * kMany}, kMany);
    expect_share(frames.size() - kMany, 10);
    EXPECT_TRUE(std::ranges::is_sorted(frames));
}

TEST(WireQueue, AllAndNoneAreExact) {
    EXPECT_TRUE(passed({.loss = 100}, 500).empty());
    EXPECT_EQ(passed({.duplicate = 100}, 500).size(), 1000U);
    EXPECT_EQ(passed({.loss = 0, .duplicate = 0}, 500).size(), 500U);
}

TEST(WireQueue, MoreThanTheLimitDoNotWait) {
    WireQueue queue({.delay = microseconds(100), .limit = 3}, kSeed);
    for (int i = 0; i < 5; ++i) {
        queue.push(frame(i), Time(microseconds(i)));
    }
    EXPECT_EQ(queue.dropped(), 2U);
    EXPECT_EQ(all_due(queue, Time(microseconds(100))), (std::vector<int>{0}));
    queue.push(frame(5), Time(microseconds(100)));
    EXPECT_EQ(queue.dropped(), 2U);
    EXPECT_EQ(all_due(queue, Time::max()), (std::vector<int>{1, 2, 5}));
}

TEST(WireQueue, AThousandWaitUnlessToldOtherwise) {
    EXPECT_EQ(passed({.delay = microseconds(1)}, 1500).size(), 1000U);
}

TEST(WireQueue, TurnsOneBitBehindTheEthernetHeader) {
    WireQueue queue({.corrupt = 100}, kSeed);
    const WireQueue::Frame zeros(60);
    for (int i = 0; i < 200; ++i) {
        queue.push(zeros, Time(microseconds(0)));
        const auto spoilt = queue.pop(Time(microseconds(0)));
        ASSERT_TRUE(spoilt);
        int turned = 0;
        for (const std::byte octet : *spoilt) {
            turned += std::popcount(std::to_integer<unsigned>(octet));
        }
        EXPECT_EQ(turned, 1);
        EXPECT_TRUE(std::all_of(spoilt->begin(), spoilt->begin() + 14,
                                [](std::byte b) { return b == std::byte{0}; }));
    }
    const WireQueue::Frame header(14, std::byte{7});
    queue.push(header, Time(microseconds(0)));
    EXPECT_EQ(queue.pop(Time(microseconds(0))), header) << "nothing but the header: left alone";
}

TEST(WireQueue, TheSameSeedDoesTheSame) {
    const Impairment some{
        .delay = microseconds(100), .jitter = microseconds(50), .loss = 20, .duplicate = 20, .reorder = 20};
    EXPECT_EQ(passed(some, 300), passed(some, 300));
}

}  // namespace
}  // namespace splash::lab
