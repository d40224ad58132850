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
    EXPECT_EQ(world.users[0], (MibUser{"operator", MibUser::Level::AuthPriv}));
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

TEST_F(NodeTest, StrangersAreRefusedWithTheReasonOnly) {
    arrive(Program().op(Opcode::Nop).op(Opcode::Exit).from(kStranger).bound(9).wire());
    EXPECT_EQ(node.counters().drop_not_admitted, 1U);
    EXPECT_EQ(node.counters().executions, 0U);
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(world.sent[0].carriage, Carriage::Plain);
    EXPECT_EQ(world.sent[0].to, kStranger);
    EXPECT_EQ(world.sent[0].packet.stack.size(), 1U);
    EXPECT_EQ(reason_of(world.sent[0].packet), Reason::NotAdmitted);
}

TEST_F(NodeTest, ReportsToOnePrefixAreLimited) {
    for (int i = 0; i < 50; ++i) {
        arrive(Program().op(Opcode::Nop).op(Opcode::Exit).from(kStranger).bound(9).wire());
    }
    EXPECT_EQ(world.sent.size(), 10U);
    EXPECT_EQ(node.counters().reports_withheld, 40U);
}

TEST_F(NodeTest, NothingIsReportedAboutAReportOrToABroadcast) {
    auto report = Program().from(kStranger).data(std::int64_t{130}).wire();
    report[isa::HeaderOffset::kFlags] = std::byte{isa::Flags::kReport};
    arrive(report);
    EXPECT_EQ(node.counters().drop_stray_report, 1U);
    arrive(Program().op(Opcode::Exit).from(*IpAddress::parse("255.255.255.255")).bound(9).wire());
    arrive(Program().op(Opcode::Exit).from(*IpAddress::parse("224.0.0.1")).bound(9).wire());
    EXPECT_TRUE(world.sent.empty());
}

TEST_F(NodeTest, WhatWasSentToManyIsNeitherRunNorReported) {
    const auto broken = Program().op(Opcode::Pop).from(kFar).bound(9).wire();
    for (const char* to : {"172.16.0.255", "255.255.255.255", "224.0.0.1"}) {
        arrive(broken, *IpAddress::parse(to));
    }
    EXPECT_EQ(node.counters().drop_to_many, 3U);
    EXPECT_EQ(node.counters().executions, 0U);
    EXPECT_TRUE(world.sent.empty());
}

TEST_F(NodeTest, WhatTheBufferCouldNotHoldIsReportedAsTooLarge) {
    const auto packet = Program().op(Opcode::Nop).op(Opcode::Exit).from(kFar).bound(9).wire();
    Buffer buffer = node.take_buffer();
    buffer.place(20, packet.size());
    std::copy(packet.begin(), packet.end(), buffer.packet().begin());
    node.receive({.if_index = 2, .source = kFar, .destination = kSelf, .udp_from = {}, .is_cut = true},
                 std::move(buffer));
    EXPECT_EQ(node.counters().drop_too_large, 1U);
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(reason_of(world.sent[0].packet), Reason::Workspace);
}

TEST_F(NodeTest, PacketQueuedForASinceReducedWorkspaceIsReported) {
    inject(Program()
               .push(0)
               .push(0)
               .push(3)
               .op(Opcode::Here)
               .op(Opcode::Send)
               .data(isa::Str{std::string(6000, 'x')}));
    ASSERT_TRUE(node.has_queued());
    Config c = config();
    c.workspace = 4096;
    node.reconfigure(c);
    node.step();
    EXPECT_EQ(node.counters().drop_too_large, 1U);
    EXPECT_EQ(frames_to<wire::PacketFrame>(kClient).size(), 1U);
}

