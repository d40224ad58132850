#include "own_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings.hpp"

namespace splash::splashd {
namespace {

using ::testing::HasSubstr;

TEST(OwnOptions, NameTheSettingsFileOrNone) {
    EXPECT_EQ(read_own_options({{"config", "/x/y.toml"}})->settings_file, "/x/y.toml");
    EXPECT_FALSE(read_own_options({{"config", "none"}})->settings_file);
}

TEST(OwnOptions, AskForACheck) {
    EXPECT_FALSE(read_own_options({})->is_check);
    EXPECT_TRUE(read_own_options({{"check", ""}})->is_check);
}

TEST(OwnOptions, AskForAListOfServices) {
    EXPECT_FALSE(read_own_options({})->is_listing);
    EXPECT_TRUE(read_own_options({{"services", ""}})->is_listing);
    EXPECT_FALSE(read_own_options({{"services", "all"}}));
}

TEST(OwnOptions, RefuseWhatIsNotThere) {
    const auto unknown = read_own_options({{"cofnig", "x"}});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, Errc::Usage);
    EXPECT_THAT(unknown.error().detail, HasSubstr("--splash-config=FILE|none"));
    EXPECT_FALSE(read_own_options({{"config", ""}}));
    EXPECT_FALSE(read_own_options({{"check", "yes"}}));
}

TEST(OwnOptions, AreAllInTheUsage) {
    EXPECT_THAT(own_usage(), HasSubstr("--splash-config=FILE|none"));
    EXPECT_THAT(own_usage(), HasSubstr("--splash-check"));
}

TEST(Settings, AreDescribedWithoutWhatIsEmpty) {
    const auto settings = parse_settings("[node]\nsocket = \"/s\"\nudp = false\n", "splash.toml");
    ASSERT_TRUE(settings);
    EXPECT_EQ(describe(*settings),
              "socket /s\nraw true\nprotocol 253\nudp false\nudp_port 7253\nrights read,write,send\n");
}

}  // namespace
}  // namespace splash::splashd
