// Requests put together by snmp_init ... snmp_send: to the node's own agent and, as a proxy, to others.
#include "session_services.hpp"

#include <gmock/gmock.h>

#include "node_for_test.hpp"

namespace splash::node {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

const IpAddress kAgent = *IpAddress::parse("192.0.2.7");
const char* const kName = "sysName.0";
const char* const kContact = "sysContact.0";

const Oid kLargeOid = [] {
    std::vector<std::uint32_t> subids(Oid::kMaxLength, 0xffffffff);
    subids[0] = 1;
    subids[1] = 3;
    return *Oid::from_subids(subids);
}();

Oid oid(std::string_view name) {
    return *oid_from_name(name);
}

Value number(std::int64_t n) {
    return n;
}

Value snmp_error(std::uint32_t status) {
    return isa::exc_from_snmp_error(status);
}

class SessionTest : public NodeTest {
protected:
    static Config proxying() {
        Config c = config();
        c.agents = {{.prefix = *Prefix::parse("192.0.2.0/24"), .community = "secret", .timeout = 2000ms}};
        c.max_proxied = 8;
        c.park_timeout = 1000ms;
        return c;
    }
    SessionTest() { node.reconfigure(proxying()); }

    /// A program that asks for objects, one after the other.
    static Program& ask_for(Program& program, std::initializer_list<const char*> names) {
        for (const char* const name : names) {
            program.push(name).calls("snmp_pdu_addvar_null");
        }
        return program;
    }
    /// What a program brings home.
    std::vector<Value> run(Program& program) {
        inject(program.op(Opcode::Demuxall, 0));
        auto values = delivered();
        world.frames.clear();
        return values;
    }
    void answer(std::size_t which, MibResult result) { world.remote[which].answered(std::move(result)); }
    static Program proxied_get(const IpAddress& agent = kAgent) {
        Program program;
        program.push(agent).calls("snmp_init_ip");
        return ask_for(program, {kName}).calls("snmp_send").op(Opcode::Demuxall, 0);
    }
};

TEST_F(SessionTest, SeveralVariablesAreOneGet) {
    Program program;
    program.calls("snmp_init").push(160).calls("snmp_pdu_init");
    ask_for(program, {kName, kContact}).calls("snmp_send").calls("snmp_close");
    EXPECT_EQ(run(program), (std::vector<Value>{isa::Str{"r1"}, isa::Str{"r1"}, number(2)}));
    ASSERT_EQ(world.requests.size(), 1U);
    EXPECT_EQ(world.requests[0].operation, MibOperation::Get);
    ASSERT_EQ(world.requests[0].bindings.size(), 2U);
    EXPECT_EQ(world.requests[0].bindings[0].oid, oid(kName));
    EXPECT_EQ(world.requests[0].bindings[1].oid, oid(kContact));
    EXPECT_EQ(world.users, (std::vector<MibUser>{{"operator", MibUser::Level::AuthPriv, "local"}}));
}

TEST_F(SessionTest, WhatIsLeftOutIsAGetOfTheOwnAgent) {
    Program program;
    EXPECT_EQ(run(ask_for(program, {kName}).calls("snmp_send")),
              (std::vector<Value>{isa::Str{"r1"}, number(1)}));
    EXPECT_EQ(world.requests[0].operation, MibOperation::Get);
}

TEST_F(SessionTest, AVariableWithAValueMakesItASet) {
    Program program;
    for (const char* const name : {kName, kContact}) {
        program.push(name).push("new").calls("snmp_pdu_addvar_withvalue");
    }
    EXPECT_EQ(run(program.calls("snmp_send")), (std::vector<Value>{number(1), number(1), number(2)}));
    ASSERT_EQ(world.requests.size(), 1U) << "all or none: one request";
    EXPECT_EQ(world.requests[0].operation, MibOperation::Set);
    EXPECT_EQ(world.requests[0].bindings.size(), 2U);
}

TEST_F(SessionTest, GetNextAndGetBulkGiveNamesBeforeValues) {
    for (const std::int32_t tag : {161, 165}) {
        Program program;
        program.push(tag).calls("snmp_pdu_init");
        EXPECT_EQ(run(ask_for(program, {kName}).calls("snmp_send")),
                  (std::vector<Value>{oid(kName), Exc::EndOfMibView, number(2)}));
    }
}

TEST_F(SessionTest, GetBulkTakesItsNumbersFromTheTagsUpperOctets) {
    Program program;
    program.push(165 + (20 << 8) + (1 << 16)).calls("snmp_pdu_init");
    run(ask_for(program, {kName, kContact}).calls("snmp_send"));
    EXPECT_EQ(world.requests[0].operation, MibOperation::GetBulk);
    EXPECT_EQ(world.requests[0].max_repetitions, 20U);
    EXPECT_EQ(world.requests[0].non_repeaters, 1U);
}

TEST_F(SessionTest, GetBulkOfManyColumnsRepeatsLess) {
    Program program;
    program.push(165 + (255 << 8)).calls("snmp_pdu_init");
    run(ask_for(program, {kName, kContact, "sysDescr.0"}).calls("snmp_send"));
    EXPECT_EQ(world.requests[0].max_repetitions, SessionServices::kMaxVariables / 3);
}

TEST_F(SessionTest, ARequestOfAnotherKindIsOutOfRange) {
    for (const std::int32_t tag : {0, 162, 164, 166, 167, 160 + 256, -1}) {
        Program program;
        program.push(tag).calls("snmp_pdu_init");
        EXPECT_EQ(run(ask_for(program, {kName}).calls("snmp_send")), std::vector<Value>{Exc::OutOfRange})
            << tag;
    }
    EXPECT_TRUE(world.requests.empty());
}

TEST_F(SessionTest, ARequestWithoutVariablesIsOutOfRange) {
    Program program;
    EXPECT_EQ(run(program.calls("snmp_send")), std::vector<Value>{Exc::OutOfRange});
}

TEST_F(SessionTest, VariablesMustSuitTheRequest) {
    Program get;
    get.push(160).calls("snmp_pdu_init").push(kName).push(5).calls("snmp_pdu_addvar_withvalue");
    EXPECT_EQ(run(get.calls("snmp_send")), std::vector<Value>{Exc::WrongArgumentType});
    Program set;
    set.push(kContact).push("x").calls("snmp_pdu_addvar_withvalue");
    EXPECT_EQ(run(ask_for(set, {kName}).calls("snmp_send")), std::vector<Value>{Exc::WrongArgumentType});
    EXPECT_TRUE(world.requests.empty());
}

TEST_F(SessionTest, TheFirstStepThatFailsIsWhatSendAnswers) {
    Program program;
    program.push("noSuchName.0").calls("snmp_pdu_addvar_null").push(7).calls("snmp_pdu_init");
    EXPECT_EQ(run(ask_for(program, {kName}).calls("snmp_send")), std::vector<Value>{Exc::NoSuchObject});
    EXPECT_TRUE(world.requests.empty());
}

TEST_F(SessionTest, AnExceptionForAVariableSpoilsTheWholeRequest) {
    Program program;
    program.push(kName).push("x").calls("snmp_pdu_addvar_withvalue");
    program.push(kContact).op(Opcode::PushExc, 41).calls("snmp_pdu_addvar_withvalue");
    EXPECT_EQ(run(program.calls("snmp_send")), std::vector<Value>{Exc::NoSuchInstance});
    Program wrong_type;
    wrong_type.push(5).calls("snmp_pdu_addvar_null");
    EXPECT_EQ(run(ask_for(wrong_type, {kName}).calls("snmp_send")),
              std::vector<Value>{Exc::WrongArgumentType});
    EXPECT_TRUE(world.requests.empty());
}

TEST_F(SessionTest, AFailureIsToldOnceAndTheNextRequestBeginsAnew) {
    Program program;
    program.push(7).calls("snmp_pdu_init").calls("snmp_send");
    EXPECT_EQ(run(ask_for(program, {kName}).calls("snmp_send")),
              (std::vector<Value>{Exc::OutOfRange, isa::Str{"r1"}, number(1)}));
}

TEST_F(SessionTest, CloseForgetsWhatWasBegun) {
    Program program;
    program.push(kAgent).calls("snmp_init_ip").push(7).calls("snmp_pdu_init").calls("snmp_close");
    EXPECT_EQ(run(ask_for(program, {kName}).calls("snmp_send")),
              (std::vector<Value>{isa::Str{"r1"}, number(1)}));
    EXPECT_TRUE(world.remote.empty());
}

TEST_F(SessionTest, ARequestHasRoomForSixtyFourVariables) {
    Program program;
    for (std::size_t i = 0; i < SessionServices::kMaxVariables; ++i) {
        ask_for(program, {kName});
    }
    Program one_more = program;
    EXPECT_EQ(run(program.calls("snmp_send")).back(), number(64));
    EXPECT_EQ(run(ask_for(one_more, {kName}).calls("snmp_send")), std::vector<Value>{Exc::QuotaUsedUp});
}

TEST_F(SessionTest, ARequestHasRoomForEightKibibytes) {
    const std::string half(SessionServices::kMaxOctets / 2, 'x');
    Program program;
    for (int i = 0; i < 2; ++i) {
        program.data(isa::Str{half});
    }
    program.push(kName).op(Opcode::Swap).calls("snmp_pdu_addvar_withvalue");
    program.push(kName).op(Opcode::Swap).calls("snmp_pdu_addvar_withvalue");
    EXPECT_EQ(run(program.calls("snmp_send")), std::vector<Value>{Exc::QuotaUsedUp});
    EXPECT_TRUE(world.requests.empty());
}

TEST_F(SessionTest, NamesAndObjectIdentifiersCountAsTheOctetsTheyAre) {
    constexpr int kMany = 14;  // of 636 octets each, and of no more than 128 sub-identifiers
    Program names;
    Program values;
    for (int i = 0; i < kMany; ++i) {
        names.data(kLargeOid);
        values.data(kLargeOid);
    }
    for (int i = 0; i < kMany; ++i) {
        names.calls("snmp_pdu_addvar_null");
        values.push(kName).op(Opcode::Swap).calls("snmp_pdu_addvar_withvalue");
    }
    EXPECT_EQ(run(names.calls("snmp_send")), std::vector<Value>{Exc::QuotaUsedUp});
    EXPECT_EQ(run(values.calls("snmp_send")), std::vector<Value>{Exc::QuotaUsedUp});
    EXPECT_TRUE(world.requests.empty());
}

TEST_F(SessionTest, WithoutTheRightsNothingIsAsked) {
    Config c = proxying();
    c.local_rights = {.read = true, .write = false, .send = true};
    node.reconfigure(c);
    Program set;
    set.push(kContact).push("x").calls("snmp_pdu_addvar_withvalue").calls("snmp_send");
    EXPECT_EQ(run(set), std::vector<Value>{Exc::NotPermitted});
    c.local_rights = {};
    node.reconfigure(c);
    Program get;
    EXPECT_EQ(run(ask_for(get, {kName}).calls("snmp_send")), std::vector<Value>{Exc::NotPermitted});
    EXPECT_TRUE(world.requests.empty());
}

TEST_F(SessionTest, WithoutAUserNothingIsAsked) {
    Config c = proxying();
    c.local_user.clear();
    node.reconfigure(c);
    Program own;
    EXPECT_EQ(run(ask_for(own, {kName}).calls("snmp_send")), std::vector<Value>{Exc::NotPermitted});
    inject(proxied_get());
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::NotPermitted});
    EXPECT_TRUE(world.requests.empty());
    EXPECT_TRUE(world.remote.empty());
}

