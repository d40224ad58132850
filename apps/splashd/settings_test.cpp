#include "settings.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

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

TEST(Settings, ReadsServicesFromOutside) {
    const auto settings = parse_settings(R"toml(
        [services]
        directory = "/srv/services"
        enabled = ["disk", "loadavg"]
        disabled = ["old"]
        workers = 3
        queue = 9
        [[services.function]]
        library = "libm.so.6"
        symbol = "hypot"
        service = "math_hypot"
        signature = "double hypot(double, double)"
        right = "none"
        cost = 5
        meaning = "hypotenuse"
        [[services.function]]
        library = "/usr/lib/libc.so.6"
        service = "copy"
        signature = "char *strdup(const char *s);"
        blocks = true
        free = true
    )toml",
                                         "splash.toml");
    ASSERT_TRUE(settings) << settings.error().detail;
    const plugins::Settings& services = settings->services;
    EXPECT_EQ(services.directory, "/srv/services");
    EXPECT_EQ(services.enabled, (std::vector<std::string>{"disk", "loadavg"}));
    EXPECT_EQ(services.disabled, std::vector<std::string>{"old"});
    EXPECT_EQ(services.workers, 3U);
    EXPECT_EQ(services.queue, 9U);
    ASSERT_EQ(services.functions.size(), 2U);
    const plugins::CFunctionSettings& hypot = services.functions[0];
    EXPECT_EQ(hypot.library, "libm.so.6");
    EXPECT_EQ(hypot.service, "math_hypot");
    EXPECT_EQ(hypot.prototype.name, "hypot");
    EXPECT_EQ(hypot.right, node::Right::None);
    EXPECT_EQ(hypot.cost, 5U);
    EXPECT_EQ(hypot.meaning, "hypotenuse");
    EXPECT_FALSE(hypot.may_block);
    const plugins::CFunctionSettings& copy = services.functions[1];
    EXPECT_EQ(copy.right, node::Right::Read) << "until somebody says that it needs none";
    EXPECT_TRUE(copy.may_block);
    EXPECT_TRUE(copy.frees_result);
}

TEST(Settings, PointsAtWhatIsWrongInASignature) {
    const std::string text = complaint(
        "[[services.function]]\nlibrary = \"libm.so.6\"\nservice = \"x\"\nsignature = \"quad f(void)\"\n");
    EXPECT_TRUE(text.starts_with("splash.toml:4:13: signature: unknown type; known are int, long")) << text;
    EXPECT_TRUE(text.ends_with("\nquad f(void)\n^^^^")) << text;
}

TEST(Settings, RefusesServicesThatCannotBe) {
    const auto function = [](const std::string& lines) {
        return complaint("[[services.function]]\n" + lines);
    };
    const std::string rest = "service = \"x\"\nsignature = \"int f(void)\"\n";
    EXPECT_EQ(complaint("[services]\ndirectory = \"services\"\n"),
              "splash.toml:2:13: directory must be an absolute path");
    EXPECT_EQ(complaint("[services]\nenabled = [1]\n"), "splash.toml:2:12: enabled must be strings");
    EXPECT_EQ(complaint("[services]\nworkers = 17\n"),
              "splash.toml:2:11: workers must be an integer from 1 to 16");
    EXPECT_EQ(function(rest), "splash.toml:1:1: [[services.function]] needs library, service and signature");
    EXPECT_EQ(function("library = \"lib/x.so\"\n" + rest),
              "splash.toml:2:11: library must be an absolute path, or a name without /");
    EXPECT_EQ(function("symbol = \"g\"\nlibrary = \"l\"\n" + rest),
              "splash.toml:2:10: symbol is g, but the signature declares f");
    EXPECT_EQ(function("free = true\nlibrary = \"l\"\n" + rest),
              "splash.toml:2:8: free is for functions that give a char *");
    EXPECT_EQ(function("right = \"all\"\nlibrary = \"l\"\n" + rest),
              "splash.toml:2:9: unknown right; it may be \"none\", \"read\", \"write\" or \"configure\"");
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
              "splash.toml:2:11: unknown right; it may be \"read\", \"write\", \"send\" or \"configure\"");
}

TEST(Settings, AllowMustSayInsecure) {
    EXPECT_NE(complaint("[[allow]]\nprefix = \"10.0.0.0/8\"\n").find("insecure = true"), std::string::npos);
    EXPECT_NE(complaint("[[allow]]\ninsecure = true\n").find("needs a prefix"), std::string::npos);
}

