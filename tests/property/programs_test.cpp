// The shipped programs, whole, over networks of nodes.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "asm/assembler.hpp"
#include "simnet/sim_network.hpp"

namespace splash::property {
namespace {

using simnet::SimClient;
using simnet::SimNetwork;
using simnet::SimNode;

isa::Packet program(const std::string& name, const assembly::Arguments& arguments = {}) {
    const std::string path = std::string(SPLASH_SOURCE_DIR) + "/programs/" + name + ".snap";
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    auto assembled = assembly::assemble(text.str(), path, assembly::BuiltinNames{}, arguments);
    if (const auto* findings = std::get_if<std::vector<assembly::Diagnostic>>(&assembled)) {
        ADD_FAILURE() << (findings->empty() ? path : findings->front().to_string());
        return {};
    }
    isa::Packet packet = std::get<assembly::Program>(assembled).packet;
    if (packet.header.bound == 0) {
        packet.header.bound = 64;
    }
    return packet;
}

Oid name_of_system() {
    return *oid_from_name("sysName.0");
}

std::string text_of(const std::vector<isa::Value>& values) {
    std::string text;
    for (const isa::Value& value : values) {
        text += (text.empty() ? "" : " ") + isa::to_string(value);
    }
    return text;
}

class Programs : public testing::Test {
protected:
    void line(std::size_t nodes) {
        simnet::make_line(network, nodes);
        for (std::size_t i = 0; i < nodes; ++i) {
            network.at(i).mib().objects[name_of_system()] = isa::Str{network.at(i).name()};
        }
    }
    /// Injects at the first node and gives the client once nothing moves any more.
    SimClient& run(const isa::Packet& packet, std::size_t to, std::uint16_t port = 0) {
        SimClient& client = network.at(0).connect_client();
        if (port != 0) {
            network.at(0).send_frame(client, wire::Bind{port});
        }
        network.at(0).inject(client, packet, network.at(to).primary());
        network.settle();
        return client;
    }

    SimNetwork network{1};
};

TEST_F(Programs, Figure71IsAnsweredFiveHopsAway) {
    line(6);
    EXPECT_EQ(text_of(run(program("figure71"), 5, 7777).answer()), "\"n5\"");
    EXPECT_EQ(network.executions(), 11U);  // six nodes out, five back
}

TEST_F(Programs, Figure71IsAnsweredByItsOwnNode) {
    line(2);
    EXPECT_EQ(text_of(run(program("figure71"), 0, 7777).answer()), "\"n0\"");
    EXPECT_EQ(network.transmissions(), 0U);
}

TEST_F(Programs, Figure71WaitsForASlowAgent) {
    line(3);
    network.at(2).mib().delay = std::chrono::milliseconds(800);
    EXPECT_EQ(text_of(run(program("figure71"), 2, 7777).answer()), "\"n2\"");
    EXPECT_EQ(network.at(2).node().counters().parked, 1U);
    EXPECT_EQ(network.at(2).node().counters().park_timeouts, 0U);
}

TEST_F(Programs, Figure71BringsATimeoutHomeFromASilentAgent) {
    line(3);
    network.at(2).mib().is_silent = true;
    SimClient& client = run(program("figure71"), 2, 7777);
    EXPECT_TRUE(client.deliveries.empty());
    network.run_for(std::chrono::seconds(10));
    EXPECT_EQ(text_of(client.answer()), "exc:46 (timed out)");
    EXPECT_EQ(network.at(2).node().counters().park_timeouts, 1U);
}

TEST_F(Programs, TracerouteCollectsAllNames) {
    line(6);
    EXPECT_EQ(text_of(run(program("traceroute"), 5).answer()), R"("n0" "n1" "n2" "n3" "n4" "n5")");
}

TEST_F(Programs, TracerouteWithMarksCollectsAllNames) {
    line(6);
    EXPECT_EQ(text_of(run(program("traceroute-marks"), 5, program("traceroute-marks").header.port).answer()),
              R"("n0" "n1" "n2" "n3" "n4" "n5")");
}

TEST_F(Programs, TracerouteSkipsARouterWithoutSplash) {
    SimNode& first = network.add_node("n0");
    SimNode& plain = network.add_plain("router");
    SimNode& last = network.add_node("n2");
    network.connect(first, plain);
    network.connect(plain, last);
    for (SimNode* node : {&first, &last}) {
        node->mib().objects[name_of_system()] = isa::Str{node->name()};
    }
    EXPECT_EQ(text_of(run(program("traceroute"), 2).answer()), R"("n0" "n2")");
}

TEST_F(Programs, TracerouteTakesTheOtherWayRoundABrokenRing) {
    simnet::make_ring(network, 5);
    for (std::size_t i = 0; i < 5; ++i) {
        network.at(i).mib().objects[name_of_system()] = isa::Str{network.at(i).name()};
    }
    network.set_link(network.at(0), network.at(1), false);
    EXPECT_EQ(text_of(run(program("traceroute"), 1).answer()), R"("n0" "n4" "n3" "n2" "n1")");
}

TEST_F(Programs, SetGetWritesAndReadsBack) {
    line(4);
    SimClient& client = run(program("setget", {{"oid", "sysName.0"}, {"value", "\"renamed\""}}), 3);
    EXPECT_EQ(text_of(client.answer()), R"(1 "renamed")");
    EXPECT_EQ(isa::to_string(network.at(3).mib().objects[name_of_system()]), "\"renamed\"");
}

TEST_F(Programs, SetGetBringsTheRefusalHome) {
    line(2);
    network.at(1).mib().read_only.insert(name_of_system());
    SimClient& client = run(program("setget", {{"oid", "sysName.0"}, {"value", "\"renamed\""}}), 1);
    EXPECT_EQ(text_of(client.answer()), R"(exc:81 (SNMP notWritable) "n1")");
}

TEST_F(Programs, FiveGetsTravelHomeTrimmed) {
    line(3);
    std::vector<std::size_t> sizes;
    network.watch([&sizes](ConstBytes packet) { sizes.push_back(packet.size()); });
    const std::vector<isa::Value> answer = run(program("fiveget"), 2).answer();
    ASSERT_EQ(answer.size(), 5U);
    ASSERT_EQ(sizes.size(), 4U);
    EXPECT_EQ(sizes[0], sizes[1]);
    EXPECT_EQ(sizes[2], sizes[3]);
    EXPECT_EQ(sizes[3], 20U + 2 * 4 + 5 * 8 + 4);  // header, two instructions, five answers, one of them "n2"
}

TEST_F(Programs, MultigetAsksOnceAndTravelsHomeTrimmed) {
    line(3);
    std::size_t last = 0;
    network.watch([&last](ConstBytes packet) { last = packet.size(); });
    EXPECT_EQ(text_of(run(program("multiget"), 2).answer()),
              R"("n2" exc:41 (no such instance) exc:41 (no such instance) exc:41 (no such instance) )"
              "exc:41 (no such instance) 5");
    EXPECT_EQ(network.at(2).mib().requests().size(), 5U);
    EXPECT_EQ(last, 20U + 2 * 4 + 6 * 8 + 4);
}

/// A line of Splash nodes, and behind the last one a host with an SNMP agent.
class Proxied : public Programs {
protected:
    static constexpr std::size_t kProxy = 2;

