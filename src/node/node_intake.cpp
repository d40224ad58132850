// Packets, ICMP errors and client frames coming in: checked, admitted, given a principal.
#include <algorithm>

#include "node_state.hpp"

namespace splash::node {

using isa::Exc;
using isa::Header;
using isa::HeaderFault;
using isa::Reason;

namespace {

std::uint64_t& counter_of(Counters& counters, HeaderFault fault) {
    switch (fault) {
        case HeaderFault::Truncated: return counters.drop_truncated;
        case HeaderFault::Version: return counters.drop_version;
        case HeaderFault::Flags: return counters.drop_flags;
        case HeaderFault::Lengths: return counters.drop_lengths;
        case HeaderFault::Entry: return counters.drop_entry;
    }
    return counters.drop_lengths;
}

/// Whom to tell about a packet whose header could not be taken: its fields as far as they are there.
std::optional<Offender> offender_in(ConstBytes packet) {
    if (packet.size() < isa::kHeaderSize4) {
        return std::nullopt;
    }
    const auto flags = std::to_integer<std::uint8_t>(packet[isa::HeaderOffset::kFlags]);
    const bool v6 = (flags & isa::Flags::kIpv6Origin) != 0;
    if ((flags & isa::Flags::kReport) != 0 || (v6 && packet.size() < isa::kHeaderSize6)) {
        return std::nullopt;
    }
    return Offender{
        .origin = *IpAddress::from_octets(packet.subspan(isa::HeaderOffset::kOrigin, v6 ? 16 : 4)),
        .port = load_be<std::uint16_t>(packet, isa::HeaderOffset::kPort),
        .request_id = load_be<std::uint16_t>(packet, isa::HeaderOffset::kRequestId),
        .size = packet.size()};
}

/// How long the packet is that a remote client's datagram begins with: behind it there may be octets 0, so
/// that more may be answered. As long as the datagram if it is anything else.
std::size_t size_without_padding(ConstBytes datagram) {
    using isa::HeaderOffset;
    if (datagram.size() < isa::kHeaderSize4) {
        return datagram.size();
    }
    const auto flags = std::to_integer<std::uint8_t>(datagram[HeaderOffset::kFlags]);
    std::size_t size = (flags & isa::Flags::kIpv6Origin) != 0 ? isa::kHeaderSize6 : isa::kHeaderSize4;
    const auto is_zero = [](std::byte b) { return b == std::byte{0}; };
    if (datagram.size() < size ||
        !std::ranges::all_of(datagram.subspan(HeaderOffset::kOrigin, size - HeaderOffset::kOrigin),
                             is_zero)) {
        return datagram.size();
    }
    for (const std::size_t at :
         {HeaderOffset::kCodeSize, HeaderOffset::kHeapSize, HeaderOffset::kStackSize}) {
        size += load_be<std::uint16_t>(datagram, at);
    }
    const bool is_padded = size < datagram.size() && std::ranges::all_of(datagram.subspan(size), is_zero);
    return is_padded ? size : datagram.size();
}

}  // namespace

// ---- taking packets in

void Node::State::receive(const Arrival& arrival, Buffer buffer) {
    const std::size_t datagram = buffer.packet().size();
    if (arrival.udp_from) {
        buffer.shorten(size_without_padding(buffer.packet()));
    }
    const ConstBytes packet = buffer.packet();
    ++counters_.received;
    counters_.octets_received += datagram;
    if (is_to_many(arrival.destination)) {
        // Each of many nodes would execute or report it.
        ++counters_.drop_to_many;
        pool_.give(std::move(buffer));
        return;
    }
    if (arrival.is_cut) {
        ++counters_.drop_too_large;
        refuse_unread(arrival, packet, Reason::Workspace);
        pool_.give(std::move(buffer));
        return;
    }
    const auto parsed = isa::parse_header(packet);
    if (const auto* fault = std::get_if<HeaderFault>(&parsed)) {
        ++counter_of(counters_, *fault);
        refuse_unread(arrival, packet, *fault == HeaderFault::Entry ? Reason::BadEntry : Reason::BadHeader);
        pool_.give(std::move(buffer));
        return;
    }
    Header header = std::get<Header>(parsed);
    if (header.is_report()) {
        take_report(header, packet);
        pool_.give(std::move(buffer));
        return;
    }
    if (header.code_size == 0) {
        ++counters_.drop_entry;  // a delivery, sent to a node: nothing to execute
        pool_.give(std::move(buffer));
        return;
    }
    if (packet.size() > config_.workspace) {
        ++counters_.drop_too_large;
        refuse(offender_of(header, packet.size()), Reason::Workspace, false);
        pool_.give(std::move(buffer));
        return;
    }
    if (arrival.udp_from && header.origin.is_unspecified()) {
        take_remote_request(arrival, std::move(buffer), header, datagram);
        return;
    }
    const PrincipalPtr principal = admit(arrival, header);
    if (!principal) {
        ++counters_.drop_not_admitted;
        refuse(offender_of(header, packet.size()), Reason::NotAdmitted, false);
        pool_.give(std::move(buffer));
        return;
    }
    take(std::move(buffer), header, arrival, principal, datagram);
}

bool Node::State::is_to_many(const IpAddress& address) {
    return address.is_multicast() || address.is_broadcast() || ports_.topology.is_broadcast(address);
}

/// About a packet that could not be read as a whole, as far as it tells whom to answer.
void Node::State::refuse_unread(const Arrival& arrival, ConstBytes packet, Reason reason) {
    const auto offender = offender_in(packet);
    if (offender && arrival.udp_from && offender->origin.is_unspecified()) {
        refuse_remote(*arrival.udp_from, *offender, reason);
    } else if (offender) {
        refuse(*offender, reason, false);
    }
}

/// A program straight from a client elsewhere: this node becomes its origin.
void Node::State::take_remote_request(const Arrival& arrival, Buffer buffer, Header header,
                                      std::size_t datagram) {
    const RemoteClient client{*arrival.udp_from, header.port, header.request_id};
    if (client.endpoint.address.needs_scope()) {
        ++counters_.drop_not_admitted;  // not refused either: without its interface nothing finds back to it
        pool_.give(std::move(buffer));
        return;
    }
    const PrincipalPtr principal = principals_.allowed(client.endpoint.address);
    if (!principal) {
        ++counters_.drop_not_admitted;
        refuse_remote(client.endpoint, offender_of(header, datagram), Reason::NotAdmitted);
        pool_.give(std::move(buffer));
        return;
    }
    const IpAddress origin = ports_.topology.primary_address(header.origin.version());
    if (origin.is_v6() != header.origin.is_v6()) {
        ++counters_.drop_flags;  // the header's size would change
        refuse_remote(client.endpoint, offender_of(header, datagram), Reason::BadHeader);
        pool_.give(std::move(buffer));
        return;
    }
    const auto key = requests_.open(client, datagram, ports_.clock.now());
    if (!key) {
        ++counters_.drop_quota;
        refuse_remote(client.endpoint, offender_of(header, datagram), isa::reason_from_exc(Exc::QuotaUsedUp));
        pool_.give(std::move(buffer));
        return;
    }
    header.origin = origin;
    header.port = key->port;
    header.request_id = key->id;
    isa::write_header(buffer.packet(), header);
    take(std::move(buffer), header, arrival, principal, datagram);
}

PrincipalPtr Node::State::admit(const Arrival& arrival, const Header& header) const {
    if (arrival.udp_from) {
        // By UDP only configured peers carry packets of others on.
        const Peer* const peer = peer_at(arrival.udp_from->address);
        if (peer == nullptr || peer->port != arrival.udp_from->port) {
            return nullptr;
        }
    }
    if (auto principal = principals_.allowed(header.origin)) {
        return principal;
    }
    if (requests_.is_outstanding({header.port, header.request_id}) &&
        ports_.topology.is_local(header.origin)) {
        return principals_.homecoming();
    }
    return nullptr;
}

void Node::State::take_report(const Header& header, ConstBytes packet) {
    const Requests::Key key{header.port, header.request_id};
    if (requests_.is_outstanding(key) && ports_.topology.is_local(header.origin)) {
        deliver_report(key, packet);
    } else {
        ++counters_.drop_stray_report;
    }
}

void Node::State::receive_icmp(const wire::IcmpError& error) {
    const ConstBytes quoted = error.quoted;
    // Only what this node itself has sent: anybody can quote a packet that never was.
    if (quoted.size() < 8 || !ports_.topology.is_local(error.source) ||
        std::to_integer<std::uint8_t>(quoted[0]) != isa::kVersion) {
        return;
    }
    ++counters_.icmp_errors;
    Finding finding{
        .reason = Reason::NoSplash, .index = 0, .opcode = 0, .instructions = 0, .node = error.reporter};
    switch (error.kind) {
        case wire::IcmpError::Kind::TimeExceeded: finding.reason = Reason::TtlExceeded; break;
        case wire::IcmpError::Kind::TooBig: finding.reason = isa::reason_from_exc(Exc::DoesNotFit); break;
        case wire::IcmpError::Kind::ProtocolUnreachable: finding.reason = Reason::NoSplash; break;
        case wire::IcmpError::Kind::Unreachable: finding.reason = isa::reason_from_exc(Exc::NoRoute); break;
    }
    auto offender = offender_in(quoted);
    if (!offender) {
        // Eight octets: the port and id are there, the origin is not. Only the origin itself can tell.
        const Requests::Key key{load_be<std::uint16_t>(quoted, isa::HeaderOffset::kPort),
                                load_be<std::uint16_t>(quoted, isa::HeaderOffset::kRequestId)};
        const auto flags = std::to_integer<std::uint8_t>(quoted[isa::HeaderOffset::kFlags]);
        if (quoted.size() >= isa::kHeaderSize4 || (flags & isa::Flags::kReport) != 0 ||
            !requests_.is_outstanding(key)) {
            return;
        }
        const bool v6 = (flags & isa::Flags::kIpv6Origin) != 0;
        offender = Offender{.origin = ports_.topology.primary_address(v6 ? IpVersion::V6 : IpVersion::V4),
                            .port = key.port,
                            .request_id = key.id,
                            .size = quoted.size()};
    }
    if (!ports_.topology.is_local(offender->origin) && !principals_.allowed(offender->origin)) {
        // Nobody admitted that origin here, and the quote may be made up: it gets the reason alone.
        report(*offender, make_terse_report(*offender, finding.reason));
        return;
    }
    // Routers quote up to 548 octets: often the whole packet, and with it what it had found so far.
    const auto parsed = isa::parse_header(quoted);
    if (const auto* header = std::get_if<Header>(&parsed);
        header != nullptr && quoted.size() <= config_.workspace) {
        Buffer scratch = take_buffer();
        scratch.place(Buffer::kHeadroom, quoted.size());
        std::ranges::copy(quoted, scratch.packet().begin());
        const vm::Execution as_it_was(scratch.workspace(config_.workspace), *header, 0);
        finding.index = header->entry;
        finding.instructions = as_it_was.instruction_count();
        report(*offender, make_report(*offender, finding, &as_it_was));
        pool_.give(std::move(scratch));
        return;
    }
    report(*offender, make_report(*offender, finding, nullptr));
}

// ---- local clients

void Node::State::client_frame(ClientId client, ConstBytes octets) {
    const auto frame = wire::frame_from_wire(octets);
    const auto reply = [this, client](const wire::Frame& f) {
        // A client that is gone or does not read is the socket's concern; it calls client_closed().
        static_cast<void>(ports_.clients.send(client, wire::to_wire(f)));
    };
    if (frame && std::holds_alternative<wire::Bind>(*frame)) {
        const std::uint16_t wanted = std::get<wire::Bind>(*frame).port;
        const auto port = requests_.bind(client, wanted);
        if (port) {
            reply(wire::Bound{*port});
        } else {
            reply(wire::Refused{0, static_cast<std::uint16_t>(Exc::QuotaUsedUp),
                                "port " + std::to_string(wanted) + " is taken by another client"});
        }
        return;
    }
    if (frame && std::holds_alternative<wire::Inject>(*frame)) {
        inject(client, std::get<wire::Inject>(*frame));
        return;
    }
    reply(wire::Refused{0, static_cast<std::uint16_t>(Exc::OutOfRange), "this is no frame a client sends"});
}

void Node::State::inject(ClientId client, const wire::Inject& request) {
    ++counters_.received;
    counters_.octets_received += request.packet.size();
    const auto refused = [&](Exc e, std::string text) {
        const wire::Refused frame{request.tag, static_cast<std::uint16_t>(e), std::move(text)};
        static_cast<void>(ports_.clients.send(client, wire::to_wire(frame)));
    };
    const auto parsed = isa::parse_header(request.packet);
    if (const auto* fault = std::get_if<HeaderFault>(&parsed)) {
        ++counter_of(counters_, *fault);
        refused(Exc::OutOfRange, "malformed packet: " + std::string(isa::to_string(*fault)));
        return;
    }
    Header header = std::get<Header>(parsed);
    if (header.is_report() || header.code_size == 0) {
        ++counters_.drop_entry;
        refused(Exc::OutOfRange, "malformed packet: there is no code to execute");
        return;
    }
    if (request.packet.size() > config_.workspace) {
        ++counters_.drop_too_large;
        refused(Exc::DoesNotFit, "the packet of " + std::to_string(request.packet.size()) +
                                     " octets is larger than the workspace of " +
                                     std::to_string(config_.workspace));
        return;
    }
    auto port = requests_.port_of(client);
    if (header.port != 0 && requests_.recipient({header.port, 0}) == Recipient(client)) {
        port = header.port;
    }
    if (!port) {
        port = requests_.bind(client, 0);
    }
    if (!port) {
        refused(Exc::QuotaUsedUp, "every client port is taken");
        return;
    }
    const auto way = ports_.topology.route(request.destination);
    const bool has_source =
        way && !way->source.is_unspecified() && !ports_.topology.is_local(request.destination);
    const IpVersion version = request.destination.version();
    const IpAddress origin = has_source ? way->source : ports_.topology.primary_address(version);
    if (header.origin.version() != version) {
        refused(Exc::OutOfRange, "the packet's header is for the other IP version than its destination");
        return;
    }
    if (origin.version() != version) {
        refused(Exc::NoRoute,
                "this node has no address of the IP version of " + request.destination.to_string());
        return;
    }
    const Requests::Key key = requests_.open(client, *port, ports_.clock.now());
    header.origin = origin;
    header.port = key.port;
    header.request_id = key.id;
    if (request.bound != 0) {
        header.bound = request.bound;
    }
    Buffer buffer = take_buffer();
    buffer.place(Buffer::kHeadroom, request.packet.size());
    std::ranges::copy(request.packet, buffer.packet().begin());
    isa::write_header(buffer.packet(), header);
    static_cast<void>(
        ports_.clients.send(client, wire::to_wire(wire::Accepted{request.tag, key.port, key.id})));
    const Arrival arrival{
        .if_index = 0, .source = origin, .destination = request.destination, .udp_from = {}};
    take(std::move(buffer), header, arrival, principals_.local(), request.packet.size());
}

}  // namespace splash::node
