#include "simnet/sim_network.hpp"

#include <algorithm>
#include <deque>

#include "base/assert.hpp"

namespace splash::simnet {

SimNetwork::SimNetwork(std::uint64_t seed) : random_(seed) {}
SimNetwork::~SimNetwork() = default;

node::Config SimNetwork::open_config(const std::string& name) {
    node::Config config;
    config.name = name;
    const Prefix everyone{IpAddress::v4(0x0a000000U), 8};
    config.allow.push_back({.prefix = everyone,
                            .rights = {.read = true, .write = true, .send = true, .configure = true},
                            .snmp_user = "lab",
                            .bound = 0xffff});
    config.domain.push_back(everyone);
    config.local_user = "local";
    config.max_bound = 0xffff;
    config.reports_per_second = 1e9;
    config.reports_per_prefix = 1e9;
    return config;
}

SimNode& SimNetwork::add(std::unique_ptr<SimNode> node) {
    owners_[node->primary()] = nodes_.size();
    nodes_.push_back(std::move(node));
    routes_are_known_ = false;
    return *nodes_.back();
}

SimNode& SimNetwork::add_node(const std::string& name, node::Config config) {
    return add(std::make_unique<SimNode>(*this, nodes_.size(), name, std::move(config)));
}

SimNode& SimNetwork::add_node(const std::string& name) {
    return add_node(name, open_config(name));
}

SimNode& SimNetwork::add_plain(const std::string& name) {
    return add(std::make_unique<SimNode>(*this, nodes_.size(), name, std::nullopt));
}

void SimNetwork::connect(SimNode& a, SimNode& b, const LinkOptions& options) {
    Link link;
    link.options = options;
    link.nodes = {a.index_, b.index_};
    const auto base = 0x0a000000U + static_cast<std::uint32_t>(links_.size()) * 4U;
    link.addresses = {IpAddress::v4(base + 1), IpAddress::v4(base + 2)};
    for (std::size_t end = 0; end < 2; ++end) {
        SimNode& node = end == 0 ? a : b;
        node.interfaces_.push_back({links_.size(), link.addresses.at(end), link.addresses.at(1 - end)});
        node.addresses_.push_back(link.addresses.at(end));
        link.if_indexes.at(end) = static_cast<std::uint32_t>(node.interfaces_.size());
        owners_[link.addresses.at(end)] = node.index_;
    }
    links_.push_back(link);
    routes_are_known_ = false;
}

void SimNetwork::set_link(const SimNode& a, const SimNode& b, bool is_up) {
    bool is_found = false;
    for (Link& link : links_) {
        const bool joins = (link.nodes[0] == a.index_ && link.nodes[1] == b.index_) ||
                           (link.nodes[0] == b.index_ && link.nodes[1] == a.index_);
        if (joins) {
            link.is_up = is_up;
            is_found = true;
        }
    }
    SPLASH_ASSERT(is_found, "there is no link between these nodes");
    routes_are_known_ = false;
}

std::size_t SimNetwork::owner_of(const IpAddress& address) const {
    const auto found = owners_.find(address);
    return found == owners_.end() ? kNowhere : found->second;
}

void SimNetwork::compute_routes() {
    next_links_.assign(nodes_.size(), std::vector<std::size_t>(nodes_.size(), kNowhere));
    for (std::size_t to = 0; to < nodes_.size(); ++to) {
        std::deque<std::size_t> frontier{to};
        std::vector<bool> is_reached(nodes_.size());
        is_reached[to] = true;
        while (!frontier.empty()) {
            const std::size_t here = frontier.front();
            frontier.pop_front();
            for (const SimNode::Interface& interface : nodes_[here]->interfaces_) {
                const Link& link = links_[interface.link];
                const std::size_t other = link.nodes[0] == here ? link.nodes[1] : link.nodes[0];
                if (link.is_up && !is_reached[other]) {
                    is_reached[other] = true;
                    next_links_[other][to] = interface.link;
                    frontier.push_back(other);
                }
            }
        }
    }
    routes_are_known_ = true;
}

const SimNetwork::Link* SimNetwork::next_link(std::size_t from, const IpAddress& to) {
    const std::size_t owner = owner_of(to);
    if (owner == kNowhere) {
        return nullptr;
    }
    if (!routes_are_known_) {
        compute_routes();
    }
    const std::size_t link = next_links_[from][owner];
    return link == kNowhere ? nullptr : &links_[link];
}

void SimNetwork::put_on(const Link& link, std::size_t from, const WirePacket& packet) {
    ++transmissions_;
    if (watcher_) {
        watcher_(packet.payload);
    }
    if (std::uniform_real_distribution<double>(0, 1)(random_) < link.options.loss) {
        return;
    }
    const std::size_t end = link.nodes[0] == from ? 1 : 0;
    SimNode* const to = nodes_[link.nodes.at(end)].get();
    const bool comes_twice = link.options.duplication > 0 &&
                             std::uniform_real_distribution<double>(0, 1)(random_) < link.options.duplication;
    for (int copy = 0; copy < (comes_twice ? 2 : 1); ++copy) {
        // The second one later: what it asks for may be half done.
        schedule(link.options.latency * (1 + 9 * copy),
                 [to, if_index = link.if_indexes.at(end), packet] { to->arrive(if_index, packet); });
    }
}

// ---- time

void SimNetwork::schedule(std::chrono::microseconds delay, std::function<void()> happen) {
    events_.push({now_ + delay, next_serial_++, std::move(happen)});
}

/// Executes the next event or deadline if it is due by `until`; else time becomes `until`.
void SimNetwork::step(Instant until) {
    Instant next = events_.empty() ? until : std::min(events_.top().at, until);
    SimNode* expiring = nullptr;
    for (const auto& node : nodes_) {
        const auto deadline = node->runs_splash() ? node->node().next_deadline() : std::nullopt;
        if (deadline && *deadline <= next) {
            next = *deadline;
            expiring = node.get();
        }
    }
    now_ = std::max(now_, next);
    if (expiring != nullptr) {
        expiring->node().expire();
        expiring->drain();
    } else if (!events_.empty() && events_.top().at <= until) {
        const auto happen = events_.top().happen;
        events_.pop();
        happen();
    }
}

void SimNetwork::run_for(std::chrono::microseconds duration) {
    const Instant until = now_ + duration;
    const auto is_due = [&] {
        return (!events_.empty() && events_.top().at <= until) ||
               std::ranges::any_of(nodes_, [&](const auto& node) {
                   const auto deadline = node->runs_splash() ? node->node().next_deadline() : std::nullopt;
                   return deadline && *deadline <= until;
               });
    };
    while (is_due()) {
        step(until);
    }
    now_ = until;
}

void SimNetwork::settle() {
    while (!events_.empty()) {
        step(events_.top().at);
    }
}

std::uint64_t SimNetwork::executions() const {
    std::uint64_t sum = 0;
    for (const auto& node : nodes_) {
        sum += node->runs_splash() ? node->node().counters().executions : 0;
    }
    return sum;
}

// ---- shapes

void make_line(SimNetwork& network, std::size_t nodes, const LinkOptions& options) {
    for (std::size_t i = 0; i < nodes; ++i) {
        SimNode& node = network.add_node("n" + std::to_string(i));
        if (i > 0) {
            network.connect(network.at(i - 1), node, options);
        }
    }
}

void make_ring(SimNetwork& network, std::size_t nodes, const LinkOptions& options) {
    make_line(network, nodes, options);
    network.connect(network.at(nodes - 1), network.at(0), options);
}

void make_honeycomb(SimNetwork& network, std::size_t columns, std::size_t rows, const LinkOptions& options) {
    for (std::size_t y = 0; y < rows; ++y) {
        for (std::size_t x = 0; x < columns; ++x) {
            SimNode& node = network.add_node("n" + std::to_string(y * columns + x));
            if (x > 0) {
                network.connect(network.at(y * columns + x - 1), node, options);
            }
            if (y > 0 && (x + y) % 2 == 1) {
                network.connect(network.at((y - 1) * columns + x), node, options);
            }
        }
    }
}

}  // namespace splash::simnet