TEST_F(SessionTest, AnErrorStatusStandsForAll) {
    world.mib_answers_later = true;
    Program program;
    inject(ask_for(program, {kName, kContact}).calls("snmp_send").op(Opcode::Demuxall, 0));
    ASSERT_EQ(world.waiting.size(), 1U);
    world.waiting[0].second(isa::exc_from_snmp_error(5));
    EXPECT_EQ(delivered(), std::vector<Value>{snmp_error(5)});
}

TEST_F(SessionTest, AProxiedRequestGoesToTheAgentAsItsRuleSays) {
    inject(proxied_get());
    ASSERT_EQ(world.remote.size(), 1U);
    EXPECT_EQ(world.remote[0].agent, kAgent);
    EXPECT_EQ(world.remote[0].community, "secret");
    EXPECT_EQ(world.remote[0].patience, 900ms)
        << "the park timeout, less a tenth, is shorter than the rule's";
    EXPECT_EQ(node.gauges().parked_now, 1U);
    answer(0, std::vector<MibBinding>{{oid(kName), isa::Str{"printer"}}});
    EXPECT_EQ(delivered(), (std::vector<Value>{isa::Str{"printer"}, number(1)}));
    EXPECT_TRUE(world.requests.empty());
    EXPECT_EQ(node.counters().proxied, 1U);
    EXPECT_EQ(node.counters().proxied_timeouts, 0U);
}

