#include "node_runtime.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "control/metrics_server.hpp"
#include "control/metrics_text.hpp"
#include "linux/clock.hpp"
#include "linux/host.hpp"
#include "linux/kernel_network.hpp"
#include "linux/kernel_topology.hpp"
#include "linux/raw_carrier.hpp"
#include "linux/raw_ipv6_carrier.hpp"
#include "linux/udp_carrier.hpp"
#include "linux/unix_server.hpp"
#include "node/node.hpp"
#include "paced_mib.hpp"
#include "plugins/plug_ins.hpp"
#include "snmp/mib.hpp"
#include "snmp/remote_agents.hpp"
#include "snmp/splash_mib.hpp"

namespace splash::splashd {
namespace {

/// Packets a node sent itself that run in one turn before the sockets are looked at again.
constexpr int kSelfPacketsPerTurn = 64;

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

/// The sockets a node has open.
struct OpenCarriers {
    std::optional<linux::RawCarrier> raw;
    std::optional<linux::RawIpv6Carrier> raw_ipv6;
    std::optional<linux::UdpCarrier> udp;

    [[nodiscard]] bool has_backlog() const {
        return (raw && raw->has_backlog()) || (raw_ipv6 && raw_ipv6->has_backlog()) ||
               (udp && udp->has_backlog());
    }
    void flush() {
        if (raw) {
            raw->flush();
        }
        if (raw_ipv6) {
            raw_ipv6->flush();
        }
        if (udp) {
            udp->flush();
        }
    }
};

/// The node's carriers: what it sends goes to a raw or the UDP socket.
class CarrierPort final : public node::Carriers {
public:
    explicit CarrierPort(OpenCarriers& open) : open_(open) {}

    bool can_carry(node::Carriage carriage, const IpAddress& to) override {
        if (carriage == node::Carriage::Udp) {
            return open_.udp && open_.udp->carries(to.version());
        }
        return to.is_v6() ? open_.raw_ipv6.has_value() : open_.raw.has_value();
    }
    bool transmit(const node::Outgoing& out) override {
        if (out.carriage == node::Carriage::Udp) {
            return open_.udp && open_.udp->queue({out.to, out.udp_port}, out.packet);
        }
        return out.to.is_v6() ? open_.raw_ipv6 && open_.raw_ipv6->queue(out)
                              : open_.raw && open_.raw->queue(out);
    }
    bool answer(const Endpoint& client, ConstBytes packet) override {
        return open_.udp && open_.udp->queue(client, packet);
    }

private:
    OpenCarriers& open_;
};

/// Opens what the settings want. Without IPv6 in the kernel a node does what can be done by IPv4.
Result<OpenCarriers> open_carriers(const Settings& settings, node::Log& log) {
    OpenCarriers open;
    const bool by_ipv6 = linux::has_ipv6();
    if (!by_ipv6 && (settings.raw || settings.udp)) {
        log.write(node::Log::Level::Warning, "the kernel has no IPv6: programs travel by IPv4 only");
    }
    if (settings.raw) {
        auto raw = linux::RawCarrier::open(settings.protocol, log);
        if (!raw) {
            return Failure(raw.error());
        }
        open.raw = *std::move(raw);
    }
    if (settings.raw && by_ipv6) {
        auto raw = linux::RawIpv6Carrier::open(settings.protocol, log);
        if (raw) {
            open.raw_ipv6 = *std::move(raw);
        } else if (raw.error().code == Errc::Unsupported) {
            log.write(node::Log::Level::Warning, "programs travel by IPv4 only: " + raw.error().detail);
        } else {
            return Failure(raw.error());
        }
    }
    if (settings.udp) {
        std::vector<Endpoint> addresses{{IpAddress::unspecified(IpVersion::V4), settings.udp_port}};
        if (by_ipv6) {
            addresses.push_back({IpAddress::unspecified(IpVersion::V6), settings.udp_port});
        }
        auto udp = linux::UdpCarrier::open(addresses, log);
        if (!udp) {
            return Failure(udp.error());
        }
        open.udp = *std::move(udp);
    }
    return open;
}

class ClientPort final : public node::Clients {
public:
    explicit ClientPort(linux::UnixServer& server) : server_(server) {}
    bool send(node::ClientId client, ConstBytes frame) override { return server_.send(client, frame); }

private:
    linux::UnixServer& server_;
};

node::Config node_config(const Settings& settings) {
    node::Config config = settings.node;
    if (config.name.empty()) {
        config.name = host_name();
    }
    return config;
}

}  // namespace

class NodeRuntime::State {
public:
    State(const Settings& settings, std::unique_ptr<linux::SystemClock> clock,
          std::unique_ptr<snmp::InProcessMib> mib, std::unique_ptr<snmp::RemoteAgents> agents,
          std::unique_ptr<linux::KernelTopology> topology, std::unique_ptr<linux::KernelNetwork> network,
          OpenCarriers carriers, linux::UnixServer server, node::Log& log)
        : clock_(std::move(clock)),
          agent_mib_(std::move(mib)),
          mib_(*agent_mib_, *clock_, settings.node.park_timeout),
          agents_(std::move(agents)),
          topology_(std::move(topology)),
          network_(std::move(network)),
          open_(std::move(carriers)),
          server_(std::move(server)),
          carriers_(open_),
          clients_(server_),
          log_(log),
          service_settings_(settings.services),
          patience_(settings.node.park_timeout),
          node_(node_config(settings),
                node::Ports{*clock_, *topology_, *network_, carriers_, clients_, mib_, *agents_, log}) {}