TEST_F(NodeTest, GuestMayReadAndNotWrite) {
    arrive(Program()
               .push("sysName.0")
               .calls("snmp_getsingle")
               .op(Opcode::IsExc)
               .push(1)
               .calls("node_info")
               .from(kFar)
               .bound(9)
               .wire());
    ASSERT_EQ(world.users.size(), 1U);
    EXPECT_EQ(world.users[0], (MibUser{"guest", MibUser::Level::NoAuth}));
    // What snmp_setsingle answers comes home with the packet.
    arrive(Program()
               .push("sysContact.0")
               .push("me")
               .calls("snmp_setsingle")
               .op(Opcode::GetSrc)
               .op(Opcode::Dforwto)
               .from(kFar)
               .bound(9)
               .wire());
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(values(world.sent[0].packet), std::vector<Value>{Exc::NotPermitted});
}

TEST_F(NodeTest, GuestLeavesOnlyForItsOriginNeighboursAndTheDomain) {
    arrive(Program().push(kStranger).op(Opcode::Forwto).from(kFar).bound(9).wire());
    EXPECT_EQ(node.counters().failed_moves, 1U);
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(static_cast<Exc>(reason_of(world.sent[0].packet)), Exc::NotPermitted);
    world.neighbours.insert(kStranger);
    arrive(Program().push(kStranger).op(Opcode::Forwto).from(kFar).bound(9).wire());
    ASSERT_EQ(world.sent.size(), 2U);
    EXPECT_EQ(world.sent[1].to, kStranger);
}

TEST_F(NodeTest, BoundZeroOnArrivalIsReported) {
    arrive(Program().op(Opcode::Exit).from(kFar).bound(0).wire());
    EXPECT_EQ(node.counters().drop_bound, 1U);
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(static_cast<Exc>(reason_of(world.sent[0].packet)), Exc::BoundNotPositive);
}

TEST_F(NodeTest, PolicyCapsTheBound) {
    arrive(Program().op(Opcode::Forw).from(kFar).bound(60000).wire(), kFar);
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(world.sent[0].packet.header.bound, 99);
}

TEST_F(NodeTest, MalformedPacketsAreCountedByWhatIsWrong) {
    auto packet = Program().op(Opcode::Nop).op(Opcode::Exit).from(kFar).bound(9).wire();
    auto broken = packet;
    broken[0] = std::byte{1};
    arrive(broken);
    broken = packet;
    broken[1] = std::byte{0x40};
    arrive(broken);
    broken = packet;
    broken[isa::HeaderOffset::kCodeSize + 1] = std::byte{10};
    arrive(broken);
    broken = packet;
    broken[isa::HeaderOffset::kEntry + 1] = std::byte{4};
    arrive(broken);
    arrive({packet.begin(), packet.begin() + 22});
    arrive({packet.begin(), packet.begin() + 3});
    arrive({});
    const Counters& c = node.counters();
    EXPECT_EQ(c.drop_version, 1U);
    EXPECT_EQ(c.drop_flags, 1U);
    EXPECT_EQ(c.drop_lengths, 1U);
    EXPECT_EQ(c.drop_entry, 1U);
    EXPECT_EQ(c.drop_truncated, 3U);
    EXPECT_EQ(c.executions, 0U);
    ASSERT_EQ(world.sent.size(),
              4U);  // of the three too short ones nobody is told: that would be longer than they
    EXPECT_EQ(reason_of(world.sent[0].packet), Reason::BadHeader);
    EXPECT_EQ(reason_of(world.sent[3].packet), Reason::BadEntry);
}

TEST_F(NodeTest, FaultReportTellsWhereWhatAndTheStackSoFar) {
    arrive(Program().push(1).push(2).push("partial").op(Opcode::Add).from(kFar).bound(9).wire());
    ASSERT_EQ(world.sent.size(), 1U);
    const auto report = isa::Report::from_packet(world.sent[0].packet);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->reason, Reason::WrongType);
    EXPECT_EQ(report->index, 3);
    EXPECT_EQ(report->instructions, 4);
    EXPECT_EQ(report->opcode, static_cast<std::uint8_t>(Opcode::Add));
    EXPECT_EQ(report->node, kSelf);
    EXPECT_EQ(world.sent[0].ttl, 64);
}

