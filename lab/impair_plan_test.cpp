#include "impair_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace splash::lab {
namespace {

using std::chrono::microseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr bool kNetem = true;
constexpr bool kNoNetem = false;

ImpairPlan plan(const Impairment& impairment, bool has_netem) {
    return plan_impairment(impairment, has_netem, "eth1", "wire-3");
}

TEST(ImpairPlan, NothingIsOnlyCleared) {
    for (const bool has_netem : {kNetem, kNoNetem}) {
        const ImpairPlan it = plan({}, has_netem);
        EXPECT_EQ(it.before_wire + it.after_wire, "");
        EXPECT_FALSE(it.needs_wire);
        EXPECT_THAT(it.means, IsEmpty());
    }
}

TEST(ImpairPlan, ClearingDeletesOnlyWhatItIsSureOf) {
    // `tc qdisc del` fails where nothing is; what was just replaced is surely there.
    EXPECT_EQ(plan({}, kNoNetem).clear,
              "qdisc replace dev eth1 root pfifo limit 1\nqdisc del dev eth1 root\n"
              "qdisc replace dev eth1 clsact\nqdisc del dev eth1 clsact\n");
}

TEST(ImpairPlan, WithNetemAllIsOneQdisc) {
    const Impairment all{.delay = microseconds(1500),
                         .jitter = microseconds(20),
                         .loss = 2.5,
                         .duplicate = 1,
                         .reorder = 3,
                         .corrupt = 0.000001,
                         .rate = 64'000,
                         .limit = 7};
    const ImpairPlan it = plan(all, kNetem);
    EXPECT_EQ(it.before_wire,
              "qdisc replace dev eth1 root netem limit 7 delay 1500us 20us loss 2.500000% "
              "duplicate 1.000000% reorder 3.000000% corrupt 0.000001% rate 64000bit\n");
    EXPECT_FALSE(it.needs_wire);
    EXPECT_EQ(it.after_wire, "");
    EXPECT_THAT(it.means, ElementsAre(HasSubstr("netem")));
}

TEST(ImpairPlan, WithNetemTheLimitIsNetemsOwnUnlessGiven) {
    EXPECT_EQ(plan({.loss = 1}, kNetem).before_wire,
              "qdisc replace dev eth1 root netem limit 1000 loss 1.000000%\n");
}

TEST(ImpairPlan, WithoutNetemARateAloneNeedsNoProcess) {
    const ImpairPlan it = plan({.rate = 10'000'000}, kNoNetem);
    // 4 ms of burst, 50 ms of queue.
    EXPECT_EQ(it.before_wire, "qdisc replace dev eth1 root tbf rate 10000000bit burst 5000 limit 62500\n");
    EXPECT_FALSE(it.needs_wire);
    EXPECT_EQ(it.after_wire, "");
    EXPECT_THAT(it.means, ElementsAre(StartsWith("rate: ")));
}

TEST(ImpairPlan, ASlowTokenBucketStillHoldsFullFrames) {
    EXPECT_EQ(plan({.rate = 8000}, kNoNetem).before_wire,
              "qdisc replace dev eth1 root tbf rate 8000bit burst 3200 limit 48448\n");
    EXPECT_EQ(plan({.rate = 8000, .limit = 2}, kNoNetem).before_wire,
              "qdisc replace dev eth1 root tbf rate 8000bit burst 3200 limit 3028\n");
}

TEST(ImpairPlan, WithoutNetemAWireDoesTheRestAndIsNotHandedItsOwnPackets) {
    const ImpairPlan it = plan({.delay = microseconds(5000), .loss = 1}, kNoNetem);
    EXPECT_TRUE(it.needs_wire);
    EXPECT_EQ(it.before_wire, "qdisc replace dev eth1 clsact\n");
    // ld mark; jeq #kWireMark: no match; else: all of it
    EXPECT_EQ(it.after_wire,
              "filter add dev eth1 egress pref 2 protocol all bpf bytecode "
              "\"4,32 0 0 4294963220,21 0 1 1397771351,6 0 0 0,6 0 0 4294967295\" "
              "action mirred egress redirect dev wire-3\n");
    EXPECT_THAT(it.means, ElementsAre(StartsWith("delay, loss: ")));
}

TEST(ImpairPlan, WithoutNetemRateAndLossAreDoneByTwo) {
    const ImpairPlan it = plan({.corrupt = 1, .rate = 10'000'000}, kNoNetem);
    EXPECT_TRUE(it.needs_wire);
    EXPECT_EQ(it.before_wire,
              "qdisc replace dev eth1 clsact\n"
              "qdisc replace dev eth1 root tbf rate 10000000bit burst 5000 limit 62500\n");
    EXPECT_THAT(it.means, ElementsAre(StartsWith("rate: "), StartsWith("corrupt: ")));
}

TEST(Impairment, SaysWhatItDoes) {
    EXPECT_EQ(to_string(Impairment{}), "");
    EXPECT_EQ(to_string(Impairment{.delay = microseconds(1500),
                                   .jitter = microseconds(500),
                                   .loss = 2.5,
                                   .rate = 2'500'000,
                                   .limit = 7}),
              "delay 1.5 ms, jitter 0.5 ms, loss 2.5 %, rate 2.5 Mbit/s, limit 7 packets");
}

TEST(Impairment, WhatIsOutOfRangeOrMeansNothingIsNamed) {
    const std::pair<Impairment, const char*> cases[] = {
        {{.delay = microseconds(-1)}, "delay of"},
        {{.delay = microseconds(60'000'001)}, "it is 0 to 60000 ms"},
        {{.loss = 100.1}, "loss of 100.1 %"},
        {{.duplicate = -0.1}, "duplicate of"},
        {{.corrupt = std::numeric_limits<double>::quiet_NaN()}, "corrupt of nan"},
        {{.rate = 7999}, "rate of 7.999 kbit/s"},
        {{.rate = 100'000'000'001}, "8 kbit/s to 100 Gbit/s"},
        {{.delay = microseconds(1), .limit = 1'000'001}, "limit of 1000001"},
        {{.delay = microseconds(1), .jitter = microseconds(2)}, "jitter of"},
        {{.reorder = 1}, "reorder without a delay"},
        {{.loss = 1, .limit = 5}, "limit without a delay or a rate"},
    };
    for (const auto& [impairment, says] : cases) {
        const auto done = check(impairment);
        ASSERT_FALSE(done) << says;
        EXPECT_EQ(done.error().code, Errc::BadInput);
        EXPECT_THAT(done.error().detail, HasSubstr(says));
    }
    EXPECT_TRUE(check({}));
    EXPECT_TRUE(check({.delay = microseconds(60'000'000),
                       .jitter = microseconds(60'000'000),
                       .loss = 100,
                       .reorder = 100,
                       .rate = 8000,
                       .limit = 1'000'000}));
}

}  // namespace
}  // namespace splash::lab