TEST_F(SessionTest, OnlyAgentsOfARuleAreAsked) {
    Config c = proxying();
    c.agents.push_back({.prefix = *Prefix::parse("0.0.0.0/0"), .community = "x"});
    for (const char* const address :
         {"198.51.100.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "172.16.0.255"}) {
        inject(proxied_get(*IpAddress::parse(address)));
        EXPECT_EQ(delivered(), std::vector<Value>{Exc::NotPermitted}) << address;
        world.frames.clear();
        node.reconfigure(c);  // after the stranger: even a rule for all addresses names hosts only
    }
    EXPECT_TRUE(world.remote.empty());
}

TEST_F(SessionTest, TheNodesOwnAddressIsItsOwnAgent) {
    Config c = proxying();
    c.agents = {{.prefix = *Prefix::parse("0.0.0.0/0"), .community = "root"}};
    node.reconfigure(c);
    inject(proxied_get(kSelf));
    EXPECT_EQ(delivered(), (std::vector<Value>{isa::Str{"r1"}, number(1)}));
    EXPECT_TRUE(world.remote.empty()) << "a community would lend the program rights it has not";
}

TEST_F(SessionTest, ASilentAgentIsCountedAndTimesOut) {
    inject(proxied_get());
    answer(0, Exc::TimedOut);
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::TimedOut});
    EXPECT_EQ(node.counters().proxied_timeouts, 1U);
}

