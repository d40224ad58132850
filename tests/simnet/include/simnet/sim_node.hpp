// One node of a SimNetwork: a Node, the ports it stands on, and its clients.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isa/packet.hpp"
#include "node/node.hpp"
#include "simnet/sim_mib.hpp"
#include "wire/frames.hpp"

namespace splash::simnet {

class SimNetwork;

/// An IP packet that holds SNAP.
struct WirePacket {
    IpAddress source;
    IpAddress destination;
    std::uint8_t ttl = 64;
    bool router_alert = false;
    std::optional<std::uint16_t> udp_source;  ///< set if it is UDP
    std::uint16_t udp_destination = 0;
    std::vector<std::byte> payload;

    [[nodiscard]] std::size_t ip_size() const;
};

/// A client on a node's UNIX socket.
struct SimClient {
    node::ClientId id{};
    std::vector<wire::Frame> frames;      ///< all that came, in order
    std::vector<isa::Packet> deliveries;  ///< what these frames delivered
    std::vector<isa::Report> reports;

    [[nodiscard]] std::optional<wire::Refused> refusal() const;
    /// The values of the only delivery, bottom first; empty unless there is exactly one and all can be read.
    [[nodiscard]] std::vector<isa::Value> answer() const;
};

/// A program elsewhere that asks by UDP.
struct SimRemote {
    Endpoint endpoint;
    std::vector<isa::Packet> answers;
};

class SimNode {
public:
    SimNode(SimNetwork& network, std::size_t index, std::string name, std::optional<node::Config> config);
    ~SimNode();
    SimNode(const SimNode&) = delete;
    SimNode& operator=(const SimNode&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] bool runs_splash() const { return node_ != nullptr; }
    /// Only for nodes that run Splash.
    [[nodiscard]] node::Node& node() { return *node_; }
    [[nodiscard]] SimMib& mib() { return mib_; }
    [[nodiscard]] IpAddress primary() const { return addresses_.front(); }
    [[nodiscard]] const std::vector<IpAddress>& addresses() const { return addresses_; }
    [[nodiscard]] const std::vector<std::string>& log() const { return log_; }

    SimClient& connect_client();
    void hang_up(const SimClient& client);
    void send_frame(const SimClient& client, const wire::Frame& frame);
    void send_octets(const SimClient& client, ConstBytes frame);
    /// Injects a program for `destination`; bound 0 leaves the packet's own.
    void inject(const SimClient& client, const isa::Packet& program, const IpAddress& destination,
                std::uint16_t bound = 0);

    /// A program on this machine that asks Splash nodes by UDP; it needs no Splash here.
    SimRemote& open_remote(std::uint16_t port);
    void send_udp(const SimRemote& from, const IpAddress& to, ConstBytes payload);

    /// Lets the node take a packet off interface `if_index`, as if it had just arrived there.
    void arrive(std::uint32_t if_index, WirePacket packet);
    void set_primary(const IpAddress& address);

private:
    friend class SimNetwork;
    class Ports;

    struct Interface {
        std::size_t link = 0;
        IpAddress address;
        IpAddress peer;
    };

    void forward(std::uint32_t if_index, const WirePacket& packet);
    void take(std::uint32_t if_index, const WirePacket& packet);
    void tell_source(const WirePacket& about, wire::IcmpError::Kind kind, const IpAddress& reporter);
    [[nodiscard]] bool send(WirePacket packet);
    [[nodiscard]] bool is_local(const IpAddress& address) const;
    void drain();

    SimNetwork& network_;
    std::size_t index_;
    std::string name_;
    std::vector<IpAddress> addresses_;   ///< the primary one first
    std::vector<Interface> interfaces_;  ///< ifIndex − 1
    SimMib mib_;
    std::map<node::ClientId, std::unique_ptr<SimClient>> clients_;
    std::map<std::uint16_t, std::unique_ptr<SimRemote>> remotes_;
    std::vector<std::string> log_;
    std::uint64_t next_client_ = 1;
    std::unique_ptr<Ports> ports_;
    std::unique_ptr<node::Node> node_;
};

}  // namespace splash::simnet