TEST_F(NodeTest, ReportIsNoLargerThanItsOffenderOrSixtyOctets) {
    Program program;
    for (int i = 0; i < 40; ++i) {
        program.push(i);
    }
    const auto packet = program.op(Opcode::Nth, 1).from(kFar).bound(9).wire();
    arrive(packet);
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_LE(world.sent[0].packet.to_wire().size(), packet.size());
    EXPECT_GT(world.sent[0].packet.stack.size(), 10U);
}

TEST_F(NodeTest, ReportFitsTheLinkThatLeadsHome) {
    world.mtu = 200;
    const std::string text(40, 'x');
    Program program;
    program.from(kFar).bound(9).push(1).op(Opcode::Pop);
    for (int i = 0; i < 30; ++i) {
        program.data(Value(isa::Str{text + std::to_string(i)}));
    }
    arrive(program.op(Opcode::Mktup, 99).wire());
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_LE(world.sent[0].packet.to_wire().size(), 180U);
    EXPECT_GT(world.sent[0].packet.to_wire().size(), 100U) << "with as much of the stack as fits";
}

TEST_F(NodeTest, PacketComesHomeWithoutAnyRule) {
    Config c = config();
    c.allow.clear();
    node.reconfigure(c);
    inject(Program().op(Opcode::Forw).op(Opcode::Demuxall, 0).data(std::int64_t{5}), kFar);
    ASSERT_EQ(world.sent.size(), 1U);
    const Packet& out = world.sent[0].packet;
    Program home;
    home.push("version").calls("node_info").push("sysName.0").calls("snmp_getsingle").op(Opcode::Demuxall, 0);
    home.from(kSelf).bound(3).id(out.header.port, out.header.request_id);
    arrive(home.wire());
    // It may deliver, and nothing else.
    EXPECT_EQ(delivered(), (std::vector<Value>{Exc::NotPermitted, Exc::NotPermitted}));
    arrive(Program().op(Opcode::Exit).from(kSelf).bound(3).id(out.header.port, 12345).wire());
    EXPECT_EQ(node.counters().drop_not_admitted, 1U);
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

TEST_F(NodeTest, ParkingIsLimited) {
    Config c = config();
    c.max_parked = 2;
    node.reconfigure(c);
    world.mib_answers_later = true;
    for (int i = 0; i < 3; ++i) {
        inject(Program().push("sysName.0").calls("snmp_getsingle").op(Opcode::Demuxi, 0));
    }
    EXPECT_EQ(delivered(), std::vector<Value>{Exc::QuotaUsedUp});
}

TEST_F(NodeTest, RemoteClientIsAnsweredByUdpWithItsOwnPortAndId) {
    const Endpoint client{kFar, 40000};
    arrive(Program()
               .push("sysName.0")
               .calls("snmp_getsingle")
               .op(Opcode::Demuxall, 0)
               .bound(3)
               .id(11, 22)
               .wire(),
           kSelf, client);
    ASSERT_EQ(world.answers.size(), 1U);
    EXPECT_EQ(world.answers[0].first, client);
    const Packet& answer = world.answers[0].second;
    EXPECT_EQ(answer.header.port, 11);
    EXPECT_EQ(answer.header.request_id, 22);
    EXPECT_EQ(answer.header.origin, kSelf);
    EXPECT_TRUE(answer.code.empty());
    EXPECT_EQ(values(answer), std::vector<Value>{isa::Str{"r1"}});
}

TEST_F(NodeTest, RemoteStrangerIsRefusedByUdp) {
    arrive(Program().op(Opcode::Nop).op(Opcode::Exit).bound(3).id(11, 22).wire(), kSelf,
           Endpoint{kStranger, 40000});
    ASSERT_EQ(world.answers.size(), 1U);
    EXPECT_EQ(reason_of(world.answers[0].second), Reason::NotAdmitted);
    EXPECT_EQ(node.counters().executions, 0U);
}

TEST_F(NodeTest, OnlyPeersCarryPacketsOfOthersByUdp) {
    const auto packet = Program().op(Opcode::Exit).from(kFar).bound(9).wire();
    arrive(packet, kSelf, Endpoint{kStranger, 7253});
    EXPECT_EQ(node.counters().executions, 0U);
    Config c = config();
    c.peers = {{kStranger, 7253}};
    node.reconfigure(c);
    arrive(packet, kSelf, Endpoint{kStranger, 7253});
    EXPECT_EQ(node.counters().executions, 1U);
    arrive(packet, kSelf, Endpoint{kStranger, 7254});
    EXPECT_EQ(node.counters().executions, 1U);
}

TEST_F(NodeTest, PacketsToAPeerGoByUdp) {
    Config c = config();
    c.peers = {{kFar, 7000}};
    node.reconfigure(c);
    inject(Program().op(Opcode::Forw), kFar);
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(world.sent[0].carriage, Carriage::Udp);
}

TEST_F(NodeTest, LocalClientWithoutTheRightToSendStaysHere) {
    Config c = config();
    c.local_rights.send = false;
    node.reconfigure(c);
    inject(Program().op(Opcode::Forw), kFar);
    EXPECT_TRUE(world.sent.empty());
    EXPECT_EQ(node.counters().failed_moves, 1U);
}

TEST_F(NodeTest, NoRouteWhereNoCarrierCanSend) {
    inject(Program().push(*IpAddress::parse("2001:db8::1")).op(Opcode::Forwto));
    const auto packets = frames_to<wire::PacketFrame>(kClient);
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_EQ(static_cast<Exc>(reason_of(std::get<Packet>(Packet::from_wire(packets[0].packet)))),
              Exc::NoRoute);
}

TEST_F(NodeTest, LocalClientCannotTakeARemoteClientsAnswer) {
    world.mib_answers_later = true;
    arrive(Program()
               .push("sysName.0")
               .calls("snmp_getsingle")
               .op(Opcode::Demuxall, 0)
               .bound(3)
               .id(11, 22)
               .wire(),
           kSelf, Endpoint{kFar, 40000});
    ASSERT_EQ(world.waiting.size(), 1U);
    for (std::uint32_t port = 49152; port <= 0xffff; ++port) {
        const ClientId thief{1000 + port / 64};
        node.client_frame(thief, wire::to_wire(wire::Bind{static_cast<std::uint16_t>(port)}));
    }
    world.waiting[0].second(world.waiting[0].first);
    ASSERT_EQ(world.answers.size(), 1U);
    EXPECT_EQ(world.answers[0].second.header.port, 11);
}

TEST_F(NodeTest, RemoteRequestIsAnsweredThreeTimesItsOctetsAndToldSo) {
    // Delivers 2 KB again and again by sending itself on.
    Program program;
    program.push(0)
        .push(-1)
        .op(Opcode::GetRb)
        .push(kSelf)
        .op(Opcode::Send)
        .op(Opcode::Pop)
        .op(Opcode::Demuxall, 0);
    const auto request = program.data(isa::Str{std::string(2000, 'x')}).bound(50).id(11, 22).wire();
    arrive(request, kSelf, Endpoint{kFar, 40000});
    while (node.has_queued()) {
        node.step();
    }
    constexpr std::size_t kIpAndUdp = 28;
    std::size_t answered = 0;
    for (const auto& [client, packet] : world.answers) {
        answered += packet.to_wire().size() + kIpAndUdp;
    }
    EXPECT_LE(answered, 3 * (request.size() + kIpAndUdp));
    ASSERT_EQ(world.answers.size(), 4U);
    EXPECT_EQ(reason_of(world.answers[3].second), isa::reason_from_exc(Exc::QuotaUsedUp));
    EXPECT_EQ(world.answers[3].second.header.request_id, 22);
    EXPECT_GT(node.counters().drop_quota, 10U);
    EXPECT_EQ(node.counters().drop_unbound_port, 0U);  // nobody's port: dropped once, counted once
    EXPECT_EQ(node.counters().delivered + node.counters().drop_quota, 50U);
}

TEST_F(NodeTest, AnswerThatTheCarrierRefusesIsCountedOnce) {
    world.carrier_is_open = false;
    arrive(Program().push(5).op(Opcode::Demuxall, 0).bound(9).wire(), kSelf, Endpoint{kFar, 40000});
    EXPECT_EQ(node.counters().drop_carrier, 1U);
    EXPECT_EQ(node.counters().drop_unbound_port, 0U);
    arrive(Program().op(Opcode::Pop).bound(9).wire(), kSelf, Endpoint{kFar, 40000});
    EXPECT_EQ(node.counters().drop_carrier, 2U);
    EXPECT_EQ(node.counters().drop_stray_report, 0U);
}

TEST_F(NodeTest, RemoteRequestFilledUpWithZerosIsAnsweredMore) {
    Program program;
    for (int i = 0; i < 4; ++i) {
        program.push(std::string(60, 'x')).op(Opcode::Pull, 0).op(Opcode::Cat);
        program.op(Opcode::Pull, 0).op(Opcode::Cat).op(Opcode::Pull, 0).op(Opcode::Cat);
    }
    auto request = program.op(Opcode::Demuxall, 0).bound(9).id(11, 22).wire();
    arrive(request, kSelf, Endpoint{kFar, 40000});
    ASSERT_EQ(world.answers.size(), 1U);
    EXPECT_EQ(reason_of(world.answers[0].second), isa::reason_from_exc(Exc::QuotaUsedUp));
    request.resize(1200);
    arrive(request, kSelf, Endpoint{kFar, 40000});
    ASSERT_EQ(world.answers.size(), 2U);
    EXPECT_EQ(values(world.answers[1].second).size(), 4U);
    request.back() = std::byte{1};  // no padding, but a packet of another length
    arrive(request, kSelf, Endpoint{kFar, 40000});
    EXPECT_EQ(node.counters().drop_lengths, 1U);
}

TEST_F(NodeTest, StrangersGainNoOctetsAndNoPacketsForAForgedOrigin) {
    const auto whole =
        Program().op(Opcode::Nop).op(Opcode::Nop).op(Opcode::Exit).from(kStranger).bound(9).wire();
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        for (const auto& [at, octet] : std::initializer_list<std::pair<std::size_t, std::uint8_t>>{
                 {0, 2}, {0, 3}, {1, 1}, {1, 0x40}, {7, 0}, {9, 77}, {11, 7}, {11, 4}, {15, 8}}) {
            std::vector<std::byte> packet(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            if (at < size) {
                packet[at] = std::byte{octet};
            }
            world.time += 1s;  // the rates are another matter
            world.sent.clear();
            world.answers.clear();
            arrive(packet);
            ASSERT_LE(world.sent.size(), 1U);
            for (const Sent& report : world.sent) {
                EXPECT_LE(report.packet.to_wire().size(), size);
            }
            if (size >= isa::kHeaderSize4) {  // the same as a remote client's
                std::fill_n(packet.begin() + isa::HeaderOffset::kOrigin, 4, std::byte{0});
            }
            arrive(packet, kSelf, Endpoint{kStranger, 40000});
            ASSERT_LE(world.answers.size(), 1U);
            for (const auto& [client, report] : world.answers) {
                EXPECT_LE(report.to_wire().size(), size);
            }
        }
    }
}

TEST_F(NodeTest, QuotedPacketsOfOthersAreNoneOfItsBusiness) {
    inject(Program().op(Opcode::Forw).op(Opcode::Exit), kFar);
    const auto quoted = world.sent.at(0).packet.to_wire();
    node.receive_icmp({wire::IcmpError::Kind::TimeExceeded, kFar, kStranger, kFar, quoted});
    EXPECT_TRUE(frames_to<wire::PacketFrame>(kClient).empty());
    EXPECT_EQ(node.counters().icmp_errors, 0U);
}

TEST_F(NodeTest, PortsBelongToOneClient) {
    const ClientId other{8};
    node.client_frame(kClient, wire::to_wire(wire::Bind{7777}));
    node.client_frame(other, wire::to_wire(wire::Bind{7777}));
    EXPECT_EQ(frames_to<wire::Bound>(kClient), std::vector<wire::Bound>{{7777}});
    ASSERT_EQ(frames_to<wire::Refused>(other).size(), 1U);
    EXPECT_EQ(frames_to<wire::Refused>(other)[0].text, "port 7777 is taken by another client");
    node.client_closed(kClient);
    node.client_frame(other, wire::to_wire(wire::Bind{7777}));
    EXPECT_EQ(frames_to<wire::Bound>(other).size(), 1U);
}

TEST_F(NodeTest, DeliveryToAnUnboundPortIsCounted) {
    arrive(Program().push(5).op(Opcode::Demuxi, 4242).from(kFar).bound(9).wire());
    EXPECT_EQ(node.counters().drop_unbound_port, 1U);
}

TEST_F(NodeTest, MalformedInjectionIsRefusedWithWords) {
    wire::Inject request;
    request.tag = 5;
    request.destination = kSelf;
    request.packet = {std::byte{2}, std::byte{0}};
    node.client_frame(kClient, wire::to_wire(request));
    const auto refused = frames_to<wire::Refused>(kClient);
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].tag, 5U);
    EXPECT_EQ(refused[0].text, "malformed packet: shorter than its header or sections");
}