    Proxied() {
        for (const char* const name : {"n0", "n1", "n2"}) {
            node::Config config = SimNetwork::open_config(name);
            config.agents = {{.prefix = *Prefix::parse("10.0.0.0/8"), .community = "sim"}};
            network.add_node(name, config);
        }
        SimNode& host = network.add_plain("printer");
        for (std::size_t i = 0; i < 3; ++i) {
            network.connect(network.at(i), network.at(i + 1));
        }
        host.mib().objects[name_of_system()] = isa::Str{"printer"};
    }
    isa::Packet proxyget() { return program("proxyget", {{"agent", network.at(3).primary().to_string()}}); }
};

TEST_F(Proxied, ProxygetAsksTheAgentFromTheNodeBesideIt) {
    EXPECT_EQ(text_of(run(proxyget(), kProxy).answer()), R"("printer" 1)");
    ASSERT_EQ(network.at(3).mib().requests().size(), 1U);
    EXPECT_EQ(network.at(3).mib().requests()[0].user.name, "sim");
    EXPECT_EQ(network.at(kProxy).node().counters().proxied, 1U);
    EXPECT_EQ(network.transmissions(), 4U) << "SNAP packets; SNMP only crosses the last link";
}

TEST_F(Proxied, ProxygetBringsSilenceHome) {
    network.at(3).mib().is_silent = true;
    EXPECT_EQ(text_of(run(proxyget(), kProxy).answer()), "exc:46 (timed out)");
    EXPECT_EQ(network.at(kProxy).node().counters().proxied_timeouts, 1U);
    EXPECT_EQ(network.at(kProxy).node().counters().park_timeouts, 0U) << "the program had time left";
}

/// As discovery leaves it: a node has 1 under the address of a neighbour that runs Splash.
class Ridden : public Proxied {
protected:
    void keep(std::size_t node, const std::string& neighbour) {
        const auto assembled = assembly::assemble(
            "forw\npush \"" + neighbour + "\"\npush 1\ncalls \"memmap_addint\"\n#bound 8\n", "keep",
            assembly::BuiltinNames{});
        run(std::get<assembly::Program>(assembled).packet, node);
    }
    std::string ride() {
        return text_of(run(program("ride", {{"agent", network.at(3).primary().to_string()}}), 0).answer());
    }
};

TEST_F(Ridden, RideMovesOnWhereTheNextHopRunsSplashAndAsksFromTheLast) {
    EXPECT_EQ(ride(), R"("printer" 1 "n0")");
    keep(0, "10.0.0.2");
    EXPECT_EQ(ride(), R"("printer" 1 "n1")");
    keep(1, "10.0.0.6");
    EXPECT_EQ(ride(), R"("printer" 1 "n2")");
}

TEST_F(Ridden, RideBringsSilenceHomeWithTheNameOfWhoAsked) {
    keep(0, "10.0.0.2");
    network.at(3).mib().is_silent = true;
    EXPECT_EQ(ride(), R"(exc:46 (timed out) "n1")");
}

TEST_F(Programs, ReportTellsWhereTheBoundRanOut) {
    line(6);
    isa::Packet packet = program("traceroute");
    packet.header.bound = 3;
    SimClient& client = run(packet, 5);
    ASSERT_EQ(client.reports.size(), 1U);
    const isa::Report& report = client.reports.front();
    EXPECT_EQ(report.reason, isa::reason_from_exc(isa::Exc::NotEnoughBound));
    EXPECT_EQ(report.node, network.at(2).primary());
    EXPECT_EQ(text_of(report.stack), "\"n2\"");  // the top first, as much as the packet's own size allows
}

TEST_F(Programs, ReportTellsThatThereIsNoSplash) {
    SimNode& first = network.add_node("n0");
    SimNode& host = network.add_plain("host");
    network.connect(first, host);
    SimClient& client = run(program("ping"), 1);
    ASSERT_EQ(client.reports.size(), 1U);
    EXPECT_EQ(client.reports.front().reason, isa::Reason::NoSplash);
}

TEST_F(Programs, ReportTellsThatThePacketDoesNotFit) {
    SimNode& a = network.add_node("n0");
    SimNode& b = network.add_node("n1");
    SimNode& c = network.add_node("n2");
    network.connect(a, b);
    network.connect(b, c, {.latency = std::chrono::milliseconds(1), .mtu = 100, .loss = 0});
    SimClient& client = run(program("ping", {{"payload", "\"" + std::string(100, 'x') + "\""}}), 2);
    ASSERT_EQ(client.reports.size(), 1U);
    EXPECT_EQ(client.reports.front().reason, isa::reason_from_exc(isa::Exc::DoesNotFit));
    EXPECT_EQ(client.reports.front().node, b.primary());
}

TEST_F(Programs, AnswerReachesAHostThatAskedByUdp) {
    SimNode& host = network.add_plain("host");
    SimNode& near = network.add_node("n1");
    SimNode& far = network.add_node("n2");
    network.connect(host, near);
    network.connect(near, far);
    far.mib().objects[name_of_system()] = isa::Str{"n2"};
    simnet::SimRemote& remote = host.open_remote(40000);
    // A remote client has no say in where its program goes but by its instructions.
    auto assembled = assembly::assemble("push " + far.primary().to_string() + R"(
        moveto there-pc
there:  push   oid:sysName.0
        calls  "snmp_getsingle"
        getsrc
        moveto home-pc
home:   demuxall 0
)",
                                        "udp", assembly::BuiltinNames{});
    ASSERT_TRUE(std::holds_alternative<assembly::Program>(assembled));
    isa::Packet packet = std::get<assembly::Program>(assembled).packet;
    packet.header.bound = 10;
    packet.header.port = 5;
    packet.header.request_id = 6;
    host.send_udp(remote, near.primary(), packet.to_wire());
    network.settle();
    ASSERT_EQ(remote.answers.size(), 1U);
    const isa::Packet& answer = remote.answers.front();
    EXPECT_EQ(answer.header.port, 5);
    EXPECT_EQ(answer.header.request_id, 6);
    ASSERT_EQ(answer.stack.size(), 1U);
    EXPECT_EQ(isa::to_string(*isa::read_value(answer.stack.front(), answer.heap)), "\"n2\"");
}

TEST_F(Programs, EveryShippedProgramAssembles) {
    for (const auto& [name, arguments] :
         std::map<std::string, assembly::Arguments>{{"figure71", {}},
                                                    {"fiveget", {}},
                                                    {"getnext", {}},
                                                    {"getsingle", {}},
                                                    {"path", {}},
                                                    {"ping", {}},
                                                    {"setget", {{"oid", "sysName.0"}, {"value", "x"}}},
                                                    {"traceroute", {}},
                                                    {"traceroute-marks", {}}}) {
        EXPECT_FALSE(program(name, arguments).code.empty()) << name;
    }
}

}  // namespace
}  // namespace splash::property
