#include "linux/raw_carrier.hpp"

#include <linux/icmp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "linux/unique_fd.hpp"
#include "raw_socket.hpp"
#include "receive_batch.hpp"
#include "send_queue.hpp"

namespace splash::linux {
namespace {

constexpr std::size_t kMaxIpPacket = 0xffff;
/// The largest ICMP error worth reading: RFC 1812 quotes up to 576 octets in all, some quote a full MTU.
constexpr std::size_t kIcmpBuffer = 2048;
constexpr int kIcmpPerRead = 64;

Result<UniqueFd> open_receiver(std::uint8_t protocol) {
    auto fd = open_raw_socket(AF_INET, protocol);
    if (!fd) {
        return fd;
    }
    const int on = 1;
    if (auto done = set_option(*fd, IPPROTO_IP, IP_ROUTER_ALERT, on, "IP_ROUTER_ALERT"); !done) {
        return fail(done.error().code, done.error().detail);
    }
    if (auto done = set_option(*fd, IPPROTO_IP, IP_PKTINFO, on, "IP_PKTINFO"); !done) {
        return fail(done.error().code, done.error().detail);
    }
    enlarge_receive_buffer(*fd);
    return fd;
}

Result<UniqueFd> open_sender() {
    auto fd = open_raw_socket(AF_INET, IPPROTO_RAW);  // implies IP_HDRINCL
    if (fd) {
        enlarge_send_buffer(*fd);
    }
    return fd;
}

Result<UniqueFd> open_icmp() {
    auto fd = open_raw_socket(AF_INET, IPPROTO_ICMP);
    if (!fd) {
        return fd;
    }
    const icmp_filter filter{.data = ~(1U << ICMP_DEST_UNREACH | 1U << ICMP_TIME_EXCEEDED)};
    if (auto done = set_option(*fd, SOL_RAW, ICMP_FILTER, filter, "ICMP_FILTER"); !done) {
        return fail(done.error().code, done.error().detail);
    }
    return fd;
}

}  // namespace

class RawCarrier::State {
public:
    State(std::uint8_t protocol, node::Log& log, UniqueFd receiver, UniqueFd sender, UniqueFd icmp)
        : protocol_(protocol),
          receiver_(std::move(receiver)),
          sender_(std::move(sender)),
          icmp_(std::move(icmp)),
          out_("raw", log) {}

    void read(const TakeBuffer& take_buffer, const OnPacket& on_packet) {
        batch_.receive(receiver_.get(), take_buffer, [this, &on_packet](ReceiveBatch::Packet packet) {
            take(std::move(packet), on_packet);
        });
    }

    void read_icmp(const OnIcmp& on_icmp) {
        std::array<std::byte, kIcmpBuffer> octets;
        for (int i = 0; i < kIcmpPerRead; ++i) {
            const ssize_t n = ::recv(icmp_.get(), octets.data(), octets.size(), MSG_DONTWAIT);
            if (n < 0) {
                return;
            }
            const ConstBytes packet = ConstBytes(octets).first(static_cast<std::size_t>(n));
            if (const auto error = wire::parse_icmp_error(packet, protocol_)) {
                on_icmp(*error);
            }
        }
    }

    bool queue(const node::Outgoing& out, const IpAddress& source) {
        const bool alert = out.carriage == node::Carriage::Alert;
        const std::size_t header_size = alert ? wire::kIpv4HeaderWithAlert : wire::kIpv4Header;
        if (out.carriage == node::Carriage::Udp || out.to.is_v6() || source.is_v6() ||
            out.packet.size() + header_size > kMaxIpPacket) {
            return false;
        }
        std::array<std::byte, wire::kIpv4HeaderWithAlert> header{};
        wire::write_ipv4(header, {.source = source,
                                  .destination = out.to,
                                  .protocol = protocol_,
                                  .ttl = out.ttl,
                                  .router_alert = alert,
                                  .payload = out.packet.size()});
        return out_.push(sender_.get(),
                         {.to = {out.to, 0},
                          .ancillary = {},
                          .head = ConstBytes(header).first(header_size),
                          .packet = out.packet},
                         counters_);
    }

    void flush() { out_.flush(sender_.get(), counters_); }
    [[nodiscard]] bool has_backlog() const { return !out_.is_empty(); }
    [[nodiscard]] int fd() const { return receiver_.get(); }
    [[nodiscard]] int icmp_fd() const { return icmp_.get(); }
    [[nodiscard]] const CarrierCounters& counters() const { return counters_; }

private:
    void take(ReceiveBatch::Packet packet, const OnPacket& on_packet) {
        const auto ip = wire::parse_ipv4(packet.buffer.storage().first(packet.size));
        if (!ip || (ip->total_length > packet.size && !packet.is_cut)) {
            ++counters_.malformed;
            return;
        }
        ++counters_.received;
        counters_.oversized += packet.is_cut ? 1U : 0U;
        packet.buffer.place(ip->header_size, std::min(ip->total_length, packet.size) - ip->header_size);
        // From this host to itself the kernel names the interface that has the address, not loopback.
        const bool from_here = ip->source == ip->destination;
        on_packet({.if_index = from_here ? 0 : packet.info.if_index,
                   .source = ip->source,
                   .destination = ip->destination,
                   .udp_from = std::nullopt,
                   .is_cut = packet.is_cut},
                  std::move(packet.buffer));
    }

    std::uint8_t protocol_;
    UniqueFd receiver_;
    UniqueFd sender_;
    UniqueFd icmp_;
    ReceiveBatch batch_{0};
    SendQueue out_;
    CarrierCounters counters_;
};

RawCarrier::RawCarrier(std::unique_ptr<State> state) : state_(std::move(state)) {}
RawCarrier::RawCarrier(RawCarrier&&) noexcept = default;
RawCarrier& RawCarrier::operator=(RawCarrier&&) noexcept = default;
RawCarrier::~RawCarrier() = default;

Result<RawCarrier> RawCarrier::open(std::uint8_t protocol, node::Log& log) {
    auto receiver = open_receiver(protocol);
    auto sender = receiver ? open_sender() : std::move(receiver);
    auto icmp = sender ? open_icmp() : std::move(sender);
    if (!icmp) {
        return fail(icmp.error().code, icmp.error().detail);
    }
    // Moved from above only where there was an error to pass on.
    // NOLINTBEGIN(bugprone-use-after-move)
    return RawCarrier(
        std::make_unique<State>(protocol, log, std::move(*receiver), std::move(*sender), std::move(*icmp)));
    // NOLINTEND(bugprone-use-after-move)
}

int RawCarrier::fd() const {
    return state_->fd();
}
int RawCarrier::icmp_fd() const {
    return state_->icmp_fd();
}
void RawCarrier::read(const TakeBuffer& take_buffer, const OnPacket& on_packet) {
    state_->read(take_buffer, on_packet);
}
void RawCarrier::read_icmp(const OnIcmp& on_icmp) {
    state_->read_icmp(on_icmp);
}
bool RawCarrier::queue(const node::Outgoing& out, const IpAddress& source) {
    return state_->queue(out, source);
}
void RawCarrier::flush() {
    state_->flush();
}
bool RawCarrier::has_backlog() const {
    return state_->has_backlog();
}
const CarrierCounters& RawCarrier::counters() const {
    return state_->counters();
}

}  // namespace splash::linux
