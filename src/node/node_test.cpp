#include "node/node.hpp"

#include <gtest/gtest.h>

#include "node_for_test.hpp"

namespace splash::node {
namespace {

using namespace std::chrono_literals;

TEST_F(NodeTest, LocalClientGetsAValueOfTheMibUnderItsUser) {
    inject(Program().push("sysName.0").calls("snmp_getsingle").op(Opcode::Demuxi, 0));
    EXPECT_EQ(delivered(), std::vector<Value>{isa::Str{"r1"}});
    ASSERT_EQ(world.users.size(), 1U);
    EXPECT_EQ(world.users[0], (MibUser{"operator", MibUser::Level::AuthPriv, "local"}));
    const auto accepted = frames_to<wire::Accepted>(kClient);
    ASSERT_EQ(accepted.size(), 1U);
    EXPECT_EQ(accepted[0].tag, 99U);
    EXPECT_GE(accepted[0].port, 49152);
}

TEST_F(NodeTest, TransitPacketMovesOnWithOneLessBoundAndItsTtl) {
    arrive(Program().op(Opcode::Forw).op(Opcode::Exit).from(kFar).bound(7).wire(), kFar);
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(world.sent[0].carriage, Carriage::Alert);
    EXPECT_EQ(world.sent[0].to, kFar);
    EXPECT_EQ(world.sent[0].packet.header.bound, 6);
    EXPECT_EQ(world.sent[0].ttl, 6);
}

TEST_F(NodeTest, HopToANeighbourGoesOverOneLinkOnly) {
    world.direct = {kFar};
    inject(Program().push(0).push(0).push(5).push(kFar).op(Opcode::Hop));
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(world.sent[0].carriage, Carriage::Alert);
    EXPECT_EQ(world.sent[0].packet.header.bound, 5);
    EXPECT_EQ(world.sent[0].ttl, 1);
}

TEST_F(NodeTest, SelfSendIsQueuedBehindWhatWaitsAndCostsBound) {
    // entry 0, amount 0, bound 4, to itself: runs again with 3 left, and so on.
    inject(Program().push(0).push(0).op(Opcode::GetRb).op(Opcode::Here).op(Opcode::Send).op(Opcode::Pop),
           kSelf, 5);
    EXPECT_TRUE(node.has_queued());
    int steps = 0;
    while (node.has_queued()) {
        node.step();
        ASSERT_LT(++steps, 10);
    }
    EXPECT_EQ(node.counters().executions, 5U);
    EXPECT_TRUE(world.sent.empty());
}

TEST_F(NodeTest, SlowServiceParksThePacketAndOthersRun) {
    world.mib_answers_later = true;
    inject(Program().push("sysName.0").calls("snmp_getsingle").op(Opcode::Demuxi, 0));
    EXPECT_EQ(node.counters().parked, 1U);
    EXPECT_TRUE(frames_to<wire::PacketFrame>(kClient).empty());
    arrive(Program().op(Opcode::Exit).from(kFar).bound(9).wire());
    EXPECT_EQ(node.counters().executions, 2U);
    ASSERT_EQ(world.waiting.size(), 1U);
    world.waiting[0].second(world.waiting[0].first);
    EXPECT_EQ(delivered(), std::vector<Value>{isa::Str{"r1"}});
}

TEST_F(NodeTest, ParkedPacketGoesOnWithATimeoutAtItsDeadline) {
    world.mib_answers_later = true;
    inject(Program().push("sysName.0").calls("snmp_getsingle").op(Opcode::Demuxi, 0));
    ASSERT_TRUE(node.next_deadline());
    EXPECT_EQ(*node.next_deadline(), world.time + 5s);
    world.time += 4999ms;
    node.expire();
    EXPECT_TRUE(frames_to<wire::PacketFrame>(kClient).empty());
    world.time += 1ms;
    node.expire();
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::TimedOut});
    world.waiting[0].second(world.waiting[0].first);  // too late: finds nobody
    EXPECT_EQ(frames_to<wire::PacketFrame>(kClient).size(), 1U);
}

