#include "once.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace splash::node {
namespace {

using isa::Exc;
using isa::Value;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

class FakeClock final : public Clock {
public:
    Instant now() override { return time; }
    std::int64_t epoch_us() override { return 0; }
    Instant time{};
};

class OnceTest : public testing::Test {
protected:
    /// True if the caller is to write.
    bool begin(const Once::Key& key, const Value& value = kNew) {
        return once.begin(key, value, [this](const Value& result) { answers.push_back(result); });
    }
    static Once::Key key(std::int64_t id, const std::string& principal = "local") {
        return {principal, id, Oid::parse("1.3.6.1.2.1.1.5.0")};
    }

    static inline const Value kNew = isa::Str{"new"};
    FakeClock clock;
    Once once{clock};
    std::vector<Value> answers;
};

TEST_F(OnceTest, TheFirstIsToWriteAndGetsItsResult) {
    EXPECT_TRUE(begin(key(1)));
    EXPECT_TRUE(answers.empty());
    once.complete(key(1), std::int64_t{1});
    EXPECT_THAT(answers, ElementsAre(Value(std::int64_t{1})));
}

TEST_F(OnceTest, ARepetitionGetsTheRememberedResult) {
    ASSERT_TRUE(begin(key(1)));
    once.complete(key(1), Exc::NotPermitted);
    EXPECT_FALSE(begin(key(1)));
    EXPECT_THAT(answers, ElementsAre(Value(Exc::NotPermitted), Value(Exc::NotPermitted)));
}

TEST_F(OnceTest, ARepetitionMeanwhileWaitsForTheSameResult) {
    ASSERT_TRUE(begin(key(1)));
    EXPECT_FALSE(begin(key(1)));
    EXPECT_FALSE(begin(key(1)));
    EXPECT_TRUE(answers.empty());
    once.complete(key(1), std::int64_t{1});
    EXPECT_EQ(answers, std::vector<Value>(3, Value(std::int64_t{1})));
}

TEST_F(OnceTest, OtherIdsObjectsAndPrincipalsAreOtherWrites) {
    ASSERT_TRUE(begin(key(1)));
    EXPECT_TRUE(begin(key(2)));
    EXPECT_TRUE(begin(key(1, "10.0.0.0/8")));
    EXPECT_TRUE(begin({"local", 1, Oid::parse("1.3.6.1.2.1.1.4.0")}));
    EXPECT_TRUE(begin({"local", 1, std::nullopt}));
}

TEST_F(OnceTest, AnotherValueUnderTheIdIsRefusedAndChangesNothing) {
    ASSERT_TRUE(begin(key(1)));
    EXPECT_FALSE(begin(key(1), isa::Str{"other"}));
    EXPECT_FALSE(begin(key(1), std::int64_t{5}));
    EXPECT_THAT(answers, ElementsAre(Value(Exc::IdInUse), Value(Exc::IdInUse)));
    once.complete(key(1), std::int64_t{1});
    EXPECT_FALSE(begin(key(1), isa::Str{"other"}));
    EXPECT_EQ(answers.back(), Value(Exc::IdInUse));
}

TEST_F(OnceTest, NotANumberIsTheSameValueAgain) {
    const Value nan = std::numeric_limits<double>::quiet_NaN();
    ASSERT_TRUE(begin(key(1), nan));
    EXPECT_FALSE(begin(key(1), nan));
    once.complete(key(1), std::int64_t{1});
    EXPECT_EQ(answers, std::vector<Value>(2, Value(std::int64_t{1})));
}

TEST_F(OnceTest, IsForgottenAMinuteAfterItWasDone) {
    ASSERT_TRUE(begin(key(1)));
    clock.time += 1h;  // being written it is never forgotten
    EXPECT_EQ(once.next_expiry(), std::nullopt);
    once.expire(clock.time);
    EXPECT_FALSE(begin(key(1)));
    once.complete(key(1), std::int64_t{1});
    EXPECT_EQ(once.next_expiry(), clock.time + Once::kRemember);
    once.expire(clock.time + Once::kRemember - 1ms);
    EXPECT_FALSE(begin(key(1)));
    once.expire(clock.time + Once::kRemember);
    EXPECT_EQ(once.size(), 0U);
    EXPECT_TRUE(begin(key(1)));
}

TEST_F(OnceTest, APrincipalThatFillsItsShareDisturbsNoOther) {
    for (std::size_t i = 0; i < Once::kMaxEntriesPerPrincipal; ++i) {
        ASSERT_TRUE(begin(key(static_cast<std::int64_t>(i), "greedy"), std::int64_t{1}));
        once.complete(key(static_cast<std::int64_t>(i), "greedy"), std::int64_t{1});
    }
    answers.clear();
    EXPECT_FALSE(begin(key(-1, "greedy")));
    EXPECT_THAT(answers, ElementsAre(Value(Exc::QuotaUsedUp)));
    EXPECT_TRUE(begin(key(-1)));
    once.expire(clock.time + Once::kRemember);
    EXPECT_TRUE(begin(key(-1, "greedy"))) << "what expired makes room";
}

TEST_F(OnceTest, LongValuesAreLimitedTogether) {
    const Value half = isa::Str{std::string(Once::kMaxOctetsPerPrincipal / 2, 'x')};
    EXPECT_TRUE(begin(key(1), half));
    EXPECT_TRUE(begin(key(2), half));
    EXPECT_FALSE(begin(key(3), kNew));
    EXPECT_THAT(answers, ElementsAre(Value(Exc::QuotaUsedUp)));
}

TEST_F(OnceTest, AllFromElsewhereTogetherLeaveRoomForLocalClients) {
    for (std::size_t i = 0; i < Once::kMaxEntriesFromElsewhere; ++i) {
        const std::string who = std::to_string(i / Once::kMaxEntriesPerPrincipal);
        ASSERT_TRUE(begin(key(static_cast<std::int64_t>(i), who), std::int64_t{1}));
    }
    EXPECT_FALSE(begin(key(1, "another")));
    EXPECT_THAT(answers, ElementsAre(Value(Exc::QuotaUsedUp)));
    for (std::size_t i = 0; i < Once::kMaxEntriesPerPrincipal; ++i) {
        ASSERT_TRUE(begin(key(static_cast<std::int64_t>(i), "local"), std::int64_t{1}));
    }
    EXPECT_FALSE(begin(key(-1, "local"))) << "a share of their own, and no more";
    EXPECT_EQ(once.size(), Once::kMaxEntries);
}

TEST_F(OnceTest, WhoIsAnsweredMayBeginAnother) {
    std::vector<Value> second;
    bool is_begun = false;
    ASSERT_TRUE(once.begin(key(1), kNew, [&](const Value&) {
        is_begun = once.begin(key(2), kNew, [&](const Value& result) { second.push_back(result); });
        once.complete(key(2), std::int64_t{1});
    }));
    once.complete(key(1), std::int64_t{1});
    EXPECT_TRUE(is_begun);
    EXPECT_EQ(second.size(), 1U);
}

}  // namespace
}  // namespace splash::node
