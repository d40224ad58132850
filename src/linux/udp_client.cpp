#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "linux/client.hpp"
#include "linux/unique_fd.hpp"
#include "os_error.hpp"
#include "socket_address.hpp"
#include "wait_ready.hpp"

namespace splash::linux {
namespace {

constexpr std::size_t kMaxDatagram = 0xffff;
/// After an answer did not fit: a third of the 16 KiB a node answers at most. IP carries it in fragments.
constexpr std::size_t kAmplyPaddedRequest = 5500;
/// The kernel may give back an earlier datagram's ICMP error instead of sending; twice is news.
constexpr int kSendTries = 2;

}  // namespace

class UdpClient::State {
public:
    State(const Endpoint& node, UniqueFd fd) : node_(node), fd_(std::move(fd)) {}

    Result<> send(isa::Packet packet) {
        packet.header.origin = IpAddress::unspecified(node_.address.version());
        packet.header.port = 0;
        packet.header.request_id = 0;
        std::vector<std::byte> octets = packet.to_wire();
        octets.resize(std::max(octets.size(), padded_to_));
        for (int tries = 0; tries < kSendTries; ++tries) {
            if (::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL) >= 0) {
                return {};
            }
            if (errno != ECONNREFUSED && errno != EINTR) {
                break;
            }
        }
        switch (errno) {
            case ECONNREFUSED: return nobody_there();
            case EMSGSIZE:
                return fail(Errc::TooLarge,
                            std::to_string(octets.size()) + " octets for a datagram to " + node_.to_string());
            default: return os_failure("send to " + node_.to_string(), errno);
        }
    }

    Result<std::optional<isa::Packet>> receive(Deadline deadline) {
        for (;;) {
            const auto ready = wait_ready(fd_.get(), Direction::Read, deadline);
            if (!ready) {
                return fail(ready.error().code, ready.error().detail);
            }
            if (*ready == Readiness::TimedOut) {
                return std::optional<isa::Packet>();
            }
            const ssize_t n = ::recv(fd_.get(), input_.data(), input_.size(), MSG_DONTWAIT);
            if (n >= 0) {
                auto packet = isa::Packet::from_wire(ConstBytes(input_).first(static_cast<std::size_t>(n)));
                if (auto* sound = std::get_if<isa::Packet>(&packet)) {
                    learn_from(*sound);
                    return std::optional(std::move(*sound));
                }
            } else if (errno == ECONNREFUSED) {
                return nobody_there();
            } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
                return os_failure("receive from " + node_.to_string(), errno);
            }
        }
    }

private:
    [[nodiscard]] Failure nobody_there() const {
        return fail(Errc::NoDaemon, "nothing listens on UDP " + node_.to_string());
    }

    /// What is answered says whether the next request should be filled up more.
    void learn_from(const isa::Packet& packet) {
        const auto report = isa::Report::from_packet(packet);
        if (report && report->reason == isa::reason_from_exc(isa::Exc::QuotaUsedUp)) {
            padded_to_ = kAmplyPaddedRequest;
        } else if (report && report->reason == isa::Reason::Workspace) {
            padded_to_ = kPaddedRequest;  // a small node: more than its workspace it does not read
        }
    }

    Endpoint node_;
    UniqueFd fd_;
    std::size_t padded_to_ = kPaddedRequest;
    std::vector<std::byte> input_ = std::vector<std::byte>(kMaxDatagram);
};

UdpClient::UdpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
UdpClient::UdpClient(UdpClient&&) noexcept = default;
UdpClient& UdpClient::operator=(UdpClient&&) noexcept = default;
UdpClient::~UdpClient() = default;

Result<UdpClient> UdpClient::connect(const Endpoint& node) {
    UniqueFd fd(::socket(node.address.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) {
        return os_failure("open a UDP socket", errno);
    }
    const SocketAddress address = to_socket_address(node);
    // Connected: only the node is heard, and its host's "port unreachable" comes back as an error.
    if (::connect(fd.get(), address.get(), address.size) != 0) {
        return os_failure("reach " + node.to_string(), errno);
    }
    return UdpClient(std::make_unique<State>(node, std::move(fd)));
}

Result<> UdpClient::send(isa::Packet packet) {
    return state_->send(std::move(packet));
}
Result<std::optional<isa::Packet>> UdpClient::receive(Deadline deadline) {
    return state_->receive(deadline);
}

}  // namespace splash::linux
