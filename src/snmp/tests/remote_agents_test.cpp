// Asking agents over UDP: here the one in this process, which listens on the loopback.
#include "snmp/remote_agents.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
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

std::string tlv(unsigned char tag, const std::string& content) {
    EXPECT_LT(content.size(), 128U) << "a short length is enough here";
    return std::string{static_cast<char>(tag), static_cast<char>(content.size())} + content;
}

/// The INTEGER msgID of an SNMPv3 message (RFC 3412, section 6), tag and length included.
std::string message_id(const std::string& message) {
    const auto into_sequence = [&message](std::size_t at) {
        const auto length = static_cast<unsigned char>(message.at(at + 1));
        return at + 2 + ((length & 0x80U) != 0 ? length & 0x7fU : 0U);
    };
    const std::size_t at = into_sequence(into_sequence(0) + 3);  // behind the version
    return message.substr(at, 2 + static_cast<unsigned char>(message.at(at + 1)));
}

/// Whatever it is asked, it answers by a report (RFC 3414, section 4), every second time as another engine.
class FickleAgent {
public:
    FickleAgent() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    FickleAgent(const FickleAgent&) = delete;
    FickleAgent& operator=(const FickleAgent&) = delete;
    ~FickleAgent() { close(fd_); }
    void service() {
        std::string question(1500, '\0');
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const auto n = recvfrom(fd_, question.data(), question.size(), MSG_DONTWAIT,
                                reinterpret_cast<sockaddr*>(&from), &size);
        if (n > 0) {
            const std::string answer = report(message_id(question));
            EXPECT_GT(sendto(fd_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size),
                      0);
            ++reports;
        }
    }

    std::uint16_t port = free_port();
    int reports = 0;

private:
    [[nodiscard]] std::string report(const std::string& id) const {
        const std::string engine =
            tlv(0x04, "\x80" + std::string(7, 'e') + static_cast<char>('a' + reports / 2));
        const std::string nothing = tlv(0x04, "");
        const std::string zero = tlv(0x02, std::string(1, '\0'));
        const std::string usm_stats_unknown_engine_ids("\x2b\x06\x01\x06\x03\x0f\x01\x01\x04\x00", 10);
        const std::string header =
            tlv(0x30, id + tlv(0x02, "\x7f\x7f") + tlv(0x04, std::string(1, '\0')) + tlv(0x02, "\x03"));
        const std::string security = tlv(0x30, engine + zero + zero + nothing + nothing + nothing);
        const std::string binding = tlv(0x30, tlv(0x06, usm_stats_unknown_engine_ids) + tlv(0x41, "\x01"));
        const std::string pdu = tlv(0xa8, zero + zero + zero + tlv(0x30, binding));
        return tlv(0x30,
                   tlv(0x02, "\x03") + header + tlv(0x04, security) + tlv(0x30, engine + nothing + pdu));
    }

    int fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

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
    /// How many users the agent in this process knows, its own and those of other engines: usmUserTable.
    static std::size_t known_users() {
        const Oid status = *Oid::parse("1.3.6.1.6.3.15.1.2.2.1.13");
        MibRequest request = get({status});
        request.operation = MibOperation::GetBulk;
        request.max_repetitions = 64;
        const MibResult result = ask(request);
        const auto* const rows = std::get_if<std::vector<MibBinding>>(&result);
        EXPECT_NE(rows, nullptr);
        return rows == nullptr
                   ? 0
                   : static_cast<std::size_t>(std::ranges::count_if(
                         *rows, [&](const MibBinding& row) { return row.oid.starts_with(status); }));
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

TEST_F(RemoteAgentsTest, WhatEnginesAnAgentClaimsToBeIsNotRemembered) {
    constexpr int kTimes = 5;
    const std::size_t before = known_users();
    EXPECT_GE(before, 1U);
    FickleAgent fickle;
    AgentRule rule = by_user("traveller");
    rule.port = fickle.port;
    for (int i = 0; i < kTimes; ++i) {
        std::optional<MibResult> result;
        remote->ask(kLoopback, rule, 20s, get({kSysLocation}),
                    [&result](MibResult r) { result = std::move(r); });
        ASSERT_TRUE(until([&result] { return result.has_value(); },
                          [&fickle] {
                              fickle.service();
                              remote->service();
                          }));
        EXPECT_EQ(values(*result), std::vector<Value>{isa::exc_from_snmp_error(16)});
    }
    EXPECT_EQ(fickle.reports, 2 * kTimes) << "as five engines";
    EXPECT_EQ(known_users(), before);
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
