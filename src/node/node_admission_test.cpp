// Who is admitted, what is refused or counted as malformed, and what a principal may do.
#include <gtest/gtest.h>

#include "node/node.hpp"
#include "node_for_test.hpp"

namespace splash::node {
namespace {

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
    EXPECT_EQ(world.users[0], (MibUser{"guest", MibUser::Level::NoAuth, "10.0.0.0/8"}));
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
    world.direct.insert(kStranger);
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

TEST_F(NodeTest, LocalClientWithoutTheRightToSendStaysHere) {
    Config c = config();
    c.local_rights.send = false;
    node.reconfigure(c);
    inject(Program().op(Opcode::Forw), kFar);
    EXPECT_TRUE(world.sent.empty());
    EXPECT_EQ(node.counters().failed_moves, 1U);
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

}  // namespace
}  // namespace splash::node
