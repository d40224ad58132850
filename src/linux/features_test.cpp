#include "linux/features.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "namespaces_for_test.hpp"

namespace splash::linux {
namespace {

TEST(Features, AreAllTriedInTheOrderOfTheTable) {
    const auto trials = try_features(kTestDeadline);
    std::size_t expected = 0;
    for (const FeatureTrial& trial : trials) {
        EXPECT_EQ(static_cast<std::size_t>(trial.info->feature), expected++);
    }
    EXPECT_EQ(trials.back().info->feature, Feature::Seccomp);  // last: it binds the one who tries
}

TEST(Features, ThatLabsNeedWorkWhereTestsOfThisModuleDo) {
    if (!TestNamespace::make()) {
        GTEST_SKIP() << "needs root";
    }
    for (const FeatureTrial& trial : try_features(kTestDeadline)) {
        if (trial.info->need != FeatureNeed::Spare) {
            EXPECT_TRUE(trial.worked) << trial.info->text << ": " << to_string(trial.worked.error());
        }
    }
}

TEST(Features, LeaveNoInterfaceBehind) {
    const auto interfaces = [] {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator("/sys/class/net")) {
            count += entry.exists() ? 1 : 0;
        }
        return count;
    };
    const std::size_t before = interfaces();
    EXPECT_FALSE(try_features(kTestDeadline).empty());
    EXPECT_EQ(interfaces(), before);
}

TEST(Features, ThatDidNotAnswerInTimeAreSaidTo) {
    const auto trials = try_features(std::chrono::milliseconds(0));
    ASSERT_FALSE(trials.empty());
    EXPECT_EQ(trials.back().worked.error().code, Errc::TimedOut);
}

}  // namespace
}  // namespace splash::linux
