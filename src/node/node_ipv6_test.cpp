// What is different by IPv6: addresses, sizes of headers, scopes.
#include <gtest/gtest.h>

#include "node/node.hpp"
#include "node_for_test.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"

namespace splash::node {
namespace {

const IpAddress kUnspecified = IpAddress::unspecified(IpVersion::V6);

class NodeIpv6Test : public NodeTest {
protected:
    NodeIpv6Test() {
        Config c = config();
        c.allow.push_back({.prefix = *Prefix::parse("2001:db8::/32"),
                           .rights = {.read = true, .write = false, .send = true},
                           .snmp_user = "guest",
                           .bound = 100});
        c.domain.push_back(*Prefix::parse("2001:db8::/32"));
        node.reconfigure(c);
    }
    [[nodiscard]] Packet packet_to_client() const {
        const auto packets = frames_to<wire::PacketFrame>(kClient);
        return packets.empty() ? Packet{} : std::get<Packet>(Packet::from_wire(packets.back().packet));
    }
};

TEST_F(NodeIpv6Test, InjectedProgramLeavesFromItsIpv6Address) {
    inject(Program().from(kUnspecified).op(Opcode::Forw), kFarIpv6);
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(world.sent[0].packet.header.origin, kSelfIpv6);
    EXPECT_EQ(world.sent[0].carriage, Carriage::Alert);
    EXPECT_EQ(world.sent[0].ttl, 19);
}

TEST_F(NodeIpv6Test, InjectedProgramWithTheOtherHeaderIsRefused) {
    inject(Program().op(Opcode::Forw), kFarIpv6);
    inject(Program().from(kUnspecified).op(Opcode::Forw), kFar);
    const auto refusals = frames_to<wire::Refused>(kClient);
    ASSERT_EQ(refusals.size(), 2U);
    EXPECT_EQ(refusals[0].code, static_cast<std::uint16_t>(Exc::OutOfRange));
    EXPECT_TRUE(world.sent.empty());
}

TEST_F(NodeIpv6Test, HereIsOfTheVersionThePacketCameBy) {
    for (const auto& [self, far, here] :
         {std::tuple(kSelfIpv6, kFarIpv6, "2001:db8:16::1"), std::tuple(kSelf, kFar, "172.16.0.1")}) {
        world.sent.clear();
        arrive(Program().from(far).op(Opcode::Here).op(Opcode::GetSrc).op(Opcode::Forwto).bound(9).wire(),
               self);
        ASSERT_EQ(world.sent.size(), 1U);
        EXPECT_EQ(values(world.sent[0].packet), std::vector<Value>{*IpAddress::parse(here)});
    }
}

TEST_F(NodeIpv6Test, ReportsAndDeliveriesAreFromItsIpv6Address) {
    arrive(Program().from(kFarIpv6).op(Opcode::Pop).bound(9).wire(), kSelfIpv6);
    ASSERT_EQ(world.sent.size(), 1U);
    const auto report = isa::Report::from_packet(world.sent[0].packet);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->node, kSelfIpv6);
    inject(Program().from(kUnspecified).push(1).op(Opcode::Demuxall, 0), kSelfIpv6);
    EXPECT_EQ(packet_to_client().header.origin, kSelfIpv6);
}

TEST_F(NodeIpv6Test, TheLargerHeadersCountInWhatFitsALink) {
    const auto program = [](std::size_t octets) {
        return Program().from(kUnspecified).op(Opcode::Forw).data(isa::Str{std::string(octets, 'x')});
    };
    constexpr std::size_t kRest = isa::kHeaderSize6 + 4 + isa::kWordSize;  // one instruction, one value
    const std::size_t room = world.mtu - wire::kIpv6HeaderWithAlert - kRest;
    inject(program(room), kFarIpv6);
    EXPECT_EQ(world.sent.size(), 1U);
    inject(program(room + 4), kFarIpv6);
    EXPECT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(static_cast<Exc>(reason_of(packet_to_client())), Exc::DoesNotFit);
}

TEST_F(NodeIpv6Test, RemoteClientIsAnsweredWithinThreeTimesItsRequest) {
    Program program;
    program.from(kUnspecified);
    program.push(0)
        .push(-1)
        .op(Opcode::GetRb)
        .push(kSelfIpv6)
        .op(Opcode::Send)
        .op(Opcode::Pop)
        .op(Opcode::Demuxall, 0);
    const auto request = program.data(isa::Str{std::string(16, 'x')}).bound(50).id(11, 22).wire();
    const Endpoint client{kFarIpv6, 40000};
    arrive(request, kSelfIpv6, client);
    while (node.has_queued()) {
        node.step();
    }
    constexpr std::size_t kIpAndUdp = 48;
    std::size_t answered = 0;
    for (const auto& [to, packet] : world.answers) {
        EXPECT_EQ(to, client);
        EXPECT_EQ(packet.header.request_id, 22);
        answered += packet.to_wire().size() + kIpAndUdp;
    }
    EXPECT_LE(answered, 3 * (request.size() + kIpAndUdp));
    ASSERT_GT(world.answers.size(), 1U);
    EXPECT_EQ(world.answers.front().second.header.origin, kSelfIpv6);
    EXPECT_EQ(reason_of(world.answers.back().second), isa::reason_from_exc(Exc::QuotaUsedUp));
}

TEST_F(NodeIpv6Test, RemoteClientMayFillItsRequestWithZeros) {
    auto request = Program().from(kUnspecified).push(5).op(Opcode::Demuxall, 0).bound(9).wire();
    request.resize(1200);
    arrive(request, kSelfIpv6, Endpoint{kFarIpv6, 40000});
    ASSERT_EQ(world.answers.size(), 1U);
    EXPECT_EQ(values(world.answers[0].second), std::vector<Value>{std::int64_t{5}});
}

TEST_F(NodeIpv6Test, RemoteClientOfALinkIsNeitherExecutedNorAnswered) {
    Config c = config();
    c.allow[0].prefix = *Prefix::parse("::/0");
    node.reconfigure(c);
    arrive(Program().from(kUnspecified).push(5).op(Opcode::Demuxall, 0).bound(9).wire(), kSelfIpv6,
           Endpoint{*IpAddress::parse("fe80::9"), 40000});
    EXPECT_TRUE(world.answers.empty());
    EXPECT_EQ(node.counters().executions, 0U);
    EXPECT_EQ(node.counters().drop_not_admitted, 1U);
}

TEST_F(NodeIpv6Test, AStrangerGainsNoOctetsByComingByIpv4) {
    Config c = config();
    c.allow.clear();
    node.reconfigure(c);
    constexpr std::size_t kDearer = wire::kIpv6Header - wire::kIpv4Header;
    Program program;
    program.from(kFarIpv6).bound(9);
    for (int i = 0; i < 12; ++i) {
        world.sent.clear();
        const auto packet = program.op(Opcode::Exit).wire();
        arrive(packet);
        ASSERT_LE(world.sent.size(), 1U);
        for (const Sent& report : world.sent) {
            EXPECT_LE(report.packet.to_wire().size() + kDearer, packet.size());
        }
    }
    EXPECT_EQ(world.sent.size(), 1U) << "a packet of some size is told";
}

TEST_F(NodeIpv6Test, EightQuotedOctetsOfAnIpv6OriginReachIt) {
    inject(Program().from(kUnspecified).op(Opcode::Forw).op(Opcode::Exit), kFarIpv6);
    const auto quoted = world.sent.at(0).packet.to_wire();
    node.receive_icmp(
        {wire::IcmpError::Kind::TimeExceeded, kFarIpv6, kSelfIpv6, kFarIpv6, ConstBytes(quoted).first(8)});
    EXPECT_EQ(reason_of(packet_to_client()), Reason::TtlExceeded);
    EXPECT_EQ(packet_to_client().header.origin, kSelfIpv6);
}

}  // namespace
}  // namespace splash::node