    Result<> listen_for_prometheus(const Endpoint& at) {
        auto listening = control::MetricsServer::listen(at);
        if (!listening) {
            return tl::unexpected(listening.error());
        }
        metrics_ = std::move(*listening);
        return {};
    }

    Result<> show_by_snmp(snmp::Agent& agent) {
        auto shown = snmp::SplashMib::open(agent, node_);
        if (!shown) {
            return tl::unexpected(shown.error());
        }
        shown_by_snmp_ = std::move(*shown);
        return {};
    }

    Result<> join(linux::EventLoop& loop) {
        server_.hold();
        const linux::TakeBuffer take = [this] { return node_.take_buffer(); };
        const linux::OnPacket receive = [this](const node::Arrival& arrival, node::Buffer buffer) {
            node_.receive(arrival, std::move(buffer));
        };
        Result<> joined = loop.watch(topology_->monitor_fd(), [this] { topology_->refresh(); });
        const auto watch = [&joined, &loop](int fd, linux::EventLoop::Callback callback) {
            if (joined) {
                joined = loop.watch(fd, std::move(callback));
            }
        };
        const auto receive_icmp = [this](const wire::IcmpError& error) { node_.receive_icmp(error); };
        if (open_.raw) {
            watch(open_.raw->fd(), [this, take, receive] { open_.raw->read(take, receive); });
            watch(open_.raw->icmp_fd(), [this, receive_icmp] { open_.raw->read_icmp(receive_icmp); });
        }
        if (open_.raw_ipv6) {
            for (const int fd : open_.raw_ipv6->fds()) {
                watch(fd, [this, take, receive] { open_.raw_ipv6->read(take, receive); });
            }
            watch(open_.raw_ipv6->icmp_fd(),
                  [this, receive_icmp] { open_.raw_ipv6->read_icmp(receive_icmp); });
        }
        if (open_.udp) {
            for (const int fd : open_.udp->fds()) {
                watch(fd, [this, take, receive] { open_.udp->read(take, receive); });
            }
        }
        watch(server_.fd(), [this] {
            server_.service(
                [this](node::ClientId client, ConstBytes frame) { node_.client_frame(client, frame); },
                [this](node::ClientId client) { node_.client_closed(client); });
        });
        watch(agents_->poll_fd(), [this] { agents_->service(); });
        load_plug_ins();
        if (const auto fd = plug_ins_->poll_fd()) {
            watch(*fd, [this] { plug_ins_->take_answers(); });
        }
        if (metrics_ && joined) {
            joined = metrics_->start(
                [this] { return control::metrics_text(node_.facts(), node_.gauges(), node_.statistics()); });
            if (joined) {
                watch(metrics_->poll_fd(), [this] { metrics_->service(); });
            }
        }
        return joined;
    }

    [[nodiscard]] std::optional<node::Instant> next_deadline() const {
        if (node_.has_queued() || mib_.has_waiting()) {
            return node::Instant::min();
        }
        auto next = node_.next_deadline();
        if (open_.has_backlog()) {
            const node::Instant soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
            next = next ? std::min(*next, soon) : soon;
        }
        for (const auto& other :
             {agents_->next_deadline(), metrics_ ? metrics_->next_deadline() : std::nullopt}) {
            if (other && (!next || *other < *next)) {
                next = other;
            }
        }
        return next;
    }