TEST_F(SessionTest, AnAnswerAboutOtherObjectsIsNone) {
    const std::vector<MibResult> wrong{
        std::vector<MibBinding>{{oid(kContact), isa::Str{"x"}}},
        std::vector<MibBinding>{},
        std::vector<MibBinding>{{oid(kName), isa::Str{"x"}}, {oid(kName), isa::Str{"x"}}},
    };
    for (const MibResult& result : wrong) {
        world.remote.clear();
        inject(proxied_get());
        answer(0, result);
        EXPECT_EQ(delivered(), std::vector<Value>{Exc::ServiceFailed});
        world.frames.clear();
    }
}

TEST_F(SessionTest, AGetNextThatDoesNotAdvanceIsNoAnswer) {
    Program program;
    program.push(kAgent).calls("snmp_init_ip").push(161).calls("snmp_pdu_init");
    inject(ask_for(program, {kName}).calls("snmp_send").op(Opcode::Demuxall, 0));
    answer(0, std::vector<MibBinding>{{oid(kName), isa::Str{"again"}}});
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::ServiceFailed});
}

TEST_F(SessionTest, AGetBulkThatGivesMoreThanAskedIsNoAnswer) {
    Program program;
    program.push(kAgent).calls("snmp_init_ip").push(165 + (2 << 8)).calls("snmp_pdu_init");
    inject(ask_for(program, {kName}).calls("snmp_send").op(Opcode::Demuxall, 0));
    answer(0, std::vector<MibBinding>(3, {oid(kContact), isa::Str{"x"}}));
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::ServiceFailed});
}

TEST_F(SessionTest, SnmpV1HasNoGetBulk) {
    Config c = proxying();
    c.agents[0].version = AgentRule::Version::V1;
    node.reconfigure(c);
    Program program;
    program.push(kAgent).calls("snmp_init_ip").push(165).calls("snmp_pdu_init");
    EXPECT_EQ(run(ask_for(program, {kName}).calls("snmp_send")), std::vector<Value>{Exc::OutOfRange});
    EXPECT_TRUE(world.remote.empty());
}

