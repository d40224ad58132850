// A network of nodes in one process and in virtual time, for tests and simulations: the very Node that
// splashd runs, over ports made of memory.
//
// Nodes are joined by point-to-point links of two addresses each (10.0.0.0/14 in steps of 4); every node also
// has an address of its own (10.255.x.y), its primary one. Routes are the shortest paths over links that are
// up, first link first. Packets go hop by hop as IP would carry them: a plain router decrements the TTL and
// forwards, a Splash node takes packets with Router Alert off the path, ICMP errors go back to the IP source.
//
// Nothing happens by itself: run_for() and settle() execute events in the order of their times; events of one
// time in the order they were made. The same seed and calls give the same run. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "node/node.hpp"
#include "simnet/sim_node.hpp"

namespace splash::simnet {

using node::Instant;

struct LinkOptions {
    std::chrono::microseconds latency{1000};
    std::uint32_t mtu = 1500;  ///< octets, of both directions
    double loss = 0;           ///< probability that a packet does not arrive
    double duplication = 0;    ///< probability that one that arrives does so twice
};

class SimNetwork {
public:
    explicit SimNetwork(std::uint64_t seed = 1);
    ~SimNetwork();
    SimNetwork(const SimNetwork&) = delete;
    SimNetwork& operator=(const SimNetwork&) = delete;

    /// A node that runs Splash; `config` is open_config() unless a test wants another.
    SimNode& add_node(const std::string& name, node::Config config);
    SimNode& add_node(const std::string& name);
    /// A router or host without Splash.
    SimNode& add_plain(const std::string& name);
    void connect(SimNode& a, SimNode& b, const LinkOptions& options = {});
    /// Takes the link between two nodes up or down; routes follow at once.
    void set_link(const SimNode& a, const SimNode& b, bool is_up);

    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] SimNode& at(std::size_t index) { return *nodes_.at(index); }

    /// Executes everything due within `duration`, deadlines of nodes included; then that much time has
    /// passed.
    void run_for(std::chrono::microseconds duration);
    /// Runs until no packet and no answer is on its way. Deadlines beyond that stay.
    void settle();

    [[nodiscard]] Instant now() const { return now_; }
    /// Of all nodes together.
    [[nodiscard]] std::uint64_t executions() const;
    /// Packets put on a link, those that were lost there included.
    [[nodiscard]] std::uint64_t transmissions() const { return transmissions_; }
    /// Called with every packet put on a link.
    void watch(std::function<void(ConstBytes)> watcher) { watcher_ = std::move(watcher); }

    /// Who admits everything from 10.0.0.0/8, and limits no reports.
    [[nodiscard]] static node::Config open_config(const std::string& name);

private:
    friend class SimNode;

    struct Link {
        std::array<std::size_t, 2> nodes{};
        std::array<std::uint32_t, 2> if_indexes{};
        std::array<IpAddress, 2> addresses;
        LinkOptions options;
        bool is_up = true;
    };
    struct Event {
        Instant at;
        std::uint64_t serial = 0;
        std::function<void()> happen;
        bool operator<(const Event& other) const {  // the queue's top is its greatest
            return at != other.at ? at > other.at : serial > other.serial;
        }
    };
    static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

    SimNode& add(std::unique_ptr<SimNode> node);
    void schedule(std::chrono::microseconds delay, std::function<void()> happen);
    [[nodiscard]] std::size_t owner_of(const IpAddress& address) const;
    /// The link a packet from a node to an address takes; nullptr if there is none.
    [[nodiscard]] const Link* next_link(std::size_t from, const IpAddress& to);
    void compute_routes();
    /// Puts a packet on a link at the end that belongs to `from`.
    void put_on(const Link& link, std::size_t from, const WirePacket& packet);
    void step(Instant until);

    Instant now_{std::chrono::hours(1)};
    std::uint64_t next_serial_ = 0;
    std::priority_queue<Event> events_;
    std::vector<std::unique_ptr<SimNode>> nodes_;
    std::vector<Link> links_;
    std::map<IpAddress, std::size_t> owners_;
    std::vector<std::vector<std::size_t>> next_links_;  ///< [from][to] → link, kNowhere
    bool routes_are_known_ = false;
    std::mt19937_64 random_;
    std::uint64_t transmissions_ = 0;
    std::function<void(ConstBytes)> watcher_;
};

// Shapes. Nodes are called `prefix` and a number from 0, and run Splash with open_config().
void make_line(SimNetwork& network, std::size_t nodes, const LinkOptions& options = {});
void make_ring(SimNetwork& network, std::size_t nodes, const LinkOptions& options = {});
/// Hexagons like a brick wall: rows of `columns` nodes, every second one joined to the row below.
void make_honeycomb(SimNetwork& network, std::size_t columns, std::size_t rows,
                    const LinkOptions& options = {});

}  // namespace splash::simnet
