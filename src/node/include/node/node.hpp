// One node as an event machine: packets, client frames, ICMP errors and the passing of time go in;
// packets, deliveries and service calls come out through node/ports.hpp. splashd, the tests and the
// simulator drive this same object. One thread; no call blocks.
//
// What the driver does, in a loop:
//   packet arrived      b = take_buffer(); read into b.storage(); b.place(...); receive(arrival, b)
//   frame from client   client_frame(id, frame); client_closed(id) when it hangs up
//   ICMP error          receive_icmp(error)
//   after each of them  while (has_queued()) step()        packets this node sent to itself
//   at next_deadline()  expire()                           parked packets, remembered clients
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "node/buffer.hpp"
#include "node/config.hpp"
#include "node/ports.hpp"
#include "node/service.hpp"
#include "node/statistics.hpp"
#include "wire/icmp_error.hpp"

namespace splash::node {

/// What a carrier knows about a packet besides its octets.
struct Arrival {
    std::uint32_t if_index = 0;        ///< by which it came, 0 for local
    IpAddress source;                  ///< IP source
    IpAddress destination;             ///< IP destination
    std::optional<Endpoint> udp_from;  ///< set if it came by UDP
    bool is_cut = false;               ///< more came than the buffer holds
};

class Node {
public:
    Node(Config config, const Ports& ports);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    [[nodiscard]] Buffer take_buffer();
    /// A packet arrived by a carrier. Its buffer holds the SNAP packet (Buffer::place).
    void receive(const Arrival& arrival, Buffer packet);
    void receive_icmp(const wire::IcmpError& error);
    void client_frame(ClientId client, ConstBytes frame);
    void client_closed(ClientId client);

    /// Packets this node sent to itself wait; they run behind what else has arrived.
    [[nodiscard]] bool has_queued() const;
    void step();

    /// When expire() wants to be called next; nullopt: not before something else happens.
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    void expire();

    [[nodiscard]] const Counters& counters() const { return statistics().totals; }
    [[nodiscard]] const Statistics& statistics() const;
    [[nodiscard]] Gauges gauges() const;
    [[nodiscard]] Facts facts() const;
    /// Replaces the settings; what is parked or outstanding goes on under the new ones.
    void reconfigure(Config config);
    /// Offers a plug-in's services beside the node's own: all of the set or, refused, none. It must outlive
    /// the node.
    /// @error AlreadyExists, BadInput  as the service named.
    Result<> add_services(ServiceSet& set);

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace splash::node
