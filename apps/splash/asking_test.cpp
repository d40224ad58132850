#include "asking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fake_transport_for_test.hpp"

namespace splash::cli {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::StartsWith;

Oid oid(std::string_view text) {
    return *oid_from_name(text);
}

isa::Packet delivery(const std::vector<isa::Value>& values) {
    return packet_of(values);
}
isa::Packet report(isa::Reason reason) {
    return packet_of({static_cast<std::int64_t>(reason)}, isa::Flags::kReport);
}
using Sent = FakeTransport::Sent;

const Target kTarget{.text = "n5", .address = IpAddress::v4(0x0a000005), .port = {}};

std::size_t calls_in(const isa::Packet& program) {
    return static_cast<std::size_t>(std::ranges::count_if(program.code, [](std::uint32_t word) {
        return isa::Instruction::from_word(word).octet == static_cast<std::uint8_t>(isa::Opcode::Calls);
    }));
}

TEST(Ask, TriesAgainWhenNothingComes) {
    FakeTransport transport;
    transport.node = [&](const Sent&) -> Result<isa::Packet> {
        return transport.sent.size() == 3 ? Result<isa::Packet>(delivery({isa::Str{"n5"}}))
                                          : fail(Errc::TimedOut, {});
    };
    const auto answer = ask(transport, {}, 9, kTarget, Tries{.retries = 2});
    ASSERT_TRUE(answer);
    EXPECT_TRUE(std::holds_alternative<Delivery>(*answer));
}

TEST(Ask, NamesTheNodeThatDidNotAnswer) {
    FakeTransport transport;
    transport.node = [](const Sent&) -> Result<isa::Packet> { return fail(Errc::TimedOut, {}); };
    const auto answer = ask(transport, {}, 9, kTarget, Tries{.retries = 1});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::TimedOut);
    EXPECT_EQ(answer.error().detail, "n5 (10.0.0.5): 2 tries of 1000 ms by SNAP");
    EXPECT_EQ(transport.sent.size(), 2U);
}

TEST(Ask, DoesNotTryAgainAfterARefusal) {
    FakeTransport transport;
    transport.node = [](const Sent&) -> Result<isa::Packet> { return fail(Errc::Refused, "no"); };
    const auto answer = ask(transport, {}, 9, kTarget, Tries{.retries = 5});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::Refused);
    EXPECT_EQ(transport.sent.size(), 1U);
}

TEST(AskBySnap, MatchesResultsToObjects) {
    FakeTransport transport;
    transport.node = [](const Sent&) -> Result<isa::Packet> {
        return delivery({isa::Str{"n5"}, isa::Exc::NoSuchInstance});
    };
    const auto questions = questions_about(Question::Kind::Get, {oid("sysName.0"), oid("sysName.1")});
    const auto answers = ask_by_snap(transport, questions, kTarget, {});
    ASSERT_TRUE(answers);
    ASSERT_EQ(answers->size(), 2U);
    EXPECT_EQ((*answers)[0].object, oid("sysName.0"));
    EXPECT_EQ((*answers)[0].value, isa::Value(isa::Str{"n5"}));
    EXPECT_EQ((*answers)[1].value, isa::Value(isa::Exc::NoSuchInstance));
}

TEST(AskBySnap, TakesTheObjectFromTheAnswerOfNext) {
    FakeTransport transport;
    transport.node = [](const Sent&) -> Result<isa::Packet> {
        return delivery({oid("sysName.0"), isa::Str{"n5"}});
    };
    const auto answers =
        ask_by_snap(transport, questions_about(Question::Kind::Next, {oid("sysName")}), kTarget, {});
    ASSERT_TRUE(answers);
    EXPECT_EQ((*answers)[0].object, oid("sysName.0"));
}

