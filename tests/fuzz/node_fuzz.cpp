// Any packets, client frames, ICMP errors and lapses of time to a node between two others.
#include <algorithm>

#include "base/assert.hpp"
#include "input.hpp"
#include "packet_repair.hpp"
#include "simnet/sim_network.hpp"

namespace {

using namespace splash;

void set_up(simnet::SimNetwork& network) {
    simnet::make_line(network, 3, {.latency = std::chrono::milliseconds(1), .mtu = 600, .loss = 0});
    for (std::size_t i = 0; i < network.size(); ++i) {
        network.at(i).mib().objects[*Oid::parse("1.3.6.1.2.1.1.5.0")] = isa::Str{network.at(i).name()};
    }
    network.at(1).mib().delay = std::chrono::milliseconds(5);
}

/// An address of the network, or anything.
IpAddress take_address(fuzz::Input& input, simnet::SimNetwork& network) {
    const auto which = input.take<std::uint8_t>();
    return which < 200 ? network.at(which % network.size()).primary()
                       : IpAddress::v4(input.take<std::uint32_t>());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    enum Happening : std::uint8_t {
        Packet,
        Udp,
        Inject,
        Frame,
        Icmp,
        Time,
        HangUp,
        Reconfigure,
        kHappenings
    };
    fuzz::Input input(data, size);
    simnet::SimNetwork network(1);
    set_up(network);
    simnet::SimNode& node = network.at(1);
    simnet::SimClient* client = &node.connect_client();
    for (unsigned events = 0; events < 50 && !input.is_empty(); ++events) {
        const auto what = static_cast<Happening>(input.take<std::uint8_t>() % kHappenings);
        const std::size_t length = input.take<std::uint16_t>() % 2048U;
        const IpAddress to = take_address(input, network);
        const ConstBytes taken = input.take_octets(length);
        std::vector<std::byte> octets(taken.begin(), taken.end());
        if (length % 4 != 0) {
            fuzz::repair(octets);
        }
        simnet::WirePacket packet{.source = network.at(0).primary(),
                                  .destination = to,
                                  .ttl = 9,
                                  .router_alert = true,
                                  .udp_source = {},
                                  .udp_destination = 0,
                                  .payload = {octets.begin(), octets.end()}};
        switch (what) {
            case Packet: node.arrive(1, packet); break;
            case Udp:
                packet.destination = node.primary();
                packet.udp_source = std::uint16_t{4000};
                packet.udp_destination = isa::kDefaultUdpPort;
                node.arrive(1, packet);
                break;
            case Inject:
                node.send_frame(*client, wire::Inject{.tag = 1,
                                                      .flags = 0,
                                                      .bound = 20,
                                                      .destination = to,
                                                      .packet = {octets.begin(), octets.end()}});
                break;
            case Frame: node.send_octets(*client, octets); break;
            case Icmp:
                if (octets.size() >= 8) {
                    node.node().receive_icmp({static_cast<wire::IcmpError::Kind>(length % 4),
                                              network.at(2).primary(), node.primary(), to, octets});
                }
                break;
            case Time: network.run_for(std::chrono::milliseconds(length * 10)); break;
            case HangUp:
                node.hang_up(*client);
                client = &node.connect_client();
                break;
            case Reconfigure: {
                node::Config config = simnet::SimNetwork::open_config("n1");
                config.workspace = 4096 * (1 + length % 8);
                config.park_timeout = std::chrono::milliseconds(length);
                config.dictionary.entries_per_principal = length % 4;
                config.dictionary.octets = length;
                node.node().reconfigure(config);
                break;
            }
            case kHappenings: break;
        }
    }
    network.settle();
    network.run_for(std::chrono::seconds(120) + node::DictionaryLimits().time_to_live);
    SPLASH_ASSERT(!node.node().next_deadline(), "after a while a node has forgotten everything");
    return 0;
}