TEST_F(NodeTest, IcmpErrorBecomesAReportWithThePartialStack) {
    Program program;
    program.op(Opcode::Forw).op(Opcode::Demuxall, 0).data(isa::Str{"so far"});
    for (int i = 0; i < 10; ++i) {
        program.op(Opcode::Nop);  // a report may be as large as its offender
    }
    inject(program, kFar);
    ASSERT_EQ(world.sent.size(), 1U);
    const auto quoted = world.sent[0].packet.to_wire();
    node.receive_icmp({wire::IcmpError::Kind::ProtocolUnreachable, kFar, kSelf, kFar, quoted});
    const auto packets = frames_to<wire::PacketFrame>(kClient);
    ASSERT_EQ(packets.size(), 1U);
    const auto report = isa::Report::from_packet(std::get<Packet>(Packet::from_wire(packets[0].packet)));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->reason, Reason::NoSplash);
    EXPECT_EQ(report->node, kFar);
    EXPECT_EQ(report->stack, std::vector<Value>{isa::Str{"so far"}});
}

TEST_F(NodeTest, IcmpErrorWithEightOctetsReachesTheOriginOnly) {
    inject(Program().op(Opcode::Forw).op(Opcode::Exit), kFar);
    const auto quoted = world.sent.at(0).packet.to_wire();
    const ConstBytes eight = ConstBytes(quoted).first(8);
    node.receive_icmp({wire::IcmpError::Kind::TimeExceeded, kFar, kSelf, kFar, eight});
    ASSERT_EQ(frames_to<wire::PacketFrame>(kClient).size(), 1U);
    std::vector<std::byte> other(eight.begin(), eight.end());
    other[isa::HeaderOffset::kRequestId] ^= std::byte{0x55};
    node.receive_icmp({wire::IcmpError::Kind::TimeExceeded, kFar, kSelf, kFar, other});
    EXPECT_EQ(frames_to<wire::PacketFrame>(kClient).size(), 1U);
    EXPECT_EQ(node.counters().icmp_errors, 2U);
    EXPECT_EQ(world.sent.size(), 1U);
}

TEST_F(NodeTest, PacketTooLargeForTheLinkIsReportedToItsClient) {
    world.mtu = 60;
    inject(Program().op(Opcode::Forw).data(isa::Str{std::string(100, 'x')}), kFar);
    const auto packets = frames_to<wire::PacketFrame>(kClient);
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_EQ(static_cast<Exc>(reason_of(std::get<Packet>(Packet::from_wire(packets[0].packet)))),
              Exc::DoesNotFit);
    EXPECT_TRUE(world.sent.empty());
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

TEST_F(NodeTest, AnswersThatOutliveTheNodeAreHarmless) {
    world.mib_answers_later = true;
    {
        Node short_lived{config(), Ports{world, world, world, world, world, world}};
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
