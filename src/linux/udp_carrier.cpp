#include "linux/udp_carrier.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>

#include "linux/unique_fd.hpp"
#include "os_error.hpp"
#include "receive_batch.hpp"
#include "send_queue.hpp"

namespace splash::linux {
namespace {

constexpr int kReceiveBuffer = 4 * 1024 * 1024;
constexpr std::size_t kMaxPayload = 0xffff - 20 - 8;
constexpr std::size_t kRememberedPerGeneration = 4096;

/// Where an endpoint reached us.
struct Reached {
    std::size_t socket = 0;
    IpAddress local;
};

/// What was heard of lately, in two generations: when the young one is full it becomes the old one, and
/// the old one is forgotten. Bounded without a clock; a flood of forged sources only costs the fallback.
class ReachedBy {
public:
    void remember(const Endpoint& from, const Reached& reached) {
        if (young_.size() >= kRememberedPerGeneration && !young_.contains(from)) {
            old_ = std::move(young_);
            young_.clear();
        }
        young_.insert_or_assign(from, reached);
    }
    [[nodiscard]] const Reached* find(const Endpoint& to) const {
        for (const auto* generation : {&young_, &old_}) {
            if (const auto at = generation->find(to); at != generation->end()) {
                return &at->second;
            }
        }
        return nullptr;
    }

private:
    std::map<Endpoint, Reached> young_;
    std::map<Endpoint, Reached> old_;
};

struct BoundSocket {
    UniqueFd fd;
    Endpoint local;
    SendQueue out;
};

Result<UniqueFd> bind_udp(const Endpoint& address) {
    const bool v6 = address.address.is_v6();
    UniqueFd fd(::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.is_open()) {
        return os_failure("open a UDP socket", errno);
    }
    const int on = 1;
    const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
    if (::setsockopt(fd.get(), level, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &on, sizeof on) != 0 ||
        (v6 && ::setsockopt(fd.get(), level, IPV6_V6ONLY, &on, sizeof on) != 0)) {
        return os_failure("set up a UDP socket", errno);
    }
    const int octets = kReceiveBuffer;
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) != 0) {
        (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    }
    const SocketAddress to = to_socket_address(address);
    if (::bind(fd.get(), to.get(), to.size) != 0) {
        const std::string doing = "UDP " + address.to_string();
        switch (errno) {
            case EADDRINUSE: return fail(Errc::PortTaken, doing);
            case EACCES: return os_failure(Errc::NeedsRoot, doing + " needs CAP_NET_BIND_SERVICE", errno);
            default: return os_failure("bind " + doing, errno);
        }
    }
    return fd;
}

Endpoint local_endpoint(const UniqueFd& fd) {
    SocketAddress address;
    address.size = sizeof address.storage;
    (void)::getsockname(fd.get(), address.get(), &address.size);
    return to_endpoint(address.storage);
}

}  // namespace

class UdpCarrier::State {
public:
    explicit State(std::vector<BoundSocket> sockets) : sockets_(std::move(sockets)) {}

    void read(const TakeBuffer& take_buffer, const OnPacket& on_packet) {
        for (std::size_t i = 0; i < sockets_.size(); ++i) {
            batch_.receive(sockets_[i].fd.get(), take_buffer,
                           [this, i, &on_packet](ReceiveBatch::Packet packet) {
                               take(i, std::move(packet), on_packet);
                           });
        }
    }

    bool queue(const Endpoint& to, ConstBytes packet) {
        if (packet.size() > kMaxPayload) {
            return false;
        }
        SendQueue::Message message{.to = to, .ancillary = {}, .head = {}, .packet = packet};
        if (const Reached* reached = reached_by_.find(to)) {
            BoundSocket& socket = sockets_[reached->socket];
            if (socket.local.address.is_unspecified()) {
                message.ancillary.add_source(reached->local);
            }
            return socket.out.push(socket.fd.get(), message, counters_);
        }
        const auto socket = socket_of(to.address.version());
        return socket != sockets_.end() && socket->out.push(socket->fd.get(), message, counters_);
    }

