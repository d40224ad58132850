// Remote clients and peers: what comes and goes by UDP.
#include <gtest/gtest.h>

#include "node/node.hpp"
#include "node_for_test.hpp"

namespace splash::node {
namespace {

using namespace std::chrono_literals;

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

}  // namespace
}  // namespace splash::node
