#include "settings.hpp"

#include <gtest/gtest.h>

namespace splash::splashd {
namespace {

std::string complaint(std::string_view text) {
    const auto settings = parse_settings(text, "splash.toml");
    return settings ? "" : settings.error().detail;
}

TEST(Settings, EmptyFileGivesTheDefaults) {
    const auto settings = parse_settings("", "splash.toml");
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->protocol, 253);
    EXPECT_EQ(settings->udp_port, 7253);
    EXPECT_TRUE(settings->node.allow.empty());
}

TEST(Settings, RefusesATableHeaderWithoutAName) {
    const std::string_view end = ": a table's name must begin with a letter, a digit, - or _";
    EXPECT_EQ(complaint("\n [?node]\n"), "splash.toml:2:3" + std::string(end));
    EXPECT_EQ(complaint("[node]\n[[!]]"), "splash.toml:2:3" + std::string(end));
    EXPECT_EQ(complaint(std::string_view("[\0[n", 4)), "splash.toml:1:2" + std::string(end));
}

TEST(Settings, RefusesLettersBeyondAsciiOutsideStrings) {
    EXPECT_TRUE(complaint("\xd2\x81 = 1").starts_with("splash.toml:1:1: ")) << complaint("\xd2\x81 = 1");
    EXPECT_TRUE(complaint("[node]\nname = \xc3\xa9").starts_with("splash.toml:2:"));
    EXPECT_EQ(complaint("[node]\nname = \"\xc3\xa9\" # \xc3\xa9"), "");
}

TEST(Settings, ReadsEveryTable) {
    const auto settings = parse_settings(R"(
        [node]
        name = "r7"
        address = "10.0.0.7"
        socket = "/run/x.sock"
        workspace = 8192
        domain = ["10.0.0.0/8"]
        [local]
        rights = ["read"]
        snmp_user = "splash"
        [[allow]]
        prefix = "10.0.0.0/8"
        rights = ["read", "send"]
        snmp_user = "ro"
        insecure = true
        bound = 20
        [[peer]]
        address = "192.0.2.9"
        port = 7000
    )",
                                         "splash.toml");
    ASSERT_TRUE(settings) << settings.error().detail;
    EXPECT_EQ(settings->node.name, "r7");
    EXPECT_EQ(settings->addresses, std::vector{*IpAddress::parse("10.0.0.7")});
    EXPECT_EQ(settings->node.workspace, 8192U);
    EXPECT_EQ(settings->node.local_rights, (node::Rights{.read = true, .write = false, .send = false}));
    ASSERT_EQ(settings->node.allow.size(), 1U);
    EXPECT_EQ(settings->node.allow[0].rights, (node::Rights{.read = true, .write = false, .send = true}));
    EXPECT_EQ(settings->node.allow[0].bound, 20);
    ASSERT_EQ(settings->node.peers.size(), 1U);
    EXPECT_EQ(settings->node.peers[0].port, 7000);
}

TEST(Settings, TakeAnAddressOfEachIpVersion) {
    const auto settings =
        parse_settings("[node]\naddress = [\"2001:db8::7\", \"10.0.0.7\"]\n", "splash.toml");
    ASSERT_TRUE(settings) << settings.error().detail;
    EXPECT_EQ(settings->addresses,
              (std::vector{*IpAddress::parse("2001:db8::7"), *IpAddress::parse("10.0.0.7")}));
}

TEST(Settings, NamesLineAndColumnOfSyntaxErrors) {
    EXPECT_EQ(complaint("[node\n").substr(0, 15), "splash.toml:1:6");
}

TEST(Settings, RefusesUnknownKeysAndListsTheKnown) {
    EXPECT_EQ(complaint("[local]\nright = [\"read\"]\n"),
              "splash.toml:2:9: unknown setting 'right' in [local]; it knows rights, snmp_user, bound");
}

TEST(Settings, RefusesValuesOutOfRange) {
    EXPECT_EQ(complaint("[node]\nworkspace = 100\n"),
              "splash.toml:2:13: workspace must be an integer from 4096 to 49152");
    EXPECT_EQ(complaint("[node]\nudp_port = \"7253\"\n"),
              "splash.toml:2:12: udp_port must be an integer from 1 to 65535");
    EXPECT_EQ(complaint("[node]\naddress = \"router\"\n"),
              "splash.toml:2:11: address must be an IP address in quotes");
    EXPECT_EQ(complaint("[node]\naddress = [\"10.0.0.7\", 5]\n"),
              "splash.toml:2:24: address must be IP addresses in quotes");
    EXPECT_EQ(complaint("[node]\naddress = [\"10.0.0.7\", \"10.0.0.8\"]\n"),
              "splash.toml:2:24: address has two addresses of one IP version");
}

TEST(Settings, RefusesAnUnknownRight) {
    EXPECT_EQ(complaint("[local]\nrights = [\"reed\"]\n"),
              "splash.toml:2:11: unknown right; it may be \"read\", \"write\" or \"send\"");
}

TEST(Settings, AllowMustSayInsecure) {
    EXPECT_NE(complaint("[[allow]]\nprefix = \"10.0.0.0/8\"\n").find("insecure = true"), std::string::npos);
    EXPECT_NE(complaint("[[allow]]\ninsecure = true\n").find("needs a prefix"), std::string::npos);
}