TEST(Settings, AgentsThatMayBeAsked) {
    const auto settings = parse_settings(R"(
        [[agent]]
        prefix = "192.0.2.0/24"
        community = "public"
        [[agent]]
        prefix = "2001:db8::7"
        version = "3"
        user = "splash"
        auth = "SHA-256"
        auth_password = "correct horse"
        priv = "AES"
        priv_password = "battery staple"
        port = 1161
        timeout_ms = 500
    )",
                                         "f");
    ASSERT_TRUE(settings) << settings.error().detail;
    ASSERT_EQ(settings->node.agents.size(), 2U);
    const node::AgentRule& v2c = settings->node.agents[0];
    EXPECT_EQ(v2c.version, node::AgentRule::Version::V2c);
    EXPECT_EQ(v2c.community, "public");
    EXPECT_EQ(v2c.port, 161);
    const node::AgentRule& v3 = settings->node.agents[1];
    EXPECT_EQ(v3.version, node::AgentRule::Version::V3);
    EXPECT_EQ(v3.user.name, "splash");
    EXPECT_EQ(v3.user.priv_password, "battery staple");
    EXPECT_EQ(v3.timeout, std::chrono::milliseconds(500));
}

TEST(Settings, AgentsThatCannotBeAskedAreRefused) {
    const std::string begin = "[[agent]]\nprefix = \"10.0.0.0/8\"\n";
    EXPECT_NE(complaint("[[agent]]\ncommunity = \"x\"\n").find("needs a prefix"), std::string::npos);
    EXPECT_NE(complaint(begin).find("needs a community"), std::string::npos);
    EXPECT_EQ(complaint(begin + "version = \"2\"\n"),
              "splash.toml:3:11: version must be one of \"1\", \"2c\", \"3\"");
    const std::string v3 = begin + "version = \"3\"\n";
    EXPECT_NE(complaint(v3 + "community = \"x\"\n").find("needs a user"), std::string::npos);
    EXPECT_NE(complaint(v3 + "user = \"u\"\nauth = \"SHA-1\"\n").find("auth must be one of"),
              std::string::npos);
    EXPECT_NE(complaint(v3 + "user = \"u\"\nauth = \"SHA\"\nauth_password = \"short\"\n")
                  .find("auth_password of 8 characters"),
              std::string::npos);
    EXPECT_NE(complaint(v3 + "user = \"u\"\npriv = \"AES\"\npriv_password = \"long enough\"\n")
                  .find("priv of an [[agent]] needs auth"),
              std::string::npos);
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

/// Every setting there is.
constexpr std::string_view kAll = R"toml(
    [node]
    name = "n5"
    address = ["10.0.0.5", "2001:db8::5"]
    socket = "/s"
    socket_group = "g"
    protocol = 254
    udp_port = 7000
    raw = false
    udp = false
    workspace = 8192
    budget = 100
    domain = ["10.0.0.0/8", "192.0.2.0/24"]
    park_timeout_ms = 500
    max_parked = 5
    max_proxied = 6
    reports_per_second = 7
    notifications_per_second = 8
    [local]
    rights = []
    snmp_user = "a"
    bound = 20
    [[allow]]
    prefix = "10.0.0.0/8"
    insecure = true
    rights = ["configure", "read"]
    snmp_user = "b"
    bound = 9
    [[allow]]
    prefix = "11.0.0.0/8"
    insecure = true
    [[peer]]
    address = "192.0.2.7"
    port = 7001
    [sysctl]
    read = ["a.b", "a.c"]
    write = ["a.*"]
    [dictionary]
    entries = 1
    octets = 2
    entries_per_principal = 3
    octets_per_principal = 4
    time_to_live_s = 5
    [[agent]]
    prefix = "10.0.0.0/8"
    community = "hush"
    version = "1"
    port = 1161
    timeout_ms = 50
    [[agent]]
    prefix = "192.0.2.7"
    version = "3"
    user = "u"
    auth = "SHA"
    auth_password = "hush hush"
    priv = "AES"
    priv_password = "hush hush hush"
    [metrics]
    listen = "127.0.0.1:9253"
    [services]
    directory = "/srv"
    enabled = ["disk", "loadavg"]
    disabled = ["old"]
    workers = 3
    queue = 9
    [[services.function]]
    library = "libm.so.6"
    symbol = "hypot"
    service = "math_hypot"
    signature = "double hypot(double x, double y)"
    right = "none"
    cost = 5
    blocks = true
    free = false
    meaning = "hypotenuse\nof two"
)toml";