    void flush() {
        for (BoundSocket& socket : sockets_) {
            socket.out.flush(socket.fd.get(), counters_);
        }
    }
    [[nodiscard]] bool has_backlog() const {
        return !std::ranges::all_of(sockets_, [](const BoundSocket& s) { return s.out.is_empty(); });
    }
    [[nodiscard]] const std::vector<BoundSocket>& sockets() const { return sockets_; }
    [[nodiscard]] const CarrierCounters& counters() const { return counters_; }

    [[nodiscard]] bool carries(IpVersion version) { return socket_of(version) != sockets_.end(); }

private:
    [[nodiscard]] std::vector<BoundSocket>::iterator socket_of(IpVersion version) {
        return std::ranges::find_if(
            sockets_, [version](const BoundSocket& s) { return s.local.address.version() == version; });
    }

    void take(std::size_t socket, ReceiveBatch::Packet packet, const OnPacket& on_packet) {
        counters_.oversized += packet.is_cut ? 1U : 0U;
        ++counters_.received;
        // A datagram to a broadcast or multicast address cannot be answered from there.
        const IpAddress& local = packet.info.destination;
        if (!local.is_unspecified() && !local.is_multicast() && !local.is_broadcast()) {
            reached_by_.remember(packet.from, {.socket = socket, .local = local});
        }
        packet.buffer.place(node::Buffer::kHeadroom, packet.size);
        on_packet({.if_index = packet.info.if_index,
                   .source = packet.from.address,
                   .destination = local,
                   .udp_from = packet.from,
                   .is_cut = packet.is_cut},
                  std::move(packet.buffer));
    }

    std::vector<BoundSocket> sockets_;
    ReceiveBatch batch_{node::Buffer::kHeadroom};
    ReachedBy reached_by_;
    CarrierCounters counters_;
};

UdpCarrier::UdpCarrier(std::unique_ptr<State> state) : state_(std::move(state)) {}
UdpCarrier::UdpCarrier(UdpCarrier&&) noexcept = default;
UdpCarrier& UdpCarrier::operator=(UdpCarrier&&) noexcept = default;
UdpCarrier::~UdpCarrier() = default;

Result<UdpCarrier> UdpCarrier::open(const std::vector<Endpoint>& addresses, node::Log& log) {
    if (addresses.empty()) {
        return fail(Errc::BadConfig, "no UDP address to listen on");
    }
    std::vector<BoundSocket> sockets;
    for (const Endpoint& address : addresses) {
        auto fd = bind_udp(address);
        if (!fd) {
            return fail(fd.error().code, fd.error().detail);
        }
        const Endpoint local = local_endpoint(*fd);
        sockets.push_back({.fd = std::move(*fd), .local = local, .out = SendQueue("UDP", log)});
    }
    return UdpCarrier(std::make_unique<State>(std::move(sockets)));
}

std::vector<int> UdpCarrier::fds() const {
    std::vector<int> fds;
    for (const BoundSocket& socket : state_->sockets()) {
        fds.push_back(socket.fd.get());
    }
    return fds;
}
std::vector<Endpoint> UdpCarrier::local() const {
    std::vector<Endpoint> local;
    for (const BoundSocket& socket : state_->sockets()) {
        local.push_back(socket.local);
    }
    return local;
}
bool UdpCarrier::carries(IpVersion version) const {
    return state_->carries(version);
}
void UdpCarrier::read(const TakeBuffer& take_buffer, const OnPacket& on_packet) {
    state_->read(take_buffer, on_packet);
}
bool UdpCarrier::queue(const Endpoint& to, ConstBytes packet) {
    return state_->queue(to, packet);
}
void UdpCarrier::flush() {
    state_->flush();
}
bool UdpCarrier::has_backlog() const {
    return state_->has_backlog();
}
const CarrierCounters& UdpCarrier::counters() const {
    return state_->counters();
}

}  // namespace splash::linux
