#include "snmp/mib.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <limits>

#include "agent_process.hpp"

namespace splash::snmp {
namespace {

using isa::Exc;
using isa::Str;
using isa::Value;
using node::MibBinding;
using node::MibUser;

Oid oid(std::string_view dotted) {
    return *Oid::parse(dotted);
}

const char* const kSysContact = "1.3.6.1.2.1.1.4.0";
const char* const kSysUpTime = "1.3.6.1.2.1.1.3.0";
const char* const kSysLocation = "1.3.6.1.2.1.1.6.0";
const char* const kEnableAuthenTraps = "1.3.6.1.2.1.11.30.0";
const char* const kSubtree = "1.3.6.1.4.1.8072.9999.7";    // served by a script of the agent
const char* const kDelegated = "1.3.6.1.4.1.8072.9999.8";  // served by a subagent

// snmpTrapOID values as they stand in a notification.
const std::string kRestartTrap("\x2b\x06\x01\x04\x01\xbf\x08\x04\x00\x03", 10);  // nsNotifyRestart
const std::string kAuthFailureTrap("\x2b\x06\x01\x06\x03\x01\x01\x05\x05", 9);

const char* const kConfiguration = R"(
sysLocation lab
rwuser -s usm writer noauth
rouser -s usm secure authpriv
group readers usm reader
view system included .1.3.6.1.2.1.1
access readers "" usm noauth exact system none none
master agentx
agentXTimeout 20
)";

// pass(1) scripts get -g or -n and an OID.
const char* const kValues = R"(
[ "$1" = -g ] || exit 0
case "$2" in
    *.7.1.0) echo "$2"; echo counter64; echo 18446744073709551615;;
    *.7.2.0) echo "$2"; echo counter64; echo 9223372036854775807;;
    *.7.3.0) echo "$2"; echo ipaddress; echo 192.0.2.7;;
    *.7.4.0) echo "$2"; echo objectid; echo .1.3.6.1.4;;
    *.7.5.0) echo "$2"; echo gauge; echo 4294967295;;
    *.7.6.0) echo "$2"; echo integer; echo -5;;
esac
)";

/// The one agent this process can have, driven by the tests; traps arrive on a socket.
class Agency {
public:
    Agency() {
        use_directory(directory.path());
        trap_socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        bind(trap_socket_, reinterpret_cast<const sockaddr*>(&address), size);
        getsockname(trap_socket_, reinterpret_cast<sockaddr*>(&address), &size);
        const std::string script = directory.write("values.sh", kValues);
        const std::string file = directory.write(
            "test.conf", std::string(kConfiguration) + "agentXSocket unix:" + directory.path() + "/agentx\n" +
                             "trap2sink 127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + " public\n" +
                             "pass ." + kSubtree + " /bin/sh " + script + "\n");
        const std::string listen = "udp:127.0.0.1:" + std::to_string(free_port());
        const std::array<const char*, 9> argv{"snmpd", "-f",    "-C",  "-c",          file.c_str(),
                                              "-I",    "-smux", "-Le", listen.c_str()};
        const auto options = parse_options(static_cast<int>(argv.size()), argv.data());
        auto made = Agent::init(*options);
        if (!made) {
            ADD_FAILURE() << to_string(made.error());
            return;
        }
        agent = std::make_unique<Agent>(std::move(*made));
        agent->announce();
        auto opened = InProcessMib::open(*agent);
        EXPECT_TRUE(opened);
        mib = std::move(*opened);
    }
    Agency(const Agency&) = delete;
    Agency& operator=(const Agency&) = delete;
    ~Agency() {
        mib.reset();
        if (agent) {
            agent->shutdown();
        }
        close(trap_socket_);
    }

    /// One turn of the loop, waiting at most 20 ms.
    void turn() const {
        static_cast<void>(agent->prepare());
        pollfd ready{agent->poll_fd(), POLLIN, 0};
        poll(&ready, 1, 20);
        agent->service();
    }
    /// The next notification, or nothing within 10 s.
    [[nodiscard]] std::string notification() const {
        std::string octets(2000, '\0');
        pollfd ready{trap_socket_, POLLIN, 0};
        if (poll(&ready, 1, 10000) != 1) {
            return "";
        }
        const ssize_t n = recv(trap_socket_, octets.data(), octets.size(), 0);
        octets.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return octets;
    }

