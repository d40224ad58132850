// Reports and ICMP errors: what they say, how large they are, how many there are.
#include <gtest/gtest.h>

#include "node/node.hpp"
#include "node_for_test.hpp"

namespace splash::node {
namespace {

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

TEST_F(NodeTest, QuotedPacketsOfOthersAreNoneOfItsBusiness) {
    inject(Program().op(Opcode::Forw).op(Opcode::Exit), kFar);
    const auto quoted = world.sent.at(0).packet.to_wire();
    node.receive_icmp({wire::IcmpError::Kind::TimeExceeded, kFar, kStranger, kFar, quoted});
    EXPECT_TRUE(frames_to<wire::PacketFrame>(kClient).empty());
    EXPECT_EQ(node.counters().icmp_errors, 0U);
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

}  // namespace
}  // namespace splash::node
