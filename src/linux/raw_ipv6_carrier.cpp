#include "linux/raw_ipv6_carrier.hpp"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "raw_socket.hpp"
#include "receive_batch.hpp"
#include "send_queue.hpp"
#include "wire/ipv6.hpp"

namespace splash::linux {
namespace {

constexpr std::size_t kMaxPayload = 0xffff;
/// The largest ICMPv6 error worth reading: RFC 4443 keeps them within 1280 octets.
constexpr std::size_t kIcmpBuffer = 2048;
constexpr int kIcmpPerRead = 64;

/// Packets of the protocol addressed to this host; and what is sent, for a second raw socket of the protocol
/// would get a copy of each.
Result<UniqueFd> open_own(std::uint8_t protocol) {
    auto fd = open_raw_socket(AF_INET6, protocol);
    if (!fd) {
        return fd;
    }
    const int on = 1;
    // Too large for the link is refused, and what is too large further on comes back as an ICMPv6 error: no
    // fragments, and nothing of what the kernel learnt of the path, for it would refuse unseen by the node.
    const int probe = IPV6_PMTUDISC_PROBE;
    Result<> done = set_option(*fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, on, "IPV6_RECVPKTINFO");
    if (done) {
        done = set_option(*fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, probe, "IPV6_MTU_DISCOVER");
    }
    if (!done) {
        return Failure(done.error());
    }
    enlarge_receive_buffer(*fd);
    enlarge_send_buffer(*fd);
    return fd;
}

/// Packets in transit with our Router Alert.
Result<UniqueFd> open_transit() {
    auto fd = open_raw_socket(AF_INET6, IPPROTO_RAW);
    if (!fd) {
        return fd;
    }
    const int on = 1;
    const int alert = wire::kAlertOfActiveNetworks;
    // Isolated first: from the moment the alert is set packets come.
    if (::setsockopt(fd->get(), IPPROTO_IPV6, IPV6_ROUTER_ALERT_ISOLATE, &on, sizeof on) != 0) {
        return os_failure(errno == ENOPROTOOPT ? Errc::Unsupported : Errc::System,
                          "set IPV6_ROUTER_ALERT_ISOLATE, which Linux 5.1 has", errno);
    }
    Result<> done = set_option(*fd, IPPROTO_IPV6, IPV6_ROUTER_ALERT, alert, "IPV6_ROUTER_ALERT");
    if (done) {
        done = set_option(*fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, on, "IPV6_RECVPKTINFO");
    }
    if (done) {
        done = set_option(*fd, IPPROTO_IPV6, IPV6_FREEBIND, on, "IPV6_FREEBIND");
    }
    if (!done) {
        return Failure(done.error());
    }
    // Alerts come whatever it is bound to. Packets of protocol 255 addressed to us would come, too, and could
    // hold what looks like a packet in transit: bound to ::1 it gets none from outside.
    sockaddr_in6 nowhere{};
    nowhere.sin6_family = AF_INET6;
    nowhere.sin6_addr = IN6ADDR_LOOPBACK_INIT;
    if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&nowhere), sizeof nowhere) != 0) {
        return os_failure("bind a raw socket to ::1", errno);
    }
    enlarge_receive_buffer(*fd);
    return fd;
}

Result<UniqueFd> open_icmp() {
    auto fd = open_raw_socket(AF_INET6, IPPROTO_ICMPV6);
    if (!fd) {
        return fd;
    }
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_PARAM_PROB, &filter);
    if (auto done = set_option(*fd, IPPROTO_ICMPV6, ICMP6_FILTER, filter, "ICMP6_FILTER"); !done) {
        return Failure(done.error());
    }
    return fd;
}

}  // namespace

class RawIpv6Carrier::State {
public:
    State(std::uint8_t protocol, node::Log& log, UniqueFd own, UniqueFd transit, UniqueFd icmp)
        : protocol_(protocol),
          own_(std::move(own)),
          transit_(std::move(transit)),
          icmp_(std::move(icmp)),
          out_("raw IPv6", log) {}

    void read(const TakeBuffer& take_buffer, const OnPacket& on_packet) {
        own_batch_.receive(own_.get(), take_buffer, [this, &on_packet](ReceiveBatch::Packet packet) {
            take_own(std::move(packet), on_packet);
        });
        transit_batch_.receive(transit_.get(), take_buffer, [this, &on_packet](ReceiveBatch::Packet packet) {
            take_in_transit(std::move(packet), on_packet);
        });
    }

    void read_icmp(const OnIcmp& on_icmp) {
        std::array<std::byte, kIcmpBuffer> octets;
        for (int i = 0; i < kIcmpPerRead; ++i) {
            SocketAddress from;
            from.size = sizeof from.storage;
            const ssize_t n =
                ::recvfrom(icmp_.get(), octets.data(), octets.size(), MSG_DONTWAIT, from.get(), &from.size);
            if (n < 0) {
                return;
            }
            const ConstBytes message = ConstBytes(octets).first(static_cast<std::size_t>(n));
            const IpAddress reporter = to_endpoint(from.storage).address;
            if (const auto error = wire::parse_icmpv6_error(message, reporter, protocol_)) {
                on_icmp(*error);
            }
        }
    }