TEST(Settings, AreDescribedALineEach) {
    const auto settings = parse_settings(kAll, "f");
    ASSERT_TRUE(settings) << settings.error().detail;
    EXPECT_EQ(describe(*settings),
              "node.name n5\nnode.address 10.0.0.5,2001:db8::5\nnode.socket /s\nnode.socket_group g\n"
              "node.raw false\nnode.protocol 254\nnode.udp false\nnode.udp_port 7000\n"
              "node.domain 10.0.0.0/8,192.0.2.0/24\nnode.workspace 8192\nnode.budget 100\n"
              "node.max_parked 5\nnode.park_timeout_ms 500\nnode.max_proxied 6\n"
              "node.notifications_per_second 8\nnode.reports_per_second 7\n"
              "local.rights none\nlocal.snmp_user a\nlocal.bound 20\n"
              "allow[1].prefix 10.0.0.0/8\nallow[1].insecure true\nallow[1].rights read,configure\n"
              "allow[1].snmp_user b\nallow[1].bound 9\n"
              "allow[2].prefix 11.0.0.0/8\nallow[2].insecure true\nallow[2].rights none\n"
              "allow[2].bound 255\n"
              "peer[1].address 192.0.2.7\npeer[1].port 7001\nsysctl.read a.b,a.c\nsysctl.write a.*\n"
              "dictionary.entries 1\ndictionary.octets 2\ndictionary.entries_per_principal 3\n"
              "dictionary.octets_per_principal 4\ndictionary.time_to_live_s 5\n"
              "agent[1].prefix 10.0.0.0/8\nagent[1].port 1161\nagent[1].version 1\n"
              "agent[1].community (not shown)\nagent[1].timeout_ms 50\n"
              "agent[2].prefix 192.0.2.7/32\nagent[2].port 161\nagent[2].version 3\nagent[2].user u\n"
              "agent[2].auth SHA\nagent[2].auth_password (not shown)\nagent[2].priv AES\n"
              "agent[2].priv_password (not shown)\nagent[2].timeout_ms 3000\n"
              "metrics.listen 127.0.0.1:9253\n"
              "services.directory /srv\nservices.enabled disk,loadavg\nservices.disabled old\n"
              "services.workers 3\nservices.queue 9\n"
              "services.function[1].library libm.so.6\nservices.function[1].symbol hypot\n"
              "services.function[1].service math_hypot\n"
              "services.function[1].signature double hypot(double, double)\n"
              "services.function[1].right none\nservices.function[1].cost 5\n"
              "services.function[1].blocks true\nservices.function[1].free false\n"
              "services.function[1].meaning hypotenuse?of two\n");
}

/// What the reader says it knows below a table's header: name, address, ... Empty: that is no such table.
std::vector<std::string> known_below(const std::string& header) {
    const std::string said = complaint(header + "\nno_such_setting = 1\n");
    constexpr std::string_view kBegin = "; it knows ";
    std::vector<std::string> known;
    for (std::size_t at = said.find(kBegin); at != std::string::npos;) {
        at += known.empty() ? kBegin.size() : 2;
        const std::size_t end = said.find(", ", at);
        known.push_back(said.substr(at, end == std::string::npos ? end : end - at));
        at = end;
    }
    return known;
}

/// The names of all settings: "node.name", "services.function.library".
void gather_known(const std::string& name, std::set<std::string>& into) {
    for (const std::string& header : {name.empty() ? "" : '[' + name + ']', "[[" + name + "]]"}) {
        const auto known = known_below(header);
        for (const std::string& key : known) {
            gather_known(name.empty() ? key : name + '.' + key, into);
        }
        if (!known.empty()) {
            return;
        }
    }
    into.insert(name);
}

TEST(Settings, ADescriptionTellsNoSecrets) {
    EXPECT_EQ(describe(*parse_settings(kAll, "f")).find("hush"), std::string::npos);
}

TEST(Settings, AreAllDescribed) {
    std::set<std::string> known;
    gather_known("", known);
    ASSERT_TRUE(known.contains("services.function.meaning")) << "they have been found";
    const auto settings = parse_settings(kAll, "f");
    ASSERT_TRUE(settings) << settings.error().detail;
    std::set<std::string> described;
    std::istringstream lines(describe(*settings));
    for (std::string line; std::getline(lines, line);) {
        described.insert(std::regex_replace(line.substr(0, line.find(' ')), std::regex("\\[[0-9]+\\]"), ""));
    }
    EXPECT_EQ(described, known) << "a new setting belongs into describe() and into kAll";
}

