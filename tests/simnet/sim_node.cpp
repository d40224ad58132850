#include "simnet/sim_node.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "simnet/sim_network.hpp"
#include "wire/ipv4.hpp"

namespace splash::simnet {

/// Everything a node asks of the world, answered from the network's memory.
class SimNode::Ports final : public node::Clock,
                             public node::Topology,
                             public node::NetworkControl,
                             public node::Carriers,
                             public node::Clients,
                             public node::RemoteAgents,
                             public node::Log {
public:
    explicit Ports(SimNode& self) : self_(self) {}

    node::Instant now() override { return self_.network_.now(); }
    std::int64_t epoch_us() override {
        constexpr std::int64_t kStart = 1'700'000'000'000'000;
        const auto passed = self_.network_.now().time_since_epoch();
        return kStart + std::chrono::duration_cast<std::chrono::microseconds>(passed).count();
    }

    bool is_local(const IpAddress& address) override { return self_.is_local(address); }
    bool is_broadcast(const IpAddress& /*address*/) override { return false; }  // links are point to point
    bool is_neighbour(const IpAddress& address) override {
        return std::ranges::any_of(self_.interfaces_, [&](const Interface& i) {
            return i.peer == address && self_.network_.links_[i.link].is_up;
        });
    }
    std::optional<IpAddress> interface_address(std::uint32_t if_index, IpVersion /*version*/) override {
        return if_index == 0 || if_index > self_.interfaces_.size()
                   ? std::nullopt
                   : std::optional(self_.interfaces_[if_index - 1].address);
    }
    IpAddress primary_address(IpVersion /*version*/) override { return self_.primary(); }
    unsigned interface_count() override { return static_cast<unsigned>(self_.interfaces_.size()); }
    std::optional<node::Route> route(const IpAddress& to) override {
        const auto* const link = self_.network_.next_link(self_.index_, to);
        if (link == nullptr) {
            return std::nullopt;
        }
        const std::size_t end = link->nodes[0] == self_.index_ ? 0 : 1;
        return node::Route{link->if_indexes.at(end), link->options.mtu, link->addresses.at(end),
                           link->addresses.at(1 - end)};
    }
    std::span<const node::Interface> interfaces() override {
        listed_.clear();
        for (const Interface& i : self_.interfaces_) {
            const auto index = static_cast<std::uint32_t>(listed_.size() + 1);
            listed_.push_back({index, "e" + std::to_string(index), self_.network_.links_[i.link].is_up});
        }
        return listed_;
    }
    std::optional<std::uint32_t> interface_of(const IpAddress& local) override {
        const auto found = std::ranges::find(self_.interfaces_, local, &Interface::address);
        return found == self_.interfaces_.end()
                   ? std::nullopt
                   : std::optional(static_cast<std::uint32_t>(found - self_.interfaces_.begin() + 1));
    }
    std::vector<node::Neighbour> neighbours() override {
        std::vector<node::Neighbour> all;
        for (std::uint32_t index = 1; index <= self_.interfaces_.size(); ++index) {
            const Interface& i = self_.interfaces_[index - 1];
            if (self_.network_.links_[i.link].is_up && all.size() < kMaxNeighbours) {
                all.push_back({index, i.peer});
            }
        }
        return all;
    }
    void note_change() override {}

    Result<> set_interface(std::uint32_t if_index, node::InterfaceState state) override {
        self_.network_.links_[self_.interfaces_.at(if_index - 1).link].is_up =
            state == node::InterfaceState::Up;
        self_.network_.routes_are_known_ = false;
        return {};
    }
    Result<> set_route(const Prefix& /*to*/, const IpAddress& /*gateway*/) override {
        return fail(Errc::Unsupported, "the simulated network finds its routes itself");
    }
    Result<> delete_route(const Prefix& to) override { return fail(Errc::NotFound, to.to_string()); }
    Result<std::string> sysctl(std::string_view name) override {
        const auto found = sysctls_.find(name);
        if (found == sysctls_.end()) {
            return fail(Errc::NotFound, std::string(name));
        }
        return found->second;
    }
    Result<> set_sysctl(std::string_view name, std::string_view value) override {
        const auto found = sysctls_.find(name);
        if (found == sysctls_.end()) {
            return fail(Errc::NotFound, std::string(name));
        }
        found->second = value;
        return {};
    }

    bool can_carry(node::Carriage /*carriage*/, const IpAddress& to) override { return !to.is_v6(); }
    bool transmit(const node::Outgoing& out) override {
        WirePacket packet{.source = {},
                          .destination = out.to,
                          .ttl = out.ttl,
                          .router_alert = out.carriage == node::Carriage::Alert,
                          .udp_source = {},
                          .udp_destination = out.udp_port,
                          .payload = {out.packet.begin(), out.packet.end()}};
        if (out.carriage == node::Carriage::Udp) {
            packet.udp_source = isa::kDefaultUdpPort;
        }
        return self_.send(std::move(packet));
    }
    bool answer(const Endpoint& client, ConstBytes octets) override {
        return self_.send({.source = {},
                           .destination = client.address,
                           .ttl = 64,
                           .router_alert = false,
                           .udp_source = isa::kDefaultUdpPort,
                           .udp_destination = client.port,
                           .payload = {octets.begin(), octets.end()}});
    }

    /// Every node's MIB can be asked by whoever finds a way to it, under the community as the user's name.
    void ask(const IpAddress& agent, const node::AgentRule& how, std::chrono::milliseconds patience,
             node::MibRequest request, node::Mib::Answered answered) override {
        constexpr std::chrono::milliseconds kThereAndBack{2};
        // The agent or the clock: the first is heard.
        const auto waiting = std::make_shared<node::Mib::Answered>(std::move(answered));
        const auto answer = [this, waiting](node::MibResult result) {
            if (const auto first = std::exchange(*waiting, nullptr)) {
                first(std::move(result));
                self_.drain();
            }
        };
        self_.network_.schedule(patience, [answer] { answer(isa::Exc::TimedOut); });
        const std::size_t owner = self_.network_.owner_of(agent);
        if (owner == SimNetwork::kNowhere || self_.network_.next_link(self_.index_, agent) == nullptr) {
            return;
        }
        self_.network_.schedule(kThereAndBack, [this, owner, how, request, answer] {
            self_.network_.nodes_[owner]->mib().ask({.name = how.community, .level = {}}, request, answer);
        });
    }

    bool send(node::ClientId client, ConstBytes octets) override {
        const auto found = self_.clients_.find(client);
        if (found == self_.clients_.end()) {
            return false;
        }
        // As it would go over the socket: with its length in front, taken apart again.
        wire::Deframer deframer;
        deframer.feed(wire::with_length(octets));
        const auto framed = deframer.next();
        const auto frame = framed ? wire::frame_from_wire(*framed) : std::nullopt;
        SPLASH_ASSERT(frame, "a node sends its clients well-formed frames only");
        SimClient& to = *found->second;
        to.frames.push_back(*frame);
        if (const auto* delivered = std::get_if<wire::PacketFrame>(&*frame)) {
            const auto parsed = isa::Packet::from_wire(delivered->packet);
            const auto* packet = std::get_if<isa::Packet>(&parsed);
            SPLASH_ASSERT(packet != nullptr, "a node delivers well-formed packets only");
            const auto report = isa::Report::from_packet(*packet);
            SPLASH_ASSERT(report.has_value() == packet->header.is_report(),
                          "a node makes readable reports only");
            if (report) {
                to.reports.push_back(*report);
            } else {
                to.deliveries.push_back(*packet);
            }
        }
        return true;
    }

    void write(Level, std::string_view text) override { self_.log_.emplace_back(text); }

private:
    SimNode& self_;
    std::vector<node::Interface> listed_;
    std::map<std::string, std::string, std::less<>> sysctls_{{"net.ipv4.ip_forward", "1"}};
};

std::size_t WirePacket::ip_size() const {
    constexpr std::size_t kUdpHeader = 8;
    return (router_alert ? wire::kIpv4HeaderWithAlert : wire::kIpv4Header) + (udp_source ? kUdpHeader : 0) +
           payload.size();
}

std::optional<wire::Refused> SimClient::refusal() const {
    for (const wire::Frame& frame : frames) {
        if (const auto* refused = std::get_if<wire::Refused>(&frame)) {
            return *refused;
        }
    }
    return std::nullopt;
}

std::vector<isa::Value> SimClient::answer() const {
    std::vector<isa::Value> values;
    if (deliveries.size() != 1) {
        return values;
    }
    for (const isa::Word word : deliveries.front().stack) {
        auto value = isa::read_value(word, deliveries.front().heap);
        if (!value) {
            return {};
        }
        values.push_back(std::move(*value));
    }
    return values;
}

SimNode::SimNode(SimNetwork& network, std::size_t index, std::string name, std::optional<node::Config> config)
    : network_(network),
      index_(index),
      name_(std::move(name)),
      mib_([this](std::chrono::microseconds delay, std::function<void()> happen) {
          network_.schedule(delay, [this, happen = std::move(happen)] {
              happen();
              drain();
          });
      }),
      ports_(std::make_unique<Ports>(*this)) {
    addresses_.push_back(IpAddress::v4(0x0aff0000U + static_cast<std::uint32_t>(index)));
    if (config) {
        node_ = std::make_unique<node::Node>(
            std::move(*config),
            node::Ports{*ports_, *ports_, *ports_, *ports_, *ports_, mib_, *ports_, *ports_});
    }
}

SimNode::~SimNode() = default;

bool SimNode::is_local(const IpAddress& address) const {
    return std::ranges::find(addresses_, address) != addresses_.end() || address.is_loopback();
}

void SimNode::set_primary(const IpAddress& address) {
    network_.owners_[address] = index_;
    addresses_.insert(addresses_.begin(), address);
}

void SimNode::drain() {
    while (node_ != nullptr && node_->has_queued()) {
        node_->step();
    }
}

// ---- clients

SimClient& SimNode::connect_client() {
    const auto id = static_cast<node::ClientId>(next_client_++);
    auto client = std::make_unique<SimClient>();
    client->id = id;
    return *clients_.emplace(id, std::move(client)).first->second;
}

void SimNode::hang_up(const SimClient& client) {
    const node::ClientId id = client.id;
    clients_.erase(id);
    node_->client_closed(id);
    drain();
}

void SimNode::send_octets(const SimClient& client, ConstBytes frame) {
    node_->client_frame(client.id, frame);
    drain();
}

void SimNode::send_frame(const SimClient& client, const wire::Frame& frame) {
    send_octets(client, wire::to_wire(frame));
}

void SimNode::inject(const SimClient& client, const isa::Packet& program, const IpAddress& destination,
                     std::uint16_t bound) {
    send_frame(
        client,
        wire::Inject{
            .tag = 1, .flags = 0, .bound = bound, .destination = destination, .packet = program.to_wire()});
}

SimRemote& SimNode::open_remote(std::uint16_t port) {
    auto remote = std::make_unique<SimRemote>();
    remote->endpoint = {primary(), port};
    return *(remotes_[port] = std::move(remote));
}

void SimNode::send_udp(const SimRemote& from, const IpAddress& to, ConstBytes payload) {
    static_cast<void>(send({.source = from.endpoint.address,
                            .destination = to,
                            .ttl = 64,
                            .router_alert = false,
                            .udp_source = from.endpoint.port,
                            .udp_destination = isa::kDefaultUdpPort,
                            .payload = {payload.begin(), payload.end()}}));
}

// ---- packets

bool SimNode::send(WirePacket packet) {
    const auto* const link = network_.next_link(index_, packet.destination);
    if (link == nullptr || packet.ip_size() > link->options.mtu) {
        return false;
    }
    if (packet.source.is_unspecified()) {
        packet.source = link->addresses.at(link->nodes[0] == index_ ? 0 : 1);
    }
    network_.put_on(*link, index_, packet);
    return true;
}

void SimNode::arrive(std::uint32_t if_index, WirePacket packet) {
    const bool is_for_us = is_local(packet.destination);
    if (is_for_us || (packet.router_alert && runs_splash())) {
        take(if_index, packet);
    } else {
        forward(if_index, packet);
    }
    drain();
}

void SimNode::take(std::uint32_t if_index, const WirePacket& packet) {
    if (packet.udp_source) {
        if (const auto remote = remotes_.find(packet.udp_destination); remote != remotes_.end()) {
            const auto parsed = isa::Packet::from_wire(packet.payload);
            SPLASH_ASSERT(std::holds_alternative<isa::Packet>(parsed),
                          "a node answers with well-formed packets only");
            remote->second->answers.push_back(std::get<isa::Packet>(parsed));
            return;
        }
    }
    if (!runs_splash()) {
        tell_source(packet, wire::IcmpError::Kind::ProtocolUnreachable, packet.destination);
        return;
    }
    node::Buffer buffer = node_->take_buffer();
    const std::size_t header = packet.ip_size() - packet.payload.size();
    if (header + packet.payload.size() > buffer.storage().size()) {
        return;  // a carrier reads no more than a buffer holds
    }
    buffer.place(header, packet.payload.size());
    std::ranges::copy(packet.payload, buffer.packet().begin());
    node::Arrival arrival{
        .if_index = if_index, .source = packet.source, .destination = packet.destination, .udp_from = {}};
    if (packet.udp_source) {
        arrival.udp_from = Endpoint{packet.source, *packet.udp_source};
    }
    node_->receive(arrival, std::move(buffer));
}

void SimNode::forward(std::uint32_t if_index, const WirePacket& packet) {
    const IpAddress reporter = if_index == 0 ? primary() : interfaces_[if_index - 1].address;
    if (packet.ttl <= 1) {
        tell_source(packet, wire::IcmpError::Kind::TimeExceeded, reporter);
        return;
    }
    const auto* const link = network_.next_link(index_, packet.destination);
    if (link == nullptr) {
        tell_source(packet, wire::IcmpError::Kind::Unreachable, reporter);
    } else if (packet.ip_size() > link->options.mtu) {
        tell_source(packet, wire::IcmpError::Kind::TooBig, reporter);
    } else {
        WirePacket next = packet;
        --next.ttl;
        network_.put_on(*link, index_, next);
    }
}

void SimNode::tell_source(const WirePacket& about, wire::IcmpError::Kind kind, const IpAddress& reporter) {
    const std::size_t source = network_.owner_of(about.source);
    if (source == SimNetwork::kNowhere || !network_.nodes_[source]->runs_splash()) {
        return;
    }
    SimNode* const node = network_.nodes_[source].get();
    network_.schedule(std::chrono::milliseconds(1), [node, about, kind, reporter] {
        node->node_->receive_icmp({kind, reporter, about.source, about.destination, about.payload});
        node->drain();
    });
}

}  // namespace splash::simnet