    bool queue(const node::Outgoing& out, const IpAddress& source) {
        const bool alert = out.carriage == node::Carriage::Alert;
        const std::size_t extension = alert ? wire::kHopByHopWithAlert.size() : 0;
        if (out.carriage == node::Carriage::Udp || !out.to.is_v6() || !source.is_v6() ||
            out.packet.size() + extension > kMaxPayload) {
            return false;
        }
        SendQueue::Message message{.to = {out.to, 0}, .ancillary = {}, .head = {}, .packet = out.packet};
        message.ancillary.add_hop_limit(out.ttl);
        if (alert) {
            message.ancillary.add_hop_by_hop(wire::kHopByHopWithAlert);
        }
        if (!source.is_unspecified()) {
            message.ancillary.add_source(source);
        }
        return out_.push(own_.get(), message, counters_);
    }

    void flush() { out_.flush(own_.get(), counters_); }
    [[nodiscard]] bool has_backlog() const { return !out_.is_empty(); }
    [[nodiscard]] std::array<int, 2> fds() const { return {own_.get(), transit_.get()}; }
    [[nodiscard]] int icmp_fd() const { return icmp_.get(); }
    [[nodiscard]] const CarrierCounters& counters() const { return counters_; }

private:
    void take_own(ReceiveBatch::Packet packet, const OnPacket& on_packet) {
        packet.buffer.place(node::Buffer::kHeadroom, packet.size);
        const IpAddress source = packet.from.address;
        const IpAddress destination = packet.info.destination;
        hand_on(std::move(packet), source, destination, on_packet);
    }

    void take_in_transit(ReceiveBatch::Packet packet, const OnPacket& on_packet) {
        const auto ip = wire::parse_ipv6(packet.buffer.storage().first(packet.size));
        if (!ip || ip->protocol != protocol_ || ip->is_fragment ||
            ip->router_alert != wire::kAlertOfActiveNetworks ||
            (ip->total_length > packet.size && !packet.is_cut)) {
            ++counters_.malformed;
            return;
        }
        packet.buffer.place(ip->header_size, std::min(ip->total_length, packet.size) - ip->header_size);
        hand_on(std::move(packet), ip->source, ip->destination, on_packet);
    }

    void hand_on(ReceiveBatch::Packet packet, const IpAddress& source, const IpAddress& destination,
                 const OnPacket& on_packet) {
        ++counters_.received;
        counters_.oversized += packet.is_cut ? 1U : 0U;
        // From this host to itself the kernel may name the interface that has the address, not loopback.
        const bool from_here = source == destination;
        on_packet({.if_index = from_here ? 0 : packet.info.if_index,
                   .source = source,
                   .destination = destination,
                   .udp_from = std::nullopt,
                   .is_cut = packet.is_cut},
                  std::move(packet.buffer));
    }

    std::uint8_t protocol_;
    UniqueFd own_;
    UniqueFd transit_;
    UniqueFd icmp_;
    ReceiveBatch own_batch_{node::Buffer::kHeadroom};
    ReceiveBatch transit_batch_{0};
    SendQueue out_;
    CarrierCounters counters_;
};

RawIpv6Carrier::RawIpv6Carrier(std::unique_ptr<State> state) : state_(std::move(state)) {}
RawIpv6Carrier::RawIpv6Carrier(RawIpv6Carrier&&) noexcept = default;
RawIpv6Carrier& RawIpv6Carrier::operator=(RawIpv6Carrier&&) noexcept = default;
RawIpv6Carrier::~RawIpv6Carrier() = default;

Result<RawIpv6Carrier> RawIpv6Carrier::open(std::uint8_t protocol, node::Log& log) {
    auto own = open_own(protocol);
    auto transit = own ? open_transit() : std::move(own);
    auto icmp = transit ? open_icmp() : std::move(transit);
    if (!icmp) {
        return Failure(icmp.error());
    }
    // Moved from above only where there was an error to pass on.
    // NOLINTBEGIN(bugprone-use-after-move)
    return RawIpv6Carrier(
        std::make_unique<State>(protocol, log, std::move(*own), std::move(*transit), std::move(*icmp)));
    // NOLINTEND(bugprone-use-after-move)
}

std::array<int, 2> RawIpv6Carrier::fds() const {
    return state_->fds();
}
int RawIpv6Carrier::icmp_fd() const {
    return state_->icmp_fd();
}
void RawIpv6Carrier::read(const TakeBuffer& take_buffer, const OnPacket& on_packet) {
    state_->read(take_buffer, on_packet);
}
void RawIpv6Carrier::read_icmp(const OnIcmp& on_icmp) {
    state_->read_icmp(on_icmp);
}
bool RawIpv6Carrier::queue(const node::Outgoing& out, const IpAddress& source) {
    return state_->queue(out, source);
}
void RawIpv6Carrier::flush() {
    state_->flush();
}
bool RawIpv6Carrier::has_backlog() const {
    return state_->has_backlog();
}
const CarrierCounters& RawIpv6Carrier::counters() const {
    return state_->counters();
}

}  // namespace splash::linux