TEST(Settings, MetricsListenWhereTheySay) {
    EXPECT_FALSE(parse_settings("", "f")->metrics);
    EXPECT_EQ(parse_settings("[metrics]\nlisten = \"127.0.0.1:9253\"\n", "f")->metrics,
              (Endpoint{*IpAddress::parse("127.0.0.1"), 9253}));
    EXPECT_EQ(parse_settings("[metrics]\nlisten = \"[::1]:80\"\n", "f")->metrics,
              (Endpoint{*IpAddress::parse("::1"), 80}));
    for (const char* wrong : {"localhost:9253", "127.0.0.1", "::1:9253", "[127.0.0.1]:1", "127.0.0.1:0",
                              "127.0.0.1:65536", "127.0.0.1:9253x", ":9253", ""}) {
        const std::string said = complaint("[metrics]\nlisten = \"" + std::string(wrong) + "\"\n");
        EXPECT_EQ(said.substr(0, 25), "splash.toml:2:10: listen ") << wrong;
    }
    EXPECT_NE(complaint("[metrics]\nport = 1\n").find("unknown setting 'port' in [metrics]"),
              std::string::npos);
}

TEST(Settings, OnlyGrantedWritesNeedCapNetAdmin) {
    const auto needed = [](std::string_view text) { return needed_capabilities(*parse_settings(text, "f")); };
    const std::vector<std::string> raw{"cap_net_raw"};
    const std::vector<std::string> both{"cap_net_raw", "cap_net_admin"};
    EXPECT_EQ(needed(""), raw);  // the right to write, but no user to do it
    EXPECT_EQ(needed("[local]\nrights = [\"read\"]\nsnmp_user = \"u\"\n"), raw);
    EXPECT_EQ(needed("[local]\nsnmp_user = \"u\"\n"), both);
    const std::string allow = "[[allow]]\nprefix = \"10.0.0.0/8\"\ninsecure = true\nrights = [\"write\"]\n";
    EXPECT_EQ(needed(allow), raw);
    EXPECT_EQ(needed(allow + "snmp_user = \"u\"\n"), both);
}

TEST(Settings, AreDescribedALineEach) {
    const auto settings = parse_settings(
        "[node]\nname = \"n5\"\nudp = false\ndomain = [\"10.0.0.0/8\"]\n[local]\nrights = [\"read\", "
        "\"send\"]\n"
        "[[allow]]\nprefix = \"10.0.0.0/8\"\ninsecure = true\nsnmp_user = \"b\"\nbound = 9\n"
        "[[allow]]\nprefix = \"11.0.0.0/8\"\ninsecure = true\nrights = [\"write\"]\n"
        "[[peer]]\naddress = \"192.0.2.7\"\n[metrics]\nlisten = \"127.0.0.1:9253\"\n",
        "f");
    ASSERT_TRUE(settings);
    EXPECT_EQ(describe(*settings),
              "socket /run/splash/splashd.sock\nname n5\nraw true\nprotocol 253\nudp false\nudp_port 7253\n"
              "rights read,send\ndomain 10.0.0.0/8\nallow 10.0.0.0/8 rights none snmp_user b bound 9\n"
              "allow 11.0.0.0/8 rights write bound 255\npeer 192.0.2.7:7253\nmetrics 127.0.0.1:9253\n");
}

TEST(Settings, TellWhatOnlyARestartChanges) {
    const auto changes = [](std::string_view now) {
        return changes_for_restart(*parse_settings("[node]\nname = \"a\"\n", "f"), *parse_settings(now, "f"));
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(changes("[node]\nname = \"b\"\nworkspace = 4096\n[local]\nrights = []\n"), Names{});
    EXPECT_EQ(changes("[node]\nsocket = \"/s\"\nsocket_group = \"g\"\naddress = \"10.0.0.1\"\n"),
              (Names{"socket", "socket_group", "address"}));
    EXPECT_EQ(changes("[node]\nraw = false\nprotocol = 254\nudp = false\nudp_port = 1\n[metrics]\n"
                      "listen = \"127.0.0.1:1\"\n"),
              (Names{"raw", "protocol", "udp", "udp_port", "metrics.listen"}));
}

TEST(Settings, TellWhichCapabilitiesARestartWouldKeep) {
    const Settings reads = *parse_settings("[local]\nrights = [\"read\"]\nsnmp_user = \"u\"\n", "f");
    const Settings writes = *parse_settings("[local]\nsnmp_user = \"u\"\n", "f");
    EXPECT_EQ(capabilities_for_restart(reads, writes), (std::vector<std::string>{"cap_net_admin"}));
    EXPECT_TRUE(capabilities_for_restart(writes, reads).empty());
}

TEST(Settings, MibUsersAreNamedOnceWithTheirLevel) {
    const auto settings = parse_settings(
        "[local]\nsnmp_user = \"a\"\n"
        "[[allow]]\nprefix = \"10.0.0.0/8\"\ninsecure = true\nsnmp_user = \"b\"\n"
        "[[allow]]\nprefix = \"11.0.0.0/8\"\ninsecure = true\nsnmp_user = \"b\"\n",
        "f");
    using Level = node::MibUser::Level;
    EXPECT_EQ(mib_users(*settings),
              (std::vector<node::MibUser>{{"a", Level::AuthPriv}, {"b", Level::NoAuth}}));
}

TEST(Settings, MissingFileIsNamed) {
    const auto settings = read_settings("/nonexistent/splash.toml");
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().code, Errc::FileNotFound);
    EXPECT_EQ(settings.error().detail, "/nonexistent/splash.toml");
}

}  // namespace
}  // namespace splash::splashd