TEST(Settings, TellWhatOnlyARestartChanges) {
    const auto changes = [](std::string_view now) {
        return changes_for_restart(*parse_settings("[node]\nname = \"a\"\n", "f"), *parse_settings(now, "f"));
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(changes("[node]\nname = \"b\"\nworkspace = 4096\n[local]\nrights = []\n"), Names{});
    EXPECT_EQ(changes("[node]\nsocket = \"/s\"\nsocket_group = \"g\"\naddress = \"10.0.0.1\"\n"),
              (Names{"socket", "socket_group", "address"}));
    EXPECT_EQ(changes("[services]\nworkers = 3\n"), Names{"services"});
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

TEST(Settings, GrantedConfigurationNeedsCapNetAdminAndNoUser) {
    const auto configures = [](std::string_view text) {
        const auto settings = parse_settings(text, "f");
        return needed_capabilities(*settings) == std::vector<std::string>{"cap_net_raw", "cap_net_admin"};
    };
    EXPECT_TRUE(configures("[local]\nrights = [\"configure\"]\n"));
    EXPECT_TRUE(
        configures("[[allow]]\nprefix = \"10.0.0.0/8\"\ninsecure = true\nrights = [\"configure\"]\n"));
    EXPECT_FALSE(configures("[local]\nrights = [\"read\", \"write\", \"send\"]\n"));
}

TEST(Settings, KernelParametersAreNamesWithDots) {
    const auto settings = parse_settings(
        "[sysctl]\nread = [\"net.ipv4.conf.*.rp_filter\"]\nwrite = [\"net.ipv4.ip_default_ttl\"]\n", "f");
    ASSERT_TRUE(settings) << settings.error().detail;
    EXPECT_EQ(settings->node.sysctl.read, std::vector<std::string>{"net.ipv4.conf.*.rp_filter"});
    EXPECT_EQ(settings->node.sysctl.write, std::vector<std::string>{"net.ipv4.ip_default_ttl"});
    for (const char* wrong : {"net/ipv4/ip_forward", "net..ipv4", "net.ipv4.tcp_*", "../core_pattern", ""}) {
        EXPECT_EQ(complaint("[sysctl]\nread = [\"" + std::string(wrong) + "\"]\n"),
                  "splash.toml:2:9: read must list names of kernel parameters with dots, like "
                  "\"net.ipv4.ip_default_ttl\" or \"net.ipv4.conf.*.rp_filter\"")
            << wrong;
    }
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

/// A file that goes with its owner.
class SettingsFile : public ::testing::Test {
protected:
    SettingsFile() {
        std::string name = "/tmp/splash-settings-XXXXXX";
        const int fd = ::mkstemp(name.data());
        ::close(fd);
        path = fd < 0 ? "" : name;
    }
    ~SettingsFile() override { std::filesystem::remove(path); }

    /// What is wrong with the file, if that is an error of this code.
    std::string why_not(Errc code, const std::string& file) {
        const auto settings = read_settings(file);
        return settings                        ? "it was read"
               : settings.error().code == code ? settings.error().detail
                                               : "not so: " + to_string(settings.error());
    }
    std::string path;
};

TEST_F(SettingsFile, ThatIsMissingIsNamed) {
    EXPECT_EQ(why_not(Errc::FileNotFound, "/nonexistent/splash.toml"),
              "/nonexistent/splash.toml: No such file or directory");
}

TEST_F(SettingsFile, ThatIsADirectoryIsRefused) {
    EXPECT_EQ(why_not(Errc::FileNotFound, "/tmp"), "/tmp: Is a directory");
}

TEST_F(SettingsFile, NamesAGroupThatThisHostHas) {
    std::ofstream(path) << "[node]\nsocket_group = \"no-such-group\"\n";
    EXPECT_EQ(why_not(Errc::BadConfig, path), path + ": socket_group: no group is called no-such-group");
    std::ofstream(path) << "[node]\nsocket_group = \"root\"\n";
    EXPECT_TRUE(read_settings(path));
}

TEST_F(SettingsFile, IsReadUpToItsLimit) {
    std::string text = "[node]\nname = \"n\"\n#";
    text.resize(1U << 20U, 'x');
    std::ofstream(path) << text;
    const auto settings = read_settings(path);
    ASSERT_TRUE(settings) << settings.error().detail;
    EXPECT_EQ(settings->node.name, "n");
    std::ofstream(path, std::ios::app) << 'x';
    EXPECT_EQ(why_not(Errc::TooLarge, path), path + ": over 1048576 octets");
    EXPECT_EQ(why_not(Errc::TooLarge, "/dev/zero"), "/dev/zero: over 1048576 octets");
}

}  // namespace
}  // namespace splash::splashd
