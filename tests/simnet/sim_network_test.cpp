// The network itself carries packets as it should, and nodes stand what only a network does to them.
#include "simnet/sim_network.hpp"

#include <gtest/gtest.h>

#include "asm/assembler.hpp"

namespace splash::simnet {
namespace {

using std::chrono::milliseconds;

isa::Packet program(std::string_view text) {
    auto assembled = assembly::assemble(text, "test", assembly::BuiltinNames{});
    isa::Packet packet = std::get<assembly::Program>(assembled).packet;
    packet.header.bound = 30;
    return packet;
}

constexpr std::string_view kThereAndBack = R"(
        forw
        now
        getsrc
        moveto home-pc
home:   forw
        demuxall 0
)";
constexpr std::string_view kAskName = R"(
        push   oid:sysName.0
        calls  "snmp_getsingle"
        demuxall 0
)";

TEST(SimNetwork, TakesTheLatencyOfEveryLink) {
    SimNetwork network;
    make_line(network, 4, {.latency = milliseconds(10), .mtu = 1500, .loss = 0});
    SimClient& client = network.at(0).connect_client();
    network.at(0).inject(client, program(kThereAndBack), network.at(3).primary());
    network.run_for(milliseconds(59));
    EXPECT_TRUE(client.deliveries.empty());
    network.run_for(milliseconds(1));
    EXPECT_EQ(client.deliveries.size(), 1U);
}

TEST(SimNetwork, LosesEverythingOnALinkOfLossOne) {
    SimNetwork network;
    make_line(network, 2, {.latency = milliseconds(1), .mtu = 1500, .loss = 1});
    SimClient& client = network.at(0).connect_client();
    network.at(0).inject(client, program(kThereAndBack), network.at(1).primary());
    network.settle();
    EXPECT_EQ(network.transmissions(), 1U);
    EXPECT_EQ(network.executions(), 1U);
}

TEST(SimNetwork, RunsTheSameWithTheSameSeed) {
    const auto arrived = [](std::uint64_t seed) {
        SimNetwork network(seed);
        make_honeycomb(network, 5, 4, {.latency = milliseconds(1), .mtu = 1500, .loss = 0.3});
        std::vector<std::size_t> counts;
        for (std::size_t i = 1; i < network.size(); ++i) {
            SimClient& client = network.at(0).connect_client();
            network.at(0).inject(client, program(kThereAndBack), network.at(i).primary());
            network.settle();
            counts.push_back(client.deliveries.size());
        }
        return counts;
    };
    EXPECT_EQ(arrived(5), arrived(5));
    EXPECT_NE(arrived(5), arrived(6));
}

TEST(SimNetwork, JoinsEveryNodeOfAHoneycomb) {
    SimNetwork network;
    make_honeycomb(network, 5, 4);
    EXPECT_EQ(network.size(), 20U);
    for (std::size_t i = 0; i < network.size(); ++i) {
        SimClient& client = network.at(i).connect_client();
        network.at(i).inject(client, program(kThereAndBack), network.at(network.size() - 1 - i).primary());
        network.settle();
        EXPECT_EQ(client.deliveries.size(), 1U) << "from " << network.at(i).name();
    }
}

TEST(SimNetwork, SaysThatTheTimeToLiveIsOver) {
    SimNetwork network;
    SimNode& first = network.add_node("first");
    SimNode* last = &first;
    for (unsigned i = 0; i < 5; ++i) {
        SimNode& router = network.add_plain("router");
        network.connect(*last, router);
        last = &router;
    }
    SimClient& client = first.connect_client();
    first.inject(client, program(kThereAndBack), last->primary(), 4);
    network.settle();
    ASSERT_EQ(client.reports.size(), 1U);
    EXPECT_EQ(client.reports.front().reason, isa::Reason::TtlExceeded);
}

TEST(SimNetwork, HasNoRouteOverALinkThatIsDown) {
    SimNetwork network;
    make_line(network, 3);
    network.set_link(network.at(1), network.at(2), false);
    SimClient& client = network.at(0).connect_client();
    network.at(0).inject(client, program(kThereAndBack), network.at(2).primary());
    network.settle();
    ASSERT_EQ(client.reports.size(), 1U);
    EXPECT_EQ(client.reports.front().reason, isa::reason_from_exc(isa::Exc::NoRoute));
}

// A buffer that waits with a parked packet while the workspace grows is too small for the packets to come.
TEST(NodeInANetwork, KeepsNoBufferOfAnOldWorkspaceSize) {
    SimNetwork network;
    node::Config config = SimNetwork::open_config("node");
    config.workspace = 4096;
    SimNode& node = network.add_node("node", config);
    node.mib().objects[*oid_from_name("sysName.0")] = isa::Str{"node"};
    node.mib().delay = milliseconds(10);
    SimClient& client = node.connect_client();
    node.inject(client, program(kAskName), node.primary());
    config.workspace = 48 * 1024;
    node.node().reconfigure(config);
    network.settle();
    ASSERT_EQ(client.deliveries.size(), 1U);
    EXPECT_EQ(node.node().take_buffer().storage().size(), node::Buffer::kHeadroom + config.workspace);
}

TEST(NodeInANetwork, ForgetsAClientThatHungUp) {
    SimNetwork network;
    SimNode& node = network.add_node("node");
    node.mib().delay = milliseconds(10);
    SimClient& client = node.connect_client();
    node.inject(client, program(kAskName), node.primary());
    node.hang_up(client);
    network.settle();
    EXPECT_EQ(node.node().counters().drop_unbound_port, 1U);
}

}  // namespace
}  // namespace splash::simnet
