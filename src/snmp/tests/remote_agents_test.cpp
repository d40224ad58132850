// Asking agents over UDP: here the one in this process, which listens on the loopback.
#include "snmp/remote_agents.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "agent_process.hpp"

namespace splash::snmp {
namespace {

using isa::Exc;
using isa::Str;
using isa::Value;
using node::AgentRule;
using node::MibBinding;
using node::MibOperation;
using node::MibRequest;
using node::MibResult;
using namespace std::chrono_literals;

const IpAddress kLoopback = *IpAddress::parse("127.0.0.1");
const IpAddress kLoopback6 = *IpAddress::parse("::1");
const Oid kSysContact = *Oid::parse("1.3.6.1.2.1.1.4.0");
const Oid kSysLocation = *Oid::parse("1.3.6.1.2.1.1.6.0");

const char* const kConfiguration = R"(
sysLocation lab
rwcommunity secret
rwcommunity6 secret
createUser keeper SHA-256 "correct horse"
rwuser keeper auth
)";

bool has_ipv6() {
    const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    const bool is_there = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return is_there;
}

class RemoteAgentsTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        directory = std::make_unique<TemporaryDirectory>();
        use_directory(directory->path());
        port = free_port();
        const std::string file = directory->write("test.conf", kConfiguration);
        std::string listen = "udp:127.0.0.1:" + std::to_string(port);
        if (has_ipv6()) {
            listen += ",udp6:[::1]:" + std::to_string(port);
        }
        const std::array<const char*, 9> argv{"snmpd", "-f",    "-C",  "-c",          file.c_str(),
                                              "-I",    "-smux", "-Le", listen.c_str()};
        auto made = Agent::init(*parse_options(static_cast<int>(argv.size()), argv.data()));
        ASSERT_TRUE(made) << to_string(made.error());
        agent = std::make_unique<Agent>(std::move(*made));
        auto opened = RemoteAgents::open(*agent);
        ASSERT_TRUE(opened);
        remote = std::move(*opened);
    }
    static void TearDownTestSuite() {
        remote.reset();
        if (agent) {
            agent->shutdown();
        }
        agent.reset();
        directory.reset();
    }
    void SetUp() override { ASSERT_TRUE(remote); }

    static AgentRule by_community() {
        AgentRule rule;
        rule.port = port;
        rule.community = "secret";
        return rule;
    }
    static AgentRule by_user(const std::string& name) {
        AgentRule rule;
        rule.port = port;
        rule.version = AgentRule::Version::V3;
        rule.user = {
            .name = name, .auth = "SHA-256", .auth_password = "wrong horse", .priv = {}, .priv_password = {}};
        return rule;
    }
    static MibRequest get(std::initializer_list<Oid> oids) {
        MibRequest request;
        for (const Oid& oid : oids) {
            request.bindings.push_back({oid, {}});
        }
        return request;
    }
    static MibRequest set(std::initializer_list<MibBinding> bindings) {
        MibRequest request;
        request.operation = MibOperation::Set;
        request.bindings = bindings;
        return request;
    }
    /// Turns both loops until there is an answer. Without its agent nobody answers.
    static MibResult ask(const MibRequest& request, const AgentRule& how = by_community(),
                         const IpAddress& whom = kLoopback, std::chrono::milliseconds patience = 20s,
                         bool agent_turns = true) {
        std::optional<MibResult> result;
        remote->ask(whom, how, patience, request, [&result](MibResult r) { result = std::move(r); });
        const auto turn = [agent_turns] {
            static_cast<void>(agent->prepare());
            std::array<pollfd, 2> ready{pollfd{agent->poll_fd(), POLLIN, 0}, {remote->poll_fd(), POLLIN, 0}};
            poll(ready.data(), ready.size(), 5);
            if (agent_turns) {
                agent->service();
            }
            remote->service();
        };
        EXPECT_TRUE(until([&result] { return result.has_value(); }, turn));
        return result.value_or(Exc::EndOfMibView);
    }
    static std::vector<Value> values(const MibResult& result) {
        if (const auto* const failure = std::get_if<Exc>(&result)) {
            return {*failure};
        }
        std::vector<Value> all;
        for (const MibBinding& binding : std::get<std::vector<MibBinding>>(result)) {
            all.push_back(binding.value);
        }
        return all;
    }

    static inline std::uint16_t port = 0;
    static inline std::unique_ptr<TemporaryDirectory> directory;
    static inline std::unique_ptr<Agent> agent;
    static inline std::unique_ptr<RemoteAgents> remote;
};