TEST(AskBySnap, ShowsTheValueWritten) {
    FakeTransport transport;
    transport.node = [](const Sent&) -> Result<isa::Packet> { return delivery({std::int64_t{1}}); };
    const std::vector<Question> questions{{Question::Kind::Set, oid("sysName.0"), isa::Str{"new"}, 5}};
    const auto answers = ask_by_snap(transport, questions, kTarget, {});
    ASSERT_TRUE(answers);
    EXPECT_EQ((*answers)[0].value, isa::Value(isa::Str{"new"}));
}

TEST(AskBySnap, HalvesAReadingThatIsTooMuch) {
    FakeTransport transport;
    transport.node = [](const Sent& sent) -> Result<isa::Packet> {
        const std::size_t calls = calls_in(sent.program);
        if (calls > 4) {
            return report(isa::Reason::Budget);
        }
        return calls > 2 ? report(isa::reason_from_exc(isa::Exc::DoesNotFit))
                         : delivery(std::vector<isa::Value>(calls, isa::Str{"x"}));
    };
    std::vector<Oid> objects;
    for (int i = 0; i < 7; ++i) {
        objects.push_back(oid("1.3.6.1.2.1.1.9.1.3." + std::to_string(i)));
    }
    const auto answers = ask_by_snap(transport, questions_about(Question::Kind::Get, objects), kTarget, {});
    ASSERT_TRUE(answers);
    std::vector<Oid> answered;
    for (const ObjectAnswer& answer : *answers) {
        answered.push_back(answer.object);
    }
    EXPECT_EQ(answered, objects);
}

TEST(AskBySnap, AsksOnceMoreForASingleObjectThatIsMoreThanARemoteClientGets) {
    FakeTransport transport;
    transport.node = [&](const Sent&) -> Result<isa::Packet> {
        return transport.sent.size() == 1 ? report(isa::reason_from_exc(isa::Exc::QuotaUsedUp))
                                          : delivery({isa::Str{"x"}});
    };
    const auto question = questions_about(Question::Kind::Get, {oid("sysLocation.0")});
    EXPECT_TRUE(ask_by_snap(transport, question, kTarget, {}));
    EXPECT_EQ(transport.sent.size(), 2U);
    transport.node = [](const Sent&) -> Result<isa::Packet> {
        return report(isa::reason_from_exc(isa::Exc::QuotaUsedUp));
    };
    EXPECT_EQ(ask_by_snap(transport, question, kTarget, {}).error().code, Errc::Reported);
    EXPECT_EQ(transport.sent.size(), 4U);
}

TEST(AskBySnap, HalvesAReadingWhoseAnswerIsMoreThanARemoteClientGets) {
    FakeTransport transport;
    transport.node = [](const Sent& sent) -> Result<isa::Packet> {
        const std::size_t calls = calls_in(sent.program);
        return calls > 2 ? report(isa::reason_from_exc(isa::Exc::QuotaUsedUp))
                         : delivery(std::vector<isa::Value>(calls, isa::Str{"x"}));
    };
    const std::vector<Oid> objects(5, oid("sysLocation.0"));
    const auto answers = ask_by_snap(transport, questions_about(Question::Kind::Get, objects), kTarget, {});
    ASSERT_TRUE(answers) << answers.error().detail;
    EXPECT_EQ(answers->size(), objects.size());
}

std::vector<std::uint32_t> ids_in(const isa::Packet& program) {
    std::vector<std::uint32_t> ids;
    for (const std::uint32_t word : program.code) {
        const auto instruction = isa::Instruction::from_word(word);
        if (instruction.octet == static_cast<std::uint8_t>(isa::Opcode::PushInt)) {
            ids.push_back(instruction.unsigned_immediate());
        }
    }
    return ids;
}