    TemporaryDirectory directory;
    std::unique_ptr<Agent> agent;
    std::unique_ptr<InProcessMib> mib;

private:
    int trap_socket_ = -1;
};

/// A subagent in a process of its own, with one script: it answers what can be read from a pipe.
/// net-snmp remembers a script's answer for a while, so each question has an OID of its own.
class GatedSubagent {
public:
    explicit GatedSubagent(const Agency& agency) : gate_(files_.path() + "/gate") {
        EXPECT_EQ(mkfifo(gate_.c_str(), 0600), 0);
        // Open for both, so that neither side waits for the other to come.
        gate_fd_ = open(gate_.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
        const std::string script =
            files_.write("gate.sh", "[ \"$1\" = -g ] || exit 0\nread line < " + gate_ +
                                        "\necho \"$2\"; echo string; echo \"$line\"\n");
        const std::string conf = files_.write("sub.conf", "agentXSocket unix:" + agency.directory.path() +
                                                              "/agentx\nagentXPingInterval 1\npass ." +
                                                              kDelegated + " /bin/sh " + script + "\n");
        process_.emplace(files_.path(), std::vector<std::string>{"-f", "-X", "-C", "-c", conf, "-I",
                                                                 "pass,subagent", "-Ln"});
    }
    GatedSubagent(const GatedSubagent&) = delete;
    GatedSubagent& operator=(const GatedSubagent&) = delete;
    ~GatedSubagent() { close(gate_fd_); }
    void answer(const std::string& text) const {
        const std::string line = text + "\n";
        ASSERT_EQ(write(gate_fd_, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    }

private:
    TemporaryDirectory files_;
    std::string gate_;
    int gate_fd_ = -1;
    std::optional<AgentProcess> process_;
};

class AgentInProcess : public testing::Test {
protected:
    static void SetUpTestSuite() { agency = std::make_unique<Agency>(); }
    static void TearDownTestSuite() { agency.reset(); }
    void SetUp() override { ASSERT_TRUE(agency->mib); }
    /// A subagent's objects are gone before the next test begins.
    void TearDown() override {
        const auto is_gone = [] { return get(std::string(kDelegated) + ".0") == Value(Exc::NoSuchObject); };
        EXPECT_TRUE(until(is_gone, [] { agency->turn(); }));
    }

    /// Turns the loop until there is an answer.
    static MibBinding await(const std::function<void(node::Mib::Done)>& request) {
        std::optional<MibBinding> reply;
        request([&reply](MibBinding r) { reply = std::move(r); });
        EXPECT_TRUE(until([&] { return reply.has_value(); }, [] { agency->turn(); }));
        return reply.value_or(MibBinding{oid("0.0"), Exc::TimedOut});
    }
    static Value get(std::string_view name, const MibUser& user = kWriter) {
        return await([&](node::Mib::Done done) { agency->mib->get(user, oid(name), std::move(done)); }).value;
    }
    static MibBinding next(std::string_view name, const MibUser& user = kWriter) {
        return await([&](node::Mib::Done done) { agency->mib->get_next(user, oid(name), std::move(done)); });
    }
    static Value set(std::string_view name, const Value& value, const MibUser& user = kWriter) {
        return await([&](node::Mib::Done done) { agency->mib->set(user, oid(name), value, std::move(done)); })
            .value;
    }

    /// The subagent's object is there: what it is first asked, it answers.
    static void await_registration(const GatedSubagent& subagent) {
        subagent.answer("ready");
        const auto is_there = [] { return get(std::string(kDelegated) + ".0") == Value(Str{"ready"}); };
        EXPECT_TRUE(until(is_there, [] { agency->turn(); }));
    }

    static inline const MibUser kWriter{"writer", MibUser::Level::NoAuth};
    static inline const MibUser kReader{"reader", MibUser::Level::NoAuth};
    static inline const MibUser kStranger{"stranger", MibUser::Level::AuthPriv};
    static inline std::unique_ptr<Agency> agency;
};

Value snmp_error(std::uint32_t status) {
    return isa::exc_from_snmp_error(status);
}

TEST_F(AgentInProcess, GivesOctetStringsAsOctets) {
    EXPECT_EQ(get(kSysLocation), Value(Str{"lab"}));
}

TEST_F(AgentInProcess, GivesIntegersOfEverySize) {
    EXPECT_EQ(get(std::string(kSubtree) + ".2.0"), Value(std::numeric_limits<std::int64_t>::max()));
    EXPECT_EQ(get(std::string(kSubtree) + ".5.0"), Value(std::int64_t{4294967295}));
    EXPECT_EQ(get(std::string(kSubtree) + ".6.0"), Value(std::int64_t{-5}));
    EXPECT_TRUE(std::holds_alternative<std::int64_t>(get(kSysUpTime)));
}

TEST_F(AgentInProcess, GivesOutOfRangeForCounter64BeyondSigned) {
    EXPECT_EQ(get(std::string(kSubtree) + ".1.0"), Value(Exc::OutOfRange));
}

TEST_F(AgentInProcess, GivesAddressesOidsAndFloats) {
    EXPECT_EQ(get(std::string(kSubtree) + ".3.0"), Value(*IpAddress::parse("192.0.2.7")));
    EXPECT_EQ(get(std::string(kSubtree) + ".4.0"), Value(oid("1.3.6.1.4")));
    EXPECT_TRUE(std::holds_alternative<double>(get("1.3.6.1.4.1.2021.10.1.6.1")));  // laLoadFloat.1
}

TEST_F(AgentInProcess, TellsMissingObjectsFromMissingInstances) {
    EXPECT_EQ(get("1.3.6.1.2.1.1.5.77"), Value(Exc::NoSuchInstance));
    EXPECT_EQ(get("1.3.6.1.4.1.8072.9999.99.0"), Value(Exc::NoSuchObject));
}

TEST_F(AgentInProcess, StepsToTheNextInstance) {
    const MibBinding reply = next("1.3.6.1.2.1.1.5.0");
    EXPECT_EQ(reply.oid, oid(kSysLocation));
    EXPECT_EQ(reply.value, Value(Str{"lab"}));
}

TEST_F(AgentInProcess, EndsAtTheAskedOid) {
    const MibBinding reply = next("2.999");
    EXPECT_EQ(reply.oid, oid("2.999"));
    EXPECT_EQ(reply.value, Value(Exc::EndOfMibView));
}

TEST_F(AgentInProcess, ShowsOnlyTheViewOfTheName) {
    EXPECT_EQ(get(kSysLocation, kReader), Value(Str{"lab"}));
    EXPECT_EQ(get(kEnableAuthenTraps, kReader), Value(Exc::NoSuchObject));
    EXPECT_EQ(next("1.3.6.1.2.1.2", kReader).value, Value(Exc::EndOfMibView));
}

TEST_F(AgentInProcess, WritesAndReadsBack) {
    EXPECT_EQ(set(kSysContact, Str{"ops"}), Value(std::int64_t{1}));
    EXPECT_EQ(get(kSysContact), Value(Str{"ops"}));
    EXPECT_EQ(set(kEnableAuthenTraps, std::int64_t{1}), Value(std::int64_t{1}));
}

TEST_F(AgentInProcess, RefusesValuesTheObjectCannotHold) {
    EXPECT_EQ(set(kSysContact, std::int64_t{5}), snmp_error(7));
    EXPECT_EQ(set(kSysContact, 2.5), snmp_error(7));
    EXPECT_EQ(set(kEnableAuthenTraps, Str{"1"}), snmp_error(7));
    EXPECT_EQ(set(kEnableAuthenTraps, std::int64_t{1} << 40), snmp_error(10));
    EXPECT_EQ(set(kEnableAuthenTraps, std::int64_t{9}), snmp_error(10));  // the agent's own refusal
}

TEST_F(AgentInProcess, RefusesToWriteWhatCannotBeWritten) {
    EXPECT_EQ(set("1.3.6.1.2.1.1.3.0", std::int64_t{1}), snmp_error(17));  // notWritable
    EXPECT_EQ(set(kSysContact, Str{"x"}, kReader), snmp_error(6));         // noAccess
    EXPECT_NE(get(kSysContact), Value(Str{"x"}));
}

TEST_F(AgentInProcess, RefusesUnknownNamesWithoutANotification) {
    EXPECT_EQ(set(kEnableAuthenTraps, std::int64_t{1}), Value(std::int64_t{1}));
    EXPECT_EQ(get(kSysLocation, kStranger), snmp_error(16));
    EXPECT_EQ(set(kSysContact, Str{"x"}, kStranger), snmp_error(16));
    EXPECT_EQ(next("1.3", kStranger).value, snmp_error(16));
    // Notifications arrive in order: all there is up to the one provoked here.
    agency->agent->reload();
    std::string notification;
    do {
        notification = agency->notification();
        EXPECT_EQ(notification.find(kAuthFailureTrap), std::string::npos);
    } while (!notification.empty() && notification.find(kRestartTrap) == std::string::npos);
    EXPECT_FALSE(notification.empty());
}

TEST_F(AgentInProcess, RefusesTooLowALevel) {
    EXPECT_EQ(get(kSysLocation, MibUser{"secure", MibUser::Level::AuthNoPriv}), snmp_error(16));
    EXPECT_EQ(get(kSysLocation, MibUser{"secure", MibUser::Level::AuthPriv}), Value(Str{"lab"}));
}

TEST_F(AgentInProcess, AnswersLocalObjectsBeforeTheRequestReturns) {
    bool answered = false;
    agency->mib->get(kWriter, oid(kSysLocation), [&](const MibBinding&) { answered = true; });
    EXPECT_TRUE(answered);
}

TEST_F(AgentInProcess, MayBeAskedAgainFromAnAnswer) {
    std::vector<Oid> walked;
    const std::function<void(MibBinding)> step = [&](const MibBinding& reply) {
        walked.push_back(reply.oid);
        if (walked.size() < 50) {
            agency->mib->get_next(kWriter, reply.oid, step);
        }
    };
    agency->mib->get_next(kWriter, oid("1.3.6.1.2.1.1"), step);
    ASSERT_EQ(walked.size(), 50U);
    EXPECT_TRUE(std::is_sorted(walked.begin(), walked.end()));
}

TEST_F(AgentInProcess, IsTheOnlyAgentOfItsProcess) {
    const auto second = Agent::init(AgentOptions{});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::AlreadyRunning);
}

TEST_F(AgentInProcess, AnswersDelegatedRequestsLaterWhileTheLoopGoesOn) {
    const GatedSubagent subagent(*agency);
    await_registration(subagent);
    std::optional<Value> late;
    agency->mib->get(kWriter, oid(kDelegated + std::string(".1")),
                     [&](MibBinding reply) { late = std::move(reply.value); });
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(get(kSysLocation), Value(Str{"lab"}));
        agency->turn();
    }
    EXPECT_FALSE(late);
    subagent.answer("at last");
    ASSERT_TRUE(until([&] { return late.has_value(); }, [] { agency->turn(); }));
    EXPECT_EQ(*late, Value(Str{"at last"}));
}

TEST_F(AgentInProcess, KeepsAWriteBehindADelegatedReadBeforeIt) {
    const GatedSubagent subagent(*agency);
    await_registration(subagent);
    std::vector<std::string> order;
    agency->mib->get(kWriter, oid(kDelegated + std::string(".2")),
                     [&](const MibBinding&) { order.emplace_back("read"); });
    agency->mib->set(kWriter, oid(kSysContact), Str{"later"}, [&](const MibBinding& reply) {
        EXPECT_EQ(reply.value, Value(std::int64_t{1}));
        order.emplace_back("write");
    });
    EXPECT_TRUE(order.empty());
    subagent.answer("go");
    ASSERT_TRUE(until([&] { return order.size() == 2; }, [] { agency->turn(); }));
    EXPECT_THAT(order, testing::ElementsAre("read", "write"));
}

TEST_F(AgentInProcess, CancelsDelegatedRequestsWithItsOwner) {
    const GatedSubagent subagent(*agency);
    await_registration(subagent);
    bool called = false;
    auto other = InProcessMib::open(*agency->agent);
    ASSERT_TRUE(other);
    (*other)->get(kWriter, oid(kDelegated + std::string(".3")), [&](const MibBinding&) { called = true; });
    other->reset();
    subagent.answer("too late");
    // The subagent answers in order, so when it has answered this, it has answered that.
    std::optional<Value> marker;
    agency->mib->get(kWriter, oid(kDelegated + std::string(".4")),
                     [&](MibBinding reply) { marker = std::move(reply.value); });
    subagent.answer("marker");
    ASSERT_TRUE(until([&] { return marker.has_value(); }, [] { agency->turn(); }));
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace splash::snmp