TEST_F(RemoteAgentsTest, AsksForSeveralObjectsAtOnce) {
    EXPECT_EQ(values(ask(get({kSysLocation, kSysLocation}))), (std::vector<Value>{Str{"lab"}, Str{"lab"}}));
}

TEST_F(RemoteAgentsTest, AsksByIpv6) {
    if (!has_ipv6()) {
        GTEST_SKIP() << "no ::1 here";
    }
    EXPECT_EQ(values(ask(get({kSysLocation}), by_community(), kLoopback6)), std::vector<Value>{Str{"lab"}});
}

TEST_F(RemoteAgentsTest, WritesAllOrNone) {
    const Oid up_time = *Oid::parse("1.3.6.1.2.1.1.3.0");
    EXPECT_EQ(values(ask(set({{kSysContact, Str{"ops"}}}))), std::vector<Value>{std::int64_t{1}});
    EXPECT_EQ(values(ask(set({{kSysContact, Str{"nobody"}}, {up_time, std::int64_t{1}}}))),
              std::vector<Value>{isa::exc_from_snmp_error(17)});
    EXPECT_EQ(values(ask(get({kSysContact}))), std::vector<Value>{Str{"ops"}});
}

TEST_F(RemoteAgentsTest, NobodyThereIsSaidAtOnce) {
    AgentRule rule = by_community();
    rule.port = free_port();
    EXPECT_EQ(values(ask(get({kSysLocation}), rule)), std::vector<Value>{Exc::ServiceFailed});
}

TEST_F(RemoteAgentsTest, SilenceTimesOut) {
    EXPECT_EQ(values(ask(get({kSysLocation}), by_community(), kLoopback, 60ms, false)),
              std::vector<Value>{Exc::TimedOut});
    EXPECT_FALSE(remote->next_deadline());
}

TEST_F(RemoteAgentsTest, MayBeAskedAgainFromAnAnswer) {
    std::optional<MibResult> second;
    remote->ask(kLoopback, by_community(), 20s, get({kSysLocation}), [&second](const MibResult&) {
        remote->ask(kLoopback, by_community(), 20s, get({kSysLocation}),
                    [&second](MibResult r) { second = std::move(r); });
    });
    static_cast<void>(ask(get({kSysLocation})));
    EXPECT_EQ(values(ask(get({kSysLocation}))), std::vector<Value>{Str{"lab"}});
    const auto turn = [] {
        static_cast<void>(agent->prepare());
        agent->service();
        remote->service();
    };
    ASSERT_TRUE(until([&second] { return second.has_value(); }, turn));
    EXPECT_EQ(values(*second), std::vector<Value>{Str{"lab"}});
}

TEST_F(RemoteAgentsTest, AnAgentWithOurOwnEngineIdIsRefusedBeforeItsKeysAreMade) {
    EXPECT_EQ(values(ask(get({kSysLocation}), by_user("keeper"))), std::vector<Value>{Exc::ServiceFailed});
    EXPECT_EQ(values(ask(get({kSysLocation}), by_user("stranger"))), std::vector<Value>{Exc::ServiceFailed});
}

TEST_F(RemoteAgentsTest, ItsEndDropsWhatIsOutstanding) {
    bool is_answered = false;
    auto opened = RemoteAgents::open(*agent);
    ASSERT_TRUE(opened);
    (*opened)->ask(kLoopback, by_community(), 20s, get({kSysLocation}),
                   [&is_answered](const MibResult&) { is_answered = true; });
    EXPECT_TRUE((*opened)->next_deadline());
    opened->reset();
    static_cast<void>(ask(get({kSysLocation})));
    EXPECT_FALSE(is_answered);
}

}  // namespace
}  // namespace splash::snmp
