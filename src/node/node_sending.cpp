// Routes, packets, deliveries and reports going out.
#include <algorithm>

#include "node_state.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"

namespace splash::node {

using isa::Exc;
using isa::Header;
using isa::Reason;

namespace {

/// Octets in front of a SNAP packet.
std::size_t overhead_of(Carriage carriage, const IpAddress& to) {
    constexpr std::size_t kUdpHeader = 8;
    switch (carriage) {
        case Carriage::Alert: return to.is_v6() ? wire::kIpv6HeaderWithAlert : wire::kIpv4HeaderWithAlert;
        case Carriage::Plain: return to.is_v6() ? wire::kIpv6Header : wire::kIpv4Header;
        case Carriage::Udp: return (to.is_v6() ? wire::kIpv6Header : wire::kIpv4Header) + kUdpHeader;
    }
    return 0;
}

}  // namespace

Offender offender_of(const Header& header, std::size_t size) {
    return {.origin = header.origin, .port = header.port, .request_id = header.request_id, .size = size};
}

// ---- sending

const Peer* Node::State::peer_at(const IpAddress& address) const {
    const auto found = std::ranges::find(config_.peers, address, &Peer::address);
    return found == config_.peers.end() ? nullptr : &*found;
}

vm::RouteAnswer Node::State::route(const Running& running, const IpAddress& to, vm::Travel travel) {
    Topology& topology = ports_.topology;
    if (to.is_unspecified() || is_to_many(to)) {
        return Exc::NoRoute;
    }
    if (travel == vm::Travel::Hop && !topology.is_neighbour(to)) {
        return Exc::NoRoute;
    }
    const Principal& who = *running.principal;
    const bool goes_home = to == running.execution->header().origin;
    if (who.is_homecoming && !goes_home) {
        return Exc::NotPermitted;
    }
    if (topology.is_local(to)) {
        if (who.is_homecoming) {
            return Exc::NotPermitted;  // it is home: what would it loop for?
        }
        return queued_.has_room(who.name, config_.max_queued) ? vm::RouteAnswer(vm::Way{config_.workspace})
                                                              : vm::RouteAnswer(Exc::QuotaUsedUp);
    }
    const Carriage carriage = carriage_to(to, travel);
    const auto way = topology.route(to);
    if (!way || !ports_.carriers.can_carry(carriage, to)) {
        return Exc::NoRoute;
    }
    if (!goes_home) {
        const bool is_near =
            topology.is_neighbour(to) ||
            std::ranges::any_of(config_.domain, [&](const Prefix& p) { return p.contains(to); });
        if (!who.rights.send || !(who.is_authenticated || is_near)) {
            return Exc::NotPermitted;
        }
    }
    const std::size_t overhead = overhead_of(carriage, to);
    return vm::Way{way->mtu > overhead ? way->mtu - overhead : 0};
}

Carriage Node::State::carriage_to(const IpAddress& to, vm::Travel travel) const {
    if (peer_at(to) != nullptr) {
        return Carriage::Udp;
    }
    return travel == vm::Travel::Plain ? Carriage::Plain : Carriage::Alert;
}

void Node::State::emit(const Running& running, const IpAddress& to, vm::Travel travel, ConstBytes packet) {
    if (ports_.topology.is_local(to)) {
        ++counters_.sent_to_self;
        Buffer buffer = take_buffer();
        buffer.place(Buffer::kHeadroom, packet.size());
        std::ranges::copy(packet, buffer.packet().begin());
        const Arrival arrival{.if_index = 0,
                              .source = ports_.topology.primary_address(to.version()),
                              .destination = to,
                              .udp_from = {}};
        queued_.take(running.principal->name);
        to_self_.push_back({std::move(buffer), arrival, running.principal});
        return;
    }
    const Carriage carriage = carriage_to(to, travel);
    const Peer* const peer = peer_at(to);
    const auto bound = load_be<std::uint16_t>(packet, isa::HeaderOffset::kBound);
    // A neighbour is at the other end of a link: a router in between that does not run Splash shall not pass
    // the packet on.
    const std::uint16_t reach = travel == vm::Travel::Hop ? 1 : std::min<std::uint16_t>(bound, 255);
    const auto ttl = static_cast<std::uint8_t>(carriage == Carriage::Alert ? reach : 64);
    if (transmit({.carriage = carriage,
                  .to = to,
                  .udp_port = peer != nullptr ? peer->port : std::uint16_t{0},
                  .ttl = ttl,
                  .packet = packet})) {
        ++running.principal->counters->sent;
        running.principal->counters->octets_sent += packet.size();
    }
}

bool Node::State::transmit(const Outgoing& out) {
    const bool is_taken = ports_.carriers.transmit(out);
    ++(is_taken ? counters_.sent : counters_.drop_carrier);
    counters_.octets_sent += is_taken ? out.packet.size() : 0;
    return is_taken;
}

/// To a remote client, by UDP.
bool Node::State::answer(const Endpoint& client, ConstBytes packet) {
    const bool is_taken = ports_.carriers.answer(client, packet);
    ++(is_taken ? counters_.sent : counters_.drop_carrier);
    counters_.octets_sent += is_taken ? packet.size() : 0;
    return is_taken;
}

void Node::State::deliver(const Header& about, std::uint16_t port, ConstBytes heap,
                          std::span<const isa::Word> words) {
    isa::Packet delivery;
    delivery.header.port = port;
    delivery.header.request_id = about.request_id;
    delivery.header.origin = ports_.topology.primary_address(about.origin.version());
    delivery.heap.assign(heap.begin(), heap.end());
    delivery.stack.assign(words.begin(), words.end());
    const Handing handing = hand_over({port, about.request_id}, delivery.to_wire());
    counters_.delivered += handing == Handing::Done ? 1U : 0U;
    counters_.drop_unbound_port += handing == Handing::NobodyThere ? 1U : 0U;
}

/// A report about a request that is outstanding here.
void Node::State::deliver_report(Requests::Key key, ConstBytes packet) {
    const Handing handing = hand_over(key, packet);
    counters_.reports_delivered += handing == Handing::Done ? 1U : 0U;
    counters_.drop_stray_report += handing == Handing::NobodyThere ? 1U : 0U;
}

/// Gives a delivery or report to the client it is for.
Handing Node::State::hand_over(Requests::Key key, ConstBytes packet) {
    const auto recipient = requests_.recipient(key);
    if (!recipient) {
        return Handing::NobodyThere;
    }
    if (const auto* client = std::get_if<ClientId>(&*recipient)) {
        wire::PacketFrame frame;
        frame.packet.assign(packet.begin(), packet.end());
        return ports_.clients.send(*client, wire::to_wire(frame)) ? Handing::Done : Handing::NobodyThere;
    }
    const auto& remote = std::get<RemoteClient>(*recipient);
    const Offender asker{.origin = ports_.topology.primary_address(remote.endpoint.address.version()),
                         .port = key.port,
                         .request_id = key.id};
    const auto no_more = make_terse_report(asker, isa::reason_from_exc(Exc::QuotaUsedUp));
    // Whoever forged the client's address shall not gain by it; whoever did not is told to ask with more.
    if (requests_.take_octets(key, packet.size(), no_more.size())) {
        return answer_remote(remote, packet) ? Handing::Done : Handing::CountedAsLost;
    }
    ++counters_.drop_quota;
    if (requests_.take_last(key, no_more.size())) {
        static_cast<void>(answer_remote(remote, no_more));
    }
    return Handing::CountedAsLost;
}

/// The answer to a remote request, under the port and id its client knows.
bool Node::State::answer_remote(const RemoteClient& client, ConstBytes packet) {
    std::vector<std::byte> restored(packet.begin(), packet.end());
    store_be<std::uint16_t>(restored, isa::HeaderOffset::kPort, client.port);
    store_be<std::uint16_t>(restored, isa::HeaderOffset::kRequestId, client.request_id);
    return answer(client.endpoint, restored);
}

void Node::State::refuse(const Offender& offender, Reason reason, bool is_admitted) {
    if (is_admitted || ports_.topology.is_local(offender.origin)) {
        const Finding finding{.reason = reason,
                              .index = 0,
                              .opcode = 0,
                              .instructions = 0,
                              .node = ports_.topology.primary_address(offender.origin.version())};
        report(offender, make_report(offender, finding, nullptr));
        return;
    }
    const auto terse = make_terse_report(offender, reason);
    // A stranger's origin is likely another's: no gain in octets, also if what speaks for an IPv6 origin came
    // by IPv4.
    const std::size_t dearer = offender.origin.is_v6() ? wire::kIpv6Header - wire::kIpv4Header : 0;
    if (terse.size() + dearer > offender.size) {
        ++counters_.reports_withheld;
        return;
    }
    report(offender, terse);
}

/// A remote client's request that got no port and id of ours: answered to where it came from.
void Node::State::refuse_remote(const Endpoint& client, const Offender& offender, Reason reason) {
    const auto terse = make_terse_report(offender, reason);
    if (terse.size() > offender.size || !limiter_.allow(client.address, ports_.clock.now())) {
        ++counters_.reports_withheld;
        return;
    }
    counters_.reports_sent += answer(client, terse) ? 1U : 0U;
}

/// A packet that came by a wide link, or grew by sending itself to itself, may go home by a narrow one: a
/// report of its size would not leave.
std::size_t Node::State::room_for_report(const IpAddress& origin) {
    if (ports_.topology.is_local(origin)) {
        return config_.workspace;
    }
    const auto way = ports_.topology.route(origin);
    const std::size_t overhead = overhead_of(carriage_to(origin, vm::Travel::Plain), origin);
    return way && way->mtu > overhead ? way->mtu - overhead : 0;
}

void Node::State::report(const Offender& offender, ConstBytes packet) {
    const IpAddress& to = offender.origin;
    if (to.is_unspecified() || is_to_many(to)) {
        ++counters_.reports_withheld;
        return;
    }
    if (ports_.topology.is_local(to)) {
        const Requests::Key key{offender.port, offender.request_id};
        if (requests_.is_outstanding(key)) {
            deliver_report(key, packet);
        } else {
            ++counters_.drop_stray_report;
        }
        return;
    }
    if (!limiter_.allow(to, ports_.clock.now()) || !ports_.topology.route(to)) {
        ++counters_.reports_withheld;
        return;
    }
    const Peer* const peer = peer_at(to);
    const bool is_taken = transmit({.carriage = carriage_to(to, vm::Travel::Plain),
                                    .to = to,
                                    .udp_port = peer != nullptr ? peer->port : std::uint16_t{0},
                                    .ttl = 64,
                                    .packet = packet});
    counters_.reports_sent += is_taken ? 1U : 0U;
}

}  // namespace splash::node
