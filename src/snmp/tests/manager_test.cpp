#include "snmp/manager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent_process.hpp"

namespace splash::snmp {
namespace {

using isa::Value;

const Oid kSysContact = *oid_from_name("sysContact.0");
const Oid kSysName = *oid_from_name("sysName.0");
const Oid kSysUpTime = *oid_from_name("sysUpTime.0");

const char* const kConfiguration = R"(
sysName n5
rwcommunity secret 127.0.0.1
rocommunity public 127.0.0.1
createUser ann SHA authpassphrase AES privpassphrase
rwuser ann priv
)";

/// Talks to an agent in another process.
class ManagerOverUdp : public testing::Test {
protected:
    static void SetUpTestSuite() {
        files = std::make_unique<TemporaryDirectory>();
        use_directory(files->path());
        address = "udp:127.0.0.1:" + std::to_string(free_port());
        const std::string conf = files->write("test.conf", kConfiguration);
        agent = std::make_unique<AgentProcess>(
            files->path(), std::vector<std::string>{"-f", "-C", "-c", conf, "-I", "-smux", "-Ln", address});
        auto probe = Manager::open({"-v2c", "-c", "public", "-t", "1", "-r", "20", address});
        ASSERT_TRUE(probe);
        ASSERT_TRUE(until([&] { return probe->get({kSysName}).has_value(); }, [] {}));
    }
    static void TearDownTestSuite() {
        agent.reset();
        files.reset();
    }
    static Manager open(std::vector<std::string> options) {
        options.push_back(address);
        auto manager = Manager::open(options);
        EXPECT_TRUE(manager);
        return std::move(*manager);
    }

    static inline std::unique_ptr<TemporaryDirectory> files;
    static inline std::unique_ptr<AgentProcess> agent;
    static inline std::string address;
};

TEST_F(ManagerOverUdp, PrintsLinesAsNetSnmpWithNames) {
    auto manager = open({"-v2c", "-c", "public"});
    const auto got = manager.get({kSysName, *Oid::parse("2.999.1")});
    ASSERT_TRUE(got) << to_string(got.error());
    ASSERT_EQ(got->size(), 2U);
    EXPECT_EQ(got->at(0).oid, kSysName);
    EXPECT_EQ(got->at(0).value, Value(isa::Str{"n5"}));
    EXPECT_EQ(got->at(0).type, "STRING");
    EXPECT_THAT(got->at(0).text, testing::AnyOf("SNMPv2-MIB::sysName.0 = STRING: \"n5\"",
                                                "SNMPv2-MIB::sysName.0 = STRING: n5"));
    EXPECT_EQ(got->at(1).value, Value(isa::Exc::NoSuchObject));
    EXPECT_EQ(got->at(1).type, "noSuchObject");
    EXPECT_EQ(got->at(1).text, "joint-iso-ccitt.999.1 = No Such Object available on this agent at this OID");
}

TEST_F(ManagerOverUdp, StepsThroughTheTree) {
    auto manager = open({"-v2c", "-c", "public"});
    const auto got = manager.get_next({*Oid::parse("1.3.6.1.2.1.1.4.0")});
    ASSERT_TRUE(got);
    EXPECT_EQ(got->at(0).oid, kSysName);
    const auto end = manager.get_next({*Oid::parse("2.999")});
    ASSERT_TRUE(end);
    EXPECT_EQ(end->at(0).value, Value(isa::Exc::EndOfMibView));
}

TEST_F(ManagerOverUdp, ReadsManyAtOnceInOrder) {
    auto manager = open({"-v2c", "-c", "public"});
    const auto got = manager.get_bulk({*Oid::parse("1.3.6.1.2.1.1.4")}, 5);
    ASSERT_TRUE(got) << to_string(got.error());
    ASSERT_EQ(got->size(), 5U);
    EXPECT_EQ(got->at(0).oid, kSysContact);
    EXPECT_EQ(got->at(1).oid, kSysName);
    const auto end = manager.get_bulk({*Oid::parse("2.999")}, 5);
    ASSERT_TRUE(end);
    EXPECT_EQ(end->at(0).value, Value(isa::Exc::EndOfMibView));
}

TEST_F(ManagerOverUdp, ReadsOneByOneUnderVersion1) {
    auto manager = open({"-v1", "-c", "public"});
    const auto got = manager.get_bulk({*Oid::parse("1.3.6.1.2.1.1.4")}, 5);
    ASSERT_TRUE(got) << to_string(got.error());
    ASSERT_EQ(got->size(), 1U);
    EXPECT_EQ(got->at(0).oid, kSysContact);
    const auto end = manager.get_bulk({*Oid::parse("2.999")}, 5);
    ASSERT_TRUE(end) << "noSuchName is version 1's end";
    EXPECT_EQ(end->at(0).value, Value(isa::Exc::EndOfMibView));
}

TEST_F(ManagerOverUdp, WhatIsMissingUnderVersion1IsAnAnswerAndTheOthersCome) {
    const Oid missing = *Oid::parse("1.3.6.1.2.1.1.99.0");
    const std::vector<Oid> objects{missing, kSysName, missing};
    auto manager = open({"-v1", "-c", "public"});
    auto newer = open({"-v2c", "-c", "public"});
    const auto got = manager.get(objects);
    const auto wanted = newer.get(objects);
    ASSERT_TRUE(got) << to_string(got.error());
    ASSERT_TRUE(wanted) << to_string(wanted.error());
    ASSERT_EQ(got->size(), 3U);
    EXPECT_EQ(got->at(0).value, Value(isa::Exc::NoSuchInstance));
    EXPECT_EQ(got->at(0).text, name_from_oid(missing).value_or(missing.to_string()) +
                                   " = No Such Instance currently exists at this OID");
    EXPECT_EQ(got->at(1).text, wanted->at(1).text);
    const auto end = manager.get_next({*Oid::parse("2.999")});
    ASSERT_TRUE(end) << to_string(end.error());
    EXPECT_EQ(end->at(0).value, Value(isa::Exc::EndOfMibView));
    EXPECT_EQ(end->at(0).text, newer.get_next({*Oid::parse("2.999")})->at(0).text);
}

TEST_F(ManagerOverUdp, WaitsNoLongerThanItIsTold) {
    auto manager = open({"-v2c", "-c", "nobody", "-t", "600", "-r", "0"});
    manager.end_by(std::chrono::steady_clock::now() + std::chrono::milliseconds(200));
    const auto got = manager.get({kSysName});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::TimedOut);
    const auto late = manager.get({kSysName});
    ASSERT_FALSE(late);
    EXPECT_THAT(late.error().detail, testing::HasSubstr("the deadline passed"));
}