TEST(AskBySnap, AsksAWriteAgainUnderTheSameIds) {
    FakeTransport transport;
    transport.node = [&](const Sent& sent) -> Result<isa::Packet> {
        if (transport.sent.size() == 1) {
            return fail(Errc::TimedOut, {});
        }
        // Both were written, but two answers do not fit.
        const std::size_t calls = calls_in(sent.program);
        return calls > 1 ? report(isa::reason_from_exc(isa::Exc::DoesNotFit)) : delivery({std::int64_t{1}});
    };
    const std::vector<Question> questions{{Question::Kind::Set, oid("sysName.0"), isa::Str{"new"}, 71},
                                          {Question::Kind::Set, oid("sysContact.0"), isa::Str{"me"}, 72}};
    const auto answers = ask_by_snap(transport, questions, kTarget, Tries{.retries = 1});
    ASSERT_TRUE(answers);
    EXPECT_EQ(answers->size(), 2U);
    ASSERT_EQ(transport.sent.size(), 4U);
    EXPECT_THAT(ids_in(transport.sent[0].program), ElementsAre(71, 72));
    EXPECT_EQ(transport.sent[1].program.code, transport.sent[0].program.code);
    EXPECT_THAT(ids_in(transport.sent[2].program), ElementsAre(71));
    EXPECT_THAT(ids_in(transport.sent[3].program), ElementsAre(72));
}

TEST(AskBySnap, SaysWhenANodeHasNoSuchService) {
    FakeTransport transport;
    transport.node = [](const Sent&) -> Result<isa::Packet> {
        return delivery({oid("sysName.0"), isa::Exc::NoSuchService});
    };
    const auto answers =
        ask_by_snap(transport, questions_about(Question::Kind::Get, {oid("sysName.0")}), kTarget, {});
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().code, Errc::Unsupported);
}

TEST(ManagerArguments, EndWithTheAgent) {
    Options options;
    options.snmp = {"-v", "2c", "-c", "public"};
    options.patience.timeout = std::chrono::milliseconds(500);
    options.patience.retries = 2;
    EXPECT_THAT(manager_arguments(options, agent_address(kTarget)),
                ElementsAre("-v", "2c", "-c", "public", "-t", "0.5", "-r", "2", "udp:10.0.0.5:161"));
}

TEST(ManagerArguments, LeaveDefaultsToSnmpConf) {
    EXPECT_THAT(manager_arguments({}, "udp:10.0.0.5:161"), ElementsAre("udp:10.0.0.5:161"));
}

TEST(ManagerArguments, TakeACommandsOwnRetriesUnlessTheOperatorGivesSome) {
    Options options;
    EXPECT_THAT(manager_arguments(options, "a", 0), ElementsAre("-r", "0", "a"));
    options.patience.retries = 3;
    EXPECT_THAT(manager_arguments(options, "a", 0), ElementsAre("-r", "3", "a"));
}

TEST(Tries, EndWithTheCommandsDeadlineWhoeverAsksSecond) {
    Patience patience;
    patience.end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    EXPECT_EQ(tries_from(patience, 1).end, *patience.end);
    EXPECT_EQ(tries_from(patience, 1).end, *patience.end);
    EXPECT_EQ(tries_from({}, 1).end, Tries{}.end);
}

TEST(ManagerArguments, FitTriesIntoTheDeadline) {
    Options options;
    const auto now = std::chrono::steady_clock::now();
    options.patience.end = now + std::chrono::milliseconds(3600);
    EXPECT_THAT(manager_arguments(options, "a"), ElementsAre("-t", "1", "-r", "2", "a"));
    options.patience.end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
    EXPECT_THAT(manager_arguments(options, "a"),
                ElementsAre("-t", AnyOf("0.3", StartsWith("0.2")), "-r", "0", "a"));
    options.patience.end = now;  // passed
    EXPECT_THAT(manager_arguments(options, "a"), ElementsAre("-t", "0.01", "-r", "0", "a"));
}

TEST(ManagerArguments, BracketIpv6Agents) {
    const Target target{.text = "n5", .address = *IpAddress::parse("2001:db8::1"), .port = 1161};
    EXPECT_EQ(agent_address(target), "udp6:[2001:db8::1]:1161");
}

}  // namespace
}  // namespace splash::cli