    bool finish_turn() {
        mib_.begin_turn();
        if (const auto due = agents_->next_deadline(); due && *due <= std::chrono::steady_clock::now()) {
            agents_->service();
        }
        node_.expire();
        if (metrics_) {
            const auto due = metrics_->next_deadline();
            if (due && *due <= std::chrono::steady_clock::now()) {
                metrics_->service();
            }
        }
        for (int i = 0; i < kSelfPacketsPerTurn && node_.has_queued(); ++i) {
            node_.step();
        }
        open_.flush();
        server_.release();
        server_.hold();  // what the next turn's events have to say waits for its end
        return mib_.was_used();
    }

    void reconfigure(const Settings& settings) {
        node_.reconfigure(node_config(settings));
        mib_.set_patience(settings.node.park_timeout);
        if (plug_ins_) {
            plug_ins_->set_patience(settings.node.park_timeout);
        }
    }

    [[nodiscard]] bool close() { return !plug_ins_ || plug_ins_->close(); }

private:
    void load_plug_ins() {
        plug_ins_ = plugins::PlugIns::load(
            service_settings_, {.log = log_,
                                .offer = [this](node::ServiceSet& set) { return node_.add_services(set); },
                                .patience = patience_});
    }

    std::unique_ptr<linux::SystemClock> clock_;
    std::unique_ptr<snmp::InProcessMib> agent_mib_;
    PacedMib mib_;
    std::unique_ptr<snmp::RemoteAgents> agents_;
    std::unique_ptr<linux::KernelTopology> topology_;
    std::unique_ptr<linux::KernelNetwork> network_;
    OpenCarriers open_;
    linux::UnixServer server_;
    CarrierPort carriers_;
    ClientPort clients_;
    node::Log& log_;
    plugins::Settings service_settings_;
    std::chrono::milliseconds patience_;
    std::unique_ptr<plugins::PlugIns> plug_ins_;  ///< from join() on; the node refers to what they offer
    node::Node node_;
    std::unique_ptr<snmp::SplashMib> shown_by_snmp_;
    std::optional<control::MetricsServer> metrics_;
};

NodeRuntime::NodeRuntime(std::unique_ptr<State> state) : state_(std::move(state)) {}
NodeRuntime::~NodeRuntime() = default;

Result<std::unique_ptr<NodeRuntime>> NodeRuntime::open(const Settings& settings, snmp::Agent& agent,
                                                       node::Log& log) {
    auto mib = snmp::InProcessMib::open(agent);
    if (!mib) {
        return tl::unexpected(mib.error());
    }
    auto agents = snmp::RemoteAgents::open(agent);
    if (!agents) {
        return tl::unexpected(agents.error());
    }
    auto clock = std::make_unique<linux::SystemClock>();
    auto topology = linux::KernelTopology::open(settings.addresses, *clock);
    if (!topology) {
        return tl::unexpected(topology.error());
    }
    auto network = linux::KernelNetwork::open();
    if (!network) {
        return tl::unexpected(network.error());
    }
    auto carriers = open_carriers(settings, log);
    if (!carriers) {
        return tl::unexpected(carriers.error());
    }
    linux::UnixServerOptions socket;
    socket.path = settings.socket;
    if (!settings.socket_group.empty()) {
        socket.group = settings.socket_group;
    }
    const std::filesystem::path directory = std::filesystem::path(socket.path).parent_path();
    std::error_code unseen;
    const bool is_new = !directory.empty() && !std::filesystem::exists(directory, unseen);
    auto server = linux::UnixServer::open(socket);
    if (!server) {
        return tl::unexpected(server.error());
    }
    if (is_new) {
        log.write(node::Log::Level::Info, "made the directory " + directory.string() + " for the socket");
    }
    auto state = std::make_unique<State>(settings, std::move(clock), std::move(*mib), std::move(*agents),
                                         std::move(*topology), std::move(*network), *std::move(carriers),
                                         std::move(*server), log);
    if (settings.metrics) {
        if (auto listening = state->listen_for_prometheus(*settings.metrics); !listening) {
            return tl::unexpected(listening.error());
        }
    }
    if (auto shown = state->show_by_snmp(agent); !shown) {
        return tl::unexpected(shown.error());
    }
    return std::unique_ptr<NodeRuntime>(new NodeRuntime(std::move(state)));
}

Result<> NodeRuntime::join(linux::EventLoop& loop) {
    return state_->join(loop);
}
std::optional<node::Instant> NodeRuntime::next_deadline() const {
    return state_->next_deadline();
}
bool NodeRuntime::finish_turn() {
    return state_->finish_turn();
}
bool NodeRuntime::close() {
    return state_->close();
}
void NodeRuntime::reconfigure(const Settings& settings) {
    state_->reconfigure(settings);
}

}  // namespace splash::splashd