TEST_F(ManagerOverUdp, WritesUnderVersion3) {
    auto manager = open({"-v3", "-l", "authPriv", "-u", "ann", "-a", "SHA", "-A", "authpassphrase", "-x",
                         "AES", "-X", "privpassphrase"});
    const auto done = manager.set({{kSysContact, 's', "ops"}});
    ASSERT_TRUE(done) << to_string(done.error());
    EXPECT_EQ(manager.get({kSysContact})->at(0).value, Value(isa::Str{"ops"}));
    EXPECT_EQ(manager.get({kSysUpTime})->at(0).type, "Timeticks");
}

TEST_F(ManagerOverUdp, NamesWhatThePeerRefused) {
    auto manager = open({"-v2c", "-c", "public"});
    const auto done = manager.set({{kSysContact, 's', "x"}});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::SnmpError);
    EXPECT_THAT(done.error().detail, testing::HasSubstr("noAccess"));
    EXPECT_THAT(done.error().detail, testing::HasSubstr("SNMPv2-MIB::sysContact.0"));
}

TEST_F(ManagerOverUdp, RefusesTextThatIsNoValue) {
    auto manager = open({"-v2c", "-c", "secret"});
    const auto done = manager.set({{kSysContact, 'i', "twelve"}});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::BadInput);
}

TEST_F(ManagerOverUdp, NamesAPeerThatDoesNotAnswer) {
    auto manager = open({"-v2c", "-c", "nobody", "-t", "0.2", "-r", "0"});
    const auto got = manager.get({kSysName});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error(), (Error{Errc::TimedOut, address}));
}

TEST_F(ManagerOverUdp, TellsARefusedUserFromSilence) {
    auto manager = open({"-v3", "-l", "noAuthNoPriv", "-u", "bob"});
    const auto got = manager.get({kSysName});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::Refused);
}

TEST_F(ManagerOverUdp, RefusesOptionsItDoesNotKnow) {
    const auto manager = Manager::open({"-v9", address});
    ASSERT_FALSE(manager);
    EXPECT_EQ(manager.error().code, Errc::Usage);
}

}  // namespace
}  // namespace splash::snmp