TEST_F(SessionTest, AnAnswerTooBigForAProgramIsTooBig) {
    inject(proxied_get());
    answer(0, std::vector<MibBinding>{{oid(kName), isa::Str{std::string(AgentProxy::kMaxAnswer, 'x')}}});
    EXPECT_EQ(delivered(), std::vector<Value>{snmp_error(1)});
}

TEST_F(SessionTest, AnAnswerOfLongNamesIsTooBig) {
    Program program;
    program.push(kAgent).calls("snmp_init_ip").push(165 + (64 << 8)).calls("snmp_pdu_init");
    inject(ask_for(program, {kName}).calls("snmp_send").op(Opcode::Demuxall, 0));
    answer(0, std::vector<MibBinding>(60, {kLargeOid, number(1)}));
    EXPECT_EQ(delivered(), std::vector<Value>{snmp_error(1)});
}

TEST_F(SessionTest, OnePrincipalAsksAQuarterOfWhatMayBeAskedAtATime) {
    for (int i = 0; i < 3; ++i) {
        inject(proxied_get());
    }
    EXPECT_EQ(world.remote.size(), 2U);
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::QuotaUsedUp});
    // Somebody else still may.
    arrive(proxied_get().from(kFar).bound(9).wire());
    EXPECT_EQ(world.remote.size(), 3U);
    // And who was answered may again.
    answer(0, Exc::TimedOut);
    inject(proxied_get());
    EXPECT_EQ(world.remote.size(), 4U);
}

TEST_F(SessionTest, AnAnswerAfterThePacketGaveUpFindsNobody) {
    inject(proxied_get());
    world.time += 2s;
    node.expire();
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::TimedOut});
    answer(0, std::vector<MibBinding>{{oid(kName), isa::Str{"late"}}});
    EXPECT_EQ(frames_to<wire::PacketFrame>(kClient).size(), 1U);
}

TEST_F(SessionTest, ANodeThatEndsLeavesItsRequestsUnanswered) {
    {
        Node short_lived{proxying(), Ports{world, world, world, world, world, world, world, world}};
        wire::Inject request;
        request.bound = 5;
        request.destination = kSelf;
        request.packet = proxied_get().wire();
        short_lived.client_frame(kClient, wire::to_wire(request));
    }
    ASSERT_EQ(world.remote.size(), 1U);
    answer(0, Exc::TimedOut);
}

TEST_F(SessionTest, NotifySendsIdentityAndValue) {
    Program program;
    program.push("sysName.0").push("on fire").calls("snmp_notify");
    EXPECT_EQ(run(program), std::vector<Value>{number(1)});
    ASSERT_EQ(world.notifications.size(), 1U);
    EXPECT_EQ(world.notifications[0].oid, oid(kName));
    EXPECT_EQ(world.notifications[0].value, Value(isa::Str{"on fire"}));
    EXPECT_EQ(node.counters().notifications, 1U);
}

TEST_F(SessionTest, NotifyNeedsTheRightToWrite) {
    Program program;
    program.push("sysName.0").push(1).calls("snmp_notify");
    arrive(program.op(Opcode::GetSrc).op(Opcode::Forwto).op(Opcode::Exit).from(kFar).bound(9).wire());
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(values(world.sent[0].packet), std::vector<Value>{Exc::NotPermitted});
    EXPECT_TRUE(world.notifications.empty());
}

TEST_F(SessionTest, NotificationsHaveARate) {
    Config c = proxying();
    c.notifications_per_second = 2;
    node.reconfigure(c);
    const auto notify = [this] {
        Program program;
        return run(program.push("sysName.0").push(1).calls("snmp_notify")).at(0);
    };
    EXPECT_EQ(notify(), number(1));
    EXPECT_EQ(notify(), number(1));
    EXPECT_EQ(notify(), Value(Exc::QuotaUsedUp));
    EXPECT_EQ(node.counters().notifications_withheld, 1U);
    world.time += 1s;
    EXPECT_EQ(notify(), number(1));
    EXPECT_EQ(world.notifications.size(), 3U);
}

}  // namespace
}  // namespace splash::node