TEST_F(NodeTest, ShorterParkTimeoutIsNotHeldUpByAnOlderLongerOne) {
    world.mib_answers_later = true;
    inject(Program().push("sysName.0").calls("snmp_getsingle").op(Opcode::Demuxi, 0));
    Config c = config();
    c.park_timeout = 300ms;
    node.reconfigure(c);
    inject(Program().push("sysName.0").calls("snmp_getsingle").op(Opcode::Demuxi, 0));
    ASSERT_TRUE(node.next_deadline());
    EXPECT_EQ(*node.next_deadline(), world.time + 300ms);
    world.time += 300ms;
    node.expire();
    EXPECT_EQ(node.counters().park_timeouts, 1U);
    world.time += 4700ms;
    node.expire();
    EXPECT_EQ(node.counters().park_timeouts, 2U);
}

TEST_F(NodeTest, OnePrincipalParksAQuarterOfWhatMayBeParked) {
    Config c = config();
    c.max_parked = 8;
    node.reconfigure(c);
    world.mib_answers_later = true;
    const Program asking = Program().push("sysName.0").calls("snmp_getsingle").op(Opcode::Demuxi, 0);
    Program from_afar = asking;
    from_afar.from(kFar).bound(9);
    for (int i = 0; i < 3; ++i) {
        arrive(from_afar.wire());
    }
    EXPECT_EQ(node.gauges().parked_now, 2U);
    EXPECT_EQ(node.counters().drop_quota, 1U);
    // Somebody else still may, also while the first one's packets gave up and the agent works on.
    inject(asking);
    EXPECT_EQ(node.gauges().parked_now, 3U);
    world.time += 6s;
    node.expire();
    arrive(from_afar.wire());
    EXPECT_EQ(node.gauges().parked_now, 0U);
    EXPECT_EQ(node.gauges().calls_in_flight, 3U);
    // And who was answered may again.
    world.waiting[0].second(world.waiting[0].first);
    arrive(from_afar.wire());
    EXPECT_EQ(node.gauges().parked_now, 1U);
}

TEST_F(NodeTest, ParkingIsLimited) {
    Config c = config();
    c.max_parked = 1;
    node.reconfigure(c);
    world.mib_answers_later = true;
    arrive(Program().push("sysName.0").calls("snmp_getsingle").from(kFar).bound(9).wire());
    inject(Program().push("sysName.0").calls("snmp_getsingle").op(Opcode::Demuxi, 0));
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::QuotaUsedUp});
}

TEST_F(NodeTest, WhatAnswersAtOnceIsNotRefusedForWhatIsParked) {
    Config c = config();
    c.max_parked = 1;
    node.reconfigure(c);
    world.mib_answers_later = true;
    inject(Program().push("sysName.0").calls("snmp_getsingle"));
    inject(Program().push("name").calls("node_info").op(Opcode::Demuxi, 0));
    EXPECT_EQ(delivered(), std::vector<Value>{isa::Str{"n1"}});
}

TEST_F(NodeTest, OnePrincipalQueuesAQuarterOfWhatANodeSendsToItself) {
    Config c = config();
    c.max_queued = 8;
    node.reconfigure(c);
    const Program again = Program().push(0).push(0).push(1).push(kSelf).op(Opcode::Send).op(Opcode::Exit);
    Program from_afar = again;
    from_afar.from(kFar).bound(9);
    for (int i = 0; i < 3; ++i) {
        arrive(from_afar.wire());
    }
    EXPECT_EQ(node.gauges().queued_now, 2U);
    inject(again);
    EXPECT_EQ(node.gauges().queued_now, 3U) << "somebody else still may";
    node.step();
    arrive(from_afar.wire());
    EXPECT_EQ(node.gauges().queued_now, 3U) << "and who has room again";
}

TEST_F(NodeTest, NoRouteWhereNoCarrierCanSend) {
    world.carries_ipv6 = false;
    inject(Program().push(kFarIpv6).op(Opcode::Forwto));
    const auto packets = frames_to<wire::PacketFrame>(kClient);
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_EQ(static_cast<Exc>(reason_of(std::get<Packet>(Packet::from_wire(packets[0].packet)))),
              Exc::NoRoute);
}

