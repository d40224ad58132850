// What holds for a network, tried with random programs: whatever a packet does, its first bound limits it.
#include <gtest/gtest.h>

#include "asm/assembler.hpp"
#include "random_program.hpp"
#include "simnet/sim_network.hpp"

namespace splash::property {
namespace {

using simnet::SimClient;
using simnet::SimNetwork;
using simnet::SimNode;

constexpr unsigned kPrograms = 4'000;

void give_objects(SimNetwork& network) {
    for (std::size_t i = 0; i < network.size(); ++i) {
        simnet::SimMib& mib = network.at(i).mib();
        mib.objects[*Oid::parse("1.3.6.1.2.1.1.5.0")] = isa::Str{network.at(i).name()};
        mib.objects[*Oid::parse("1.3.6.7")] = std::int64_t{7};
        if (i % 3 == 1) {
            mib.delay = std::chrono::milliseconds(20);
        }
    }
}

isa::Packet random_program(std::uint64_t seed, std::vector<IpAddress> addresses) {
    ProgramGenerator generator(
        seed, {.max_instructions = 40,
               .only_well_formed = seed % 4 != 0,
               .may_trim = seed % 5 == 0,
               .addresses = std::move(addresses),
               .services = {isa::service_id("snmp_getsingle"), isa::service_id("snmp_getnext"),
                            isa::service_id("snmp_setsingle"), isa::service_id("node_info")}});
    isa::Packet packet = generator.make();
    if (seed % 2 == 0) {
        // Left to chance few programs would get anywhere.
        packet.code.insert(packet.code.begin(), static_cast<std::uint32_t>(isa::Opcode::Forw) << 24U);
        packet.header.entry = 0;
    }
    return packet;
}

/// Makes a network by `make`, injects random programs one after the other, each watched on its own.
template <class Make>
void inject_many(Make&& make, double loss) {
    SimNetwork network(run_seed());
    make(network, simnet::LinkOptions{.latency = std::chrono::milliseconds(1), .mtu = 1500, .loss = loss});
    give_objects(network);
    std::vector<IpAddress> addresses;
    for (std::size_t i = 0; i < network.size(); ++i) {
        addresses.push_back(network.at(i).primary());
        addresses.insert(addresses.end(), network.at(i).addresses().begin(), network.at(i).addresses().end());
    }
    unsigned malformed = 0;
    network.watch([&malformed](ConstBytes packet) {
        malformed += std::holds_alternative<isa::HeaderFault>(isa::parse_header(packet)) ? 1U : 0U;
    });
    std::uint64_t moved_on = 0;
    for (unsigned i = 0; i < kPrograms; ++i) {
        const std::uint64_t seed = run_seed() + i;
        const isa::Packet program = random_program(seed, addresses);
        const auto bound = static_cast<std::uint16_t>(seed % 40 + 1);
        SimNode& start = network.at(seed % network.size());
        SimClient& client = start.connect_client();
        const std::uint64_t before = network.executions();
        start.inject(client, program, addresses[(seed / 7) % addresses.size()], bound);
        network.settle();
        network.run_for(std::chrono::seconds(6));  // what is parked for lost answers times out
        const std::uint64_t executed = network.executions() - before;
        ASSERT_LE(executed, bound) << "seed " << seed << "\n" << assembly::disassemble(program);
        ASSERT_GE(executed, 1U);
        ASSERT_EQ(malformed, 0U) << "seed " << seed << "\n" << assembly::disassemble(program);
        moved_on += executed - 1;
        start.hang_up(client);
    }
    EXPECT_GT(moved_on, kPrograms / 10) << "hardly any program left its first node";
    for (std::size_t i = 0; i < network.size(); ++i) {
        const node::Counters& c = network.at(i).node().counters();
        EXPECT_EQ(c.drop_truncated + c.drop_version + c.drop_flags + c.drop_lengths + c.drop_entry, 0U)
            << network.at(i).name() << " got a packet that a node should not have sent";
    }
}

TEST(RandomProgramsInANetwork, ExecuteAtMostAsOftenAsTheBoundSaysOnALine) {
    inject_many([](SimNetwork& n, const simnet::LinkOptions& o) { simnet::make_line(n, 6, o); }, 0);
}

TEST(RandomProgramsInANetwork, ExecuteAtMostAsOftenAsTheBoundSaysOnARing) {
    inject_many([](SimNetwork& n, const simnet::LinkOptions& o) { simnet::make_ring(n, 7, o); }, 0);
}

TEST(RandomProgramsInANetwork, ExecuteAtMostAsOftenAsTheBoundSaysOnAHoneycomb) {
    inject_many([](SimNetwork& n, const simnet::LinkOptions& o) { simnet::make_honeycomb(n, 5, 4, o); }, 0);
}

TEST(RandomProgramsInANetwork, ExecuteAtMostAsOftenAsTheBoundSaysWithLoss) {
    inject_many([](SimNetwork& n, const simnet::LinkOptions& o) { simnet::make_honeycomb(n, 5, 4, o); }, 0.2);
}

/// Sends itself everywhere it can, as often as it can.
constexpr std::string_view kFlood = R"(
        push   0
        push   -1
        getrb
        divi   3
        push   10.0.0.2
        hop
        pop
        push   0
        push   -1
        getrb
        divi   2
        getdst
        send
        pop
        push   0
        push   -1
        getrb
        here
        send
)";

TEST(RandomProgramsInANetwork, AFloodEndsWithItsBound) {
    SimNetwork network(1);
    simnet::make_ring(network, 6);
    auto assembled = assembly::assemble(kFlood, "flood", assembly::BuiltinNames{});
    ASSERT_TRUE(std::holds_alternative<assembly::Program>(assembled));
    SimClient& client = network.at(0).connect_client();
    network.at(0).inject(client, std::get<assembly::Program>(assembled).packet, network.at(3).primary(),
                         1000);
    network.settle();
    EXPECT_GT(network.executions(), 100U);
    EXPECT_LE(network.executions(), 1000U);
}

}  // namespace
}  // namespace splash::property
