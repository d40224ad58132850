// splash_memory PACKETS [SEED]   sends a simulated node so many packets of every kind and looks at its
// memory.
//
// Prints as JSON how much is allocated when a tenth has passed and at the end. Exit 1 if it grew by more than
// kTolerated: something remembers packets.
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "simnet/sim_network.hpp"

namespace {

using namespace splash;

constexpr std::size_t kTolerated = std::size_t{256} * 1024;
constexpr std::size_t kKinds = 8;

std::vector<std::byte> program(std::initializer_list<isa::Instruction> code, const IpAddress& origin) {
    isa::Packet packet;
    packet.header.bound = 9;
    packet.header.port = 50000;
    packet.header.origin = origin;
    for (const isa::Instruction i : code) {
        packet.code.push_back(i.to_word());
    }
    return packet.to_wire();
}

isa::Instruction op(isa::Opcode opcode, std::int32_t n = 0) {
    return {static_cast<std::uint8_t>(opcode), n};
}

/// Packets as overload.py has them: faulty, forged, broken, looping on the node, random, by UDP.
class Attack {
public:
    Attack(simnet::SimNetwork& network, std::uint64_t seed) : network_(network), random_(seed) {
        const IpAddress friendly = network.at(0).primary();
        const IpAddress self = network.at(1).primary();
        fault_ = program({op(isa::Opcode::Nop), op(isa::Opcode::Pop)}, friendly);
        home_ = program({op(isa::Opcode::Nop), op(isa::Opcode::GetSrc), op(isa::Opcode::Moveto, 1),
                         op(isa::Opcode::Exit)},
                        friendly);
        forged_as_own_ =
            program({op(isa::Opcode::GetSrc), op(isa::Opcode::PushInt, 1), op(isa::Opcode::Exit)}, self);
        stranger_ = program({op(isa::Opcode::Nop), op(isa::Opcode::Exit)}, IpAddress::v4(0xc6120000));
    }

    void send(std::uint64_t number) {
        simnet::WirePacket packet{.source = network_.at(0).primary(),
                                  .destination = network_.at(1).primary(),
                                  .ttl = 9,
                                  .router_alert = true,
                                  .udp_source = {},
                                  .udp_destination = 0,
                                  .payload = {}};
        switch (number % kKinds) {
            case 0: packet.payload = fault_; break;
            case 1: packet.payload = home_; break;
            case 2: packet.payload = forged_as_own_; break;
            case 3:
                packet.payload = stranger_;
                store_be<std::uint32_t>(packet.payload, isa::HeaderOffset::kOrigin,
                                        0xc6120000U | static_cast<std::uint32_t>(random_() & 0x1ffffU));
                break;
            case 4:
                packet.payload = stranger_;
                packet.payload[isa::HeaderOffset::kVersion] = std::byte{3};
                break;
            case 5:
                packet.payload = stranger_;
                packet.payload.resize(random_() % packet.payload.size());
                break;
            case 6:
                packet.payload.resize(random_() % 200);
                for (std::byte& octet : packet.payload) {
                    octet = static_cast<std::byte>(random_());
                }
                break;
            default:
                packet.payload = fault_;
                store_be<std::uint32_t>(packet.payload, isa::HeaderOffset::kOrigin, 0);
                packet.udp_source = static_cast<std::uint16_t>(1024 + random_() % 60000);
                packet.udp_destination = isa::kDefaultUdpPort;
                break;
        }
        if (packet.payload.size() > isa::HeaderOffset::kRequestId + 1) {
            store_be<std::uint16_t>(packet.payload, isa::HeaderOffset::kRequestId,
                                    static_cast<std::uint16_t>(number));
        }
        network_.at(1).arrive(1, std::move(packet));
    }

private:
    simnet::SimNetwork& network_;
    std::mt19937_64 random_;
    std::vector<std::byte> fault_;
    std::vector<std::byte> home_;
    std::vector<std::byte> forged_as_own_;
    std::vector<std::byte> stranger_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) {
        std::fputs("usage: splash_memory PACKETS [SEED]\n", stderr);
        return 2;
    }
    const std::uint64_t packets = std::strtoull(argv[1], nullptr, 10);
    simnet::SimNetwork network(1);
    simnet::make_line(network, 2);
    Attack attack(network, argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 1);
    std::size_t early = 0;
    constexpr std::uint64_t kBatch = 10'000;
    for (std::uint64_t number = 0; number < packets; ++number) {
        attack.send(number);
        if (number % kBatch == kBatch - 1) {  // what is remembered a minute is then as much as it gets
            network.settle();
            network.run_for(std::chrono::seconds(61));
        }
        if (number == packets / 10) {
            network.settle();
            network.run_for(std::chrono::seconds(61));
            early = mallinfo2().uordblks;
        }
    }
    network.settle();
    network.run_for(std::chrono::seconds(61));
    const std::size_t late = mallinfo2().uordblks;
    const auto& counters = network.at(1).node().counters();
    std::printf(
        "{\"packets\": %llu, \"received\": %llu, \"executions\": %llu, \"allocated_early\": %zu, "
        "\"allocated_late\": %zu}\n",
        static_cast<unsigned long long>(packets), static_cast<unsigned long long>(counters.received),
        static_cast<unsigned long long>(counters.executions), early, late);
    return late > early + kTolerated ? 1 : 0;
}
