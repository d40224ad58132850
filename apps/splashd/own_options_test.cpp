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
    const std::string text = describe(*settings);
    EXPECT_THAT(text, HasSubstr("node.socket /s\nnode.raw true\nnode.protocol 253\nnode.udp false\n"));
    EXPECT_THAT(text, HasSubstr("local.rights read,write,send\nlocal.bound 255\ndictionary.entries 4096\n"));
    EXPECT_THAT(text, HasSubstr("/splash/services\nservices.workers 2\n")) << "the default holds";
    for (const char* empty : {"node.name", "node.domain", "services.enabled", "metrics"}) {
        EXPECT_EQ(text.find(empty), std::string::npos) << empty;
    }
}

}  // namespace
}  // namespace splash::splashd