TEST_F(NodeTest, DeliveryToAnUnboundPortIsCounted) {
    arrive(Program().push(5).op(Opcode::Demuxi, 4242).from(kFar).bound(9).wire());
    EXPECT_EQ(node.counters().drop_unbound_port, 1U);
}

TEST_F(NodeTest, ForgetsRequestsAfterAWhile) {
    inject(Program().op(Opcode::Forw).op(Opcode::Exit), kFar);
    const Packet out = world.sent.at(0).packet;
    node.client_closed(kClient);
    arrive(Program()
               .push(1)
               .op(Opcode::Demuxi, 0)
               .from(kSelf)
               .bound(3)
               .id(out.header.port, out.header.request_id)
               .wire());
    EXPECT_EQ(node.counters().drop_unbound_port, 1U);
    world.time += 61s;
    node.expire();
    EXPECT_FALSE(node.next_deadline());
}

TEST_F(NodeTest, NodeInfoTellsAboutTheNode) {
    inject(Program()
               .push("name")
               .calls("node_info")
               .push("services")
               .calls("node_info")
               .push("nonsense")
               .calls("node_info")
               .op(Opcode::Demuxall, 0));
    const auto values = delivered();
    ASSERT_EQ(values.size(), 3U);
    EXPECT_EQ(values[0], Value(isa::Str{"n1"}));
    EXPECT_NE(std::get<isa::Str>(values[1]).octets.find("snmp_getsingle"), std::string::npos);
    EXPECT_EQ(values[2], Value(Exc::NoSuchInstance));
}

TEST_F(NodeTest, TextIsAValueAsPeopleReadIt) {
    const std::vector<std::pair<Value, std::string>> cases{
        {std::int64_t{-42}, "-42"},
        {kSelf, "10.0.0.1"},
        {*IpAddress::parse("2001:DB8:0:0:0:0:0:1"), "2001:db8::1"},  // RFC 5952
        {*Oid::parse(".1.3.6.1"), ".1.3.6.1"},
        {1.5, "1.5"},
        {isa::Str{"eth0"}, "eth0"},
        {isa::Str{}, ""}};
    for (const auto& [value, text] : cases) {
        world.frames.clear();
        inject(Program().data(value).calls("text").op(Opcode::Demuxi, 0));
        EXPECT_EQ(delivered(), std::vector<Value>{isa::Str{text}});
    }
}

TEST_F(NodeTest, TextOfAnExceptionIsThatAndOfATupleAnother) {
    inject(Program().data(Exc::NoRoute).calls("text").op(Opcode::Demuxi, 0));
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::NoRoute});
    world.frames.clear();
    const Value tuple = std::shared_ptr<const isa::Tuple>(std::make_shared<isa::Tuple>());
    inject(Program().data(tuple).calls("text").op(Opcode::Demuxi, 0));
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::WrongArgumentType});
}

TEST_F(NodeTest, PreviousHopIsTheIpSourceAndNotTheOrigin) {
    const IpAddress origin = *IpAddress::parse("10.0.0.7");
    arrive(Program().calls("if_getprevioushop").op(Opcode::Forwto).from(origin).bound(9).wire());
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(world.sent[0].to, kFar);
    inject(Program().calls("if_getprevioushop").op(Opcode::Demuxi, 0));
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::NoSuchInstance});
}

TEST_F(NodeTest, AnswersThatOutliveTheNodeAreHarmless) {
    world.mib_answers_later = true;
    {
        Node short_lived{config(), Ports{world, world, world, world, world, world, world, world}};
        wire::Inject request;
        request.bound = 5;
        request.destination = kSelf;
        request.packet = Program().push("sysName.0").calls("snmp_getsingle").wire();
        short_lived.client_frame(kClient, wire::to_wire(request));
    }
    ASSERT_EQ(world.waiting.size(), 1U);
    world.waiting[0].second(world.waiting[0].first);
}

}  // namespace
}  // namespace splash::node
