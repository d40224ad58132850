#include "snmp/poller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "agent_process.hpp"

namespace splash::snmp {
namespace {

using isa::Value;

const Oid kSysName = *oid_from_name("sysName.0");
const Oid kSysORTable = *Oid::parse("1.3.6.1.2.1.1.9.1.2");
const Oid kSysOREnd = *Oid::parse("1.3.6.1.2.1.1.9.1.3");

/// Three agents in processes of their own, and a port where nobody answers.
class PollerTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        for (const char* name : {"a", "b", "c"}) {
            auto& agent = agents[name];
            agent.files = std::make_unique<TemporaryDirectory>();
            use_directory(agent.files->path());
            agent.address = "udp:127.0.0.1:" + std::to_string(free_port());
            const std::string conf = agent.files->write(
                "test.conf", std::string("sysName ") + name +
                                 "\nrocommunity public 127.0.0.1\nrwcommunity secret 127.0.0.1\n");
            agent.process = std::make_unique<AgentProcess>(
                agent.files->path(),
                std::vector<std::string>{"-f", "-C", "-c", conf, "-I", "-smux", "-Ln", agent.address});
            auto probe = Manager::open({"-v2c", "-c", "public", "-t", "1", "-r", "20", agent.address});
            ASSERT_TRUE(probe);
            ASSERT_TRUE(until([&] { return probe->get({kSysName}).has_value(); }, [] {}));
        }
    }
    static void TearDownTestSuite() { agents.clear(); }

    static Poller open(std::size_t most_at_once = Poller::kMostAtOnce) {
        auto poller = Poller::open({"-v2c", "-c", "public", "-t", "0.2", "-r", "1"}, most_at_once);
        EXPECT_TRUE(poller);
        return std::move(*poller);
    }
    struct Agent {
        std::unique_ptr<TemporaryDirectory> files;
        std::unique_ptr<AgentProcess> process;
        std::string address;
    };
    static inline std::map<std::string, Agent> agents;
};

TEST_F(PollerTest, AsksAllAgentsAndTellsTheAnswersApart) {
    Poller poller = open();
    std::map<std::string, Value> names;
    for (const auto& [name, agent] : agents) {
        poller.get(agent.address, {kSysName}, [&names, name = name](Result<std::vector<VarBind>> got) {
            ASSERT_TRUE(got) << to_string(got.error());
            names[name] = got->at(0).value;
        });
    }
    ASSERT_TRUE(poller.run());
    EXPECT_EQ(names, (std::map<std::string, Value>{
                         {"a", isa::Str{"a"}}, {"b", isa::Str{"b"}}, {"c", isa::Str{"c"}}}));
    EXPECT_EQ(poller.traffic().requests, 3U);
    EXPECT_EQ(poller.traffic().answers, 3U);
}

TEST_F(PollerTest, ASilentAgentTimesOutAndTheOthersAnswer) {
    Poller poller = open();
    std::vector<Errc> failures;
    int answers = 0;
    const auto done = [&](const Result<std::vector<VarBind>>& got) {
        got ? static_cast<void>(++answers) : failures.push_back(got.error().code);
    };
    poller.get("udp:127.0.0.1:" + std::to_string(free_port()), {kSysName}, done);
    poller.get(agents["a"].address, {kSysName}, done);
    ASSERT_TRUE(poller.run());
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(failures, std::vector<Errc>{Errc::TimedOut});
}

TEST_F(PollerTest, WhatCannotBeSentFailsOnceAndTheOthersAnswer) {
    Poller poller = open();
    std::vector<Errc> failures;
    int answers = 0;
    const auto done = [&](const Result<std::vector<VarBind>>& got) {
        got ? static_cast<void>(++answers) : failures.push_back(got.error().code);
    };
    poller.get("udp:255.255.255.255:161", {kSysName}, done);  // the kernel refuses: a broadcast
    poller.get(agents["a"].address, {kSysName}, done);
    ASSERT_TRUE(poller.run());
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(failures, std::vector<Errc>{Errc::System});
}

TEST_F(PollerTest, OpensSessionsBeforeThereIsSomethingToAsk) {
    Poller poller = open();
    ASSERT_TRUE(poller.open_session(agents["a"].address));
    ASSERT_TRUE(poller.open_session(agents["a"].address));
    const auto none = poller.open_session("udp:nobody.invalid:161");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Errc::System);
    int answers = 0;
    poller.get(agents["a"].address, {kSysName}, [&](const auto& got) { answers += got ? 1 : 0; });
    ASSERT_TRUE(poller.run());
    EXPECT_EQ(answers, 1);
}

TEST_F(PollerTest, AnAnswerMayLeadToTheNextQuestion) {
    Poller poller = open();
    std::size_t rows = 0;
    Poller::Done more = [&](Result<std::vector<VarBind>> got) {
        ASSERT_TRUE(got) << to_string(got.error());
        for (const VarBind& bind : *got) {
            if (!(bind.oid < kSysOREnd)) {
                return;
            }
            ++rows;
        }
        poller.get_bulk(agents["b"].address, {got->back().oid}, 3, more);
    };
    poller.get_bulk(agents["b"].address, {kSysORTable}, 3, more);
    ASSERT_TRUE(poller.run());
    EXPECT_GT(rows, 3U);
    EXPECT_GT(poller.traffic().requests, 1U);
}

