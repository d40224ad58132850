#include "snmp/agent_options.hpp"

#include <gtest/gtest.h>

namespace splash::snmp {
namespace {

using Action = AgentOptions::Action;
using Flag = AgentOptions::Flag;

Result<AgentOptions> parse(const std::vector<const char*>& words) {
    std::vector<const char*> argv{"splashd"};
    argv.insert(argv.end(), words.begin(), words.end());
    return parse_options(static_cast<int>(argv.size()), argv.data());
}

TEST(AgentOptions, TakesTheLineOfDebiansUnit) {
    const auto o = parse(
        {"-LOw", "-u", "Debian-snmp", "-g", "Debian-snmp", "-I", "-smux,mteTrigger,mteTriggerConf", "-f"});
    ASSERT_TRUE(o);
    EXPECT_TRUE(o->is_foreground);
    EXPECT_EQ(o->flags, (std::vector<Flag>{{'L', {"Ow"}},
                                           {'u', {"Debian-snmp"}},
                                           {'g', {"Debian-snmp"}},
                                           {'I', {"-smux,mteTrigger,mteTriggerConf"}}}));
    EXPECT_TRUE(o->addresses.empty());
}

TEST(AgentOptions, TakesEveryLetterOfSnmpd) {
    const auto o = parse({"-a", "-A",  "-c",        "f",    "-C",   "-d", "-Dtok", "-f", "-g", "0",
                          "-I", "x",   "-Lf",       "/log", "-m",   "m",  "-M",    "d",  "-n", "app",
                          "-p", "pid", "-q",        "-r",   "-u",   "0",  "-U",    "-V", "-x", "/ax",
                          "-X", "-Y",  "sysName=q", "-l",   "file", "-s", "-S",    "d",  "-P", "pid2"});
    ASSERT_TRUE(o);
    EXPECT_EQ(o->action, Action::Run);
    std::string letters;
    for (const Flag& flag : o->flags) {
        letters += flag.letter;
    }
    EXPECT_EQ(letters, "aAcCdDgILmMqruUVxYlsSP");  // -P is kept: snmpd warns of it when it is applied
    EXPECT_TRUE(o->is_subagent);
    EXPECT_EQ(o->application, "app");
    EXPECT_EQ(o->pid_file, "pid2");
}

TEST(AgentOptions, CollectsAddressesFromAnywhere) {
    const auto o = parse({"udp:127.0.0.1:1161", "-f", "tcp:127.0.0.1:1161"});
    ASSERT_TRUE(o);
    EXPECT_EQ(o->addresses, (std::vector<std::string>{"udp:127.0.0.1:1161", "tcp:127.0.0.1:1161"}));
}

struct LogCase {
    std::vector<const char*> words;
    std::vector<std::string> option;
    std::vector<std::string> addresses;
};

class LogOption : public testing::TestWithParam<LogCase> {};

TEST_P(LogOption, TakesItsWordsAndNoAddress) {
    const auto o = parse(GetParam().words);
    ASSERT_TRUE(o);
    ASSERT_EQ(o->flags.size(), 1U);
    EXPECT_EQ(o->flags[0].words, GetParam().option);
    EXPECT_EQ(o->addresses, GetParam().addresses);
}

INSTANTIATE_TEST_SUITE_P(Forms, LogOption,
                         testing::Values(LogCase{{"-L", "udp:1161"}, {"e"}, {"udp:1161"}},
                                         LogCase{{"-Le", "a"}, {"e"}, {"a"}},
                                         LogCase{{"-Lf", "/log", "a"}, {"f", "/log"}, {"a"}},
                                         LogCase{{"-Lf/log", "a"}, {"f/log"}, {"a"}},
                                         LogCase{{"-Lf=/log", "a"}, {"f=/log"}, {"a"}},
                                         LogCase{{"-Lf /log", "a"}, {"f /log"}, {"a"}},
                                         LogCase{{"-LE", "3", "a"}, {"E", "3"}, {"a"}},
                                         LogCase{{"-LF", "0-4", "/log", "a"}, {"F", "0-4", "/log"}, {"a"}},
                                         LogCase{{"-LF", "w /log", "a"}, {"F", "w /log"}, {"a"}},
                                         LogCase{{"-LF4", "/log", "a"}, {"F4", "/log"}, {"a"}},
                                         LogCase{{"-Lsd", "a"}, {"sd"}, {"a"}},
                                         LogCase{{"-LS6d", "a"}, {"S6d"}, {"a"}},
                                         LogCase{{"-Ln", "a"}, {"n"}, {"a"}}));

TEST(AgentOptions, LeavesALogOptionWithoutItsFileToTheLibrary) {
    const auto o = parse({"-f", "-Lf"});
    ASSERT_TRUE(o);
    EXPECT_EQ(o->flags, (std::vector<AgentOptions::Flag>{{'L', {"f"}}}));
    EXPECT_TRUE(o->addresses.empty());
}

TEST(AgentOptions, KeepsSplashOptionsApart) {
    const auto o = parse({"--splash-config=/etc/s.toml", "--sysName=n5", "--splash-x", "--master=agentx"});
    ASSERT_TRUE(o);
    EXPECT_EQ(o->splash, (std::map<std::string, std::string>{{"config", "/etc/s.toml"}, {"x", ""}}));
    EXPECT_EQ(parse({"--services"})->splash, (std::map<std::string, std::string>{{"services", ""}}));
    EXPECT_TRUE(parse({"--sysServices=72"})->splash.empty()) << "snmpd's directive";
    EXPECT_EQ(o->flags, (std::vector<Flag>{{'-', {"sysName=n5"}}, {'-', {"master=agentx"}}}));
}

TEST(AgentOptions, AnswersHelpVersionAndDirectives) {
    EXPECT_EQ(parse({"-f", "-h"})->action, Action::PrintUsage);
    EXPECT_EQ(parse({"--HELP"})->action, Action::PrintUsage);
    EXPECT_EQ(parse({"-v", "-h"})->action, Action::PrintVersion);
    EXPECT_EQ(parse({"--version"})->action, Action::PrintVersion);
    EXPECT_EQ(parse({"-H", "-f"})->action, Action::PrintDirectives);
    EXPECT_EQ(parse({"-Z"})->action, Action::PrintUsage);
}

TEST(AgentOptions, IsASubagentUnderTheNameAgentxd) {
    const char* const argv[] = {"/usr/sbin/agentxd"};
    EXPECT_TRUE(parse_options(1, argv)->is_subagent);
    EXPECT_FALSE(parse({})->is_subagent);
}

}  // namespace
}  // namespace splash::snmp