TEST_F(PollerTest, BySnmpV1WhatIsMissingIsAnAnswerAndTheOthersCome) {
    auto poller = Poller::open({"-v1", "-c", "public", "-t", "5", "-r", "1"});
    ASSERT_TRUE(poller);
    const Oid missing = *Oid::parse("1.3.6.1.2.1.1.99.0");
    const Oid end = *Oid::parse("2.99");
    std::vector<std::vector<Value>> came;
    const auto done = [&came](const Result<std::vector<VarBind>>& got) {
        ASSERT_TRUE(got) << to_string(got.error());
        came.emplace_back();
        for (const VarBind& bind : *got) {
            came.back().push_back(bind.value);
        }
    };
    const std::string& agent = agents["a"].address;
    for (const auto& oids :
         {std::vector{missing, kSysName, missing, kSysName}, {missing, missing}, {kSysName, missing}}) {
        poller->get(agent, oids, done);
        ASSERT_TRUE(poller->run());
    }
    poller->get_bulk(agent, {end, *oid_from_name("sysName"), end}, 5, done);
    ASSERT_TRUE(poller->run());
    const Value none = isa::Exc::NoSuchInstance;
    const Value name = isa::Str{"a"};
    const Value after = isa::Exc::EndOfMibView;
    EXPECT_EQ(came, (std::vector<std::vector<Value>>{
                        {none, name, none, name}, {none, none}, {name, none}, {after, name, after}}));
    EXPECT_EQ(poller->traffic().requests, 3U + 2U + 2U + 3U);
}

TEST_F(PollerTest, SendsNoMoreAtOnceThanItWasTold) {
    Poller poller = open(1);
    int answers = 0;
    for (int i = 0; i < 20; ++i) {
        poller.get(agents["c"].address, {kSysName}, [&](const Result<std::vector<VarBind>>& got) {
            answers += got ? 1 : 0;
            EXPECT_EQ(poller.traffic().requests, static_cast<std::size_t>(answers));
        });
    }
    ASSERT_TRUE(poller.run());
    EXPECT_EQ(answers, 20);
}

TEST_F(PollerTest, WritesWhereItIsAllowed) {
    const Oid contact = *oid_from_name("sysContact.0");
    auto poller = Poller::open({"-v2c", "-c", "secret", "-r", "0"});
    ASSERT_TRUE(poller);
    int written = 0;
    for (const auto& [name, agent] : agents) {
        poller->set(agent.address, {{contact, 's', name}},
                    [&](const Result<std::vector<VarBind>>& got) { written += got ? 1 : 0; });
    }
    std::optional<Errc> wrong;
    poller->set(agents["a"].address, {{contact, 'i', "no number"}},
                [&](const Result<std::vector<VarBind>>& got) { wrong = got.error().code; });
    ASSERT_TRUE(poller->run());
    EXPECT_EQ(written, 3);
    EXPECT_EQ(wrong, Errc::BadInput);
    std::optional<Value> now;
    poller->get(agents["b"].address, {contact},
                [&](const Result<std::vector<VarBind>>& got) { now = got ? got->at(0).value : Value{}; });
    ASSERT_TRUE(poller->run());
    EXPECT_EQ(now, Value(isa::Str{"b"}));
}

TEST_F(PollerTest, ARefusedWriteIsAnAnswerToWhoeverTries) {
    auto poller = Poller::open({"-v2c", "-c", "secret", "-r", "0"});
    ASSERT_TRUE(poller);
    const auto exception_of = [&poller](const Oid& object, const SetBind& bind) {
        std::optional<Value> value;
        poller->try_set(agents["a"].address, {bind}, [&](const Result<std::vector<VarBind>>& got) {
            value = got && !got->empty() && got->at(0).oid == object ? got->at(0).value : Value{};
        });
        EXPECT_TRUE(poller->run());
        return value;
    };
    constexpr std::uint32_t kNotWritable = 17;
    const Oid services = *oid_from_name("sysServices.0");
    EXPECT_EQ(exception_of(services, {services, 'i', "3"}), Value(isa::exc_from_snmp_error(kNotWritable)));
    const Oid contact = *oid_from_name("sysContact.0");
    EXPECT_EQ(exception_of(contact, {contact, 's', "duty desk"}), Value(isa::Str{"duty desk"}));
}

TEST_F(PollerTest, ErrorsOfAgentsAndOfNamesAreToldApart) {
    Poller poller = open();
    std::map<std::string, Errc> failures;
    poller.get("nosuchhost.invalid", {kSysName},
               [&](const Result<std::vector<VarBind>>& got) { failures["name"] = got.error().code; });
    ASSERT_TRUE(poller.run());
    EXPECT_EQ(failures, (std::map<std::string, Errc>{{"name", Errc::System}}));
    const auto wrong = Poller::open({"-v9"});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Errc::Usage);
}

}  // namespace
}  // namespace splash::snmp
