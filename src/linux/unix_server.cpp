#include "linux/unix_server.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <unordered_map>
#include <utility>
#include <vector>

#include "isa/codes.hpp"
#include "linux/unique_fd.hpp"
#include "os_error.hpp"
#include "unix_listener.hpp"
#include "wire/frames.hpp"

namespace splash::linux {
namespace {

constexpr int kEventsPerService = 64;
constexpr int kAcceptsPerService = 32;
constexpr std::size_t kReadSize = std::size_t{64} * 1024;
/// What epoll gives back for the listening socket; clients count from 1.
constexpr std::uint64_t kListener = 0;

/// Octets on their way to a client.
class Outbox {
public:
    [[nodiscard]] ConstBytes pending() const { return ConstBytes(octets_).subspan(at_); }
    void push(ConstBytes more) { append(octets_, more); }
    void pop(std::size_t n) {
        at_ += n;
        if (at_ == octets_.size()) {
            octets_.clear();
            at_ = 0;
        } else if (at_ >= kReadSize) {
            octets_.erase(octets_.begin(), octets_.begin() + static_cast<std::ptrdiff_t>(at_));
            at_ = 0;
        }
    }

private:
    std::vector<std::byte> octets_;
    std::size_t at_ = 0;
};

struct Client {
    UniqueFd fd;
    PeerCredentials credentials;
    wire::Deframer deframer;
    Outbox outbox;
    bool sends = true;       ///< its sending half is open
    bool is_doomed = false;  ///< to be closed at the next service
    std::uint32_t watched = 0;
};

bool may_be_sent_by_client(const wire::Frame& frame) {
    return std::holds_alternative<wire::Bind>(frame) || std::holds_alternative<wire::Inject>(frame);
}

std::vector<std::byte> refusal(std::uint32_t code, std::string text) {
    return wire::with_length(wire::to_wire(
        wire::Refused{.tag = 0, .code = static_cast<std::uint16_t>(code), .text = std::move(text)}));
}

PeerCredentials credentials_of(int fd) {
    ucred c{};
    socklen_t size = sizeof c;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &size) != 0) {
        return {.pid = 0, .uid = static_cast<uid_t>(-1), .gid = static_cast<gid_t>(-1)};
    }
    return {.pid = c.pid, .uid = c.uid, .gid = c.gid};
}

}  // namespace

class UnixServer::State {
public:
    State(UnixServerOptions options, UnixListener listener, UniqueFd epoll, UniqueFd spare)
        : options_(std::move(options)),
          listener_(std::move(listener)),
          epoll_(std::move(epoll)),
          spare_(std::move(spare)) {}

    void service(const OnFrame& on_frame, const OnClosed& on_closed) {
        std::array<epoll_event, kEventsPerService> events;
        const int n = ::epoll_wait(epoll_.get(), events.data(), kEventsPerService, 0);
        for (int i = 0; i < n; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            if (event.data.u64 == kListener) {
                accept_waiting();
            } else {
                service_client(event.data.u64, event.events, on_frame, on_closed);
            }
        }
    }

    bool send(node::ClientId id, ConstBytes frame) {
        const auto at = clients_.find(static_cast<std::uint64_t>(id));
        if (at == clients_.end() || at->second.is_doomed) {
            return false;
        }
        Client& client = at->second;
        client.outbox.push(wire::with_length(frame));
        if (is_holding_ && client.outbox.pending().size() <= options_.max_queued) {
            held_.push_back(at->first);
            return true;
        }
        if (!write_pending(client) || client.outbox.pending().size() > options_.max_queued) {
            doom(client);
            return false;
        }
        watch_as_needed(at->first, client);
        return true;
    }

    void hold() { is_holding_ = true; }

    void release() {
        is_holding_ = false;
        for (const std::uint64_t id : std::exchange(held_, {})) {
            const auto at = clients_.find(id);
            if (at == clients_.end() || at->second.is_doomed) {
                continue;
            }
            if (!write_pending(at->second)) {
                doom(at->second);
            } else {
                watch_as_needed(id, at->second);
            }
        }
    }

    [[nodiscard]] int fd() const { return epoll_.get(); }
    [[nodiscard]] std::size_t client_count() const { return clients_.size(); }
    [[nodiscard]] std::optional<PeerCredentials> credentials(node::ClientId id) const {
        const auto at = clients_.find(static_cast<std::uint64_t>(id));
        return at == clients_.end() ? std::nullopt : std::optional(at->second.credentials);
    }

private:
    void accept_waiting() {
        for (int i = 0; i < kAcceptsPerService; ++i) {
            UniqueFd fd(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (fd.is_open()) {
                admit(std::move(fd));
            } else if (errno == EMFILE || errno == ENFILE) {
                turn_one_away();
                return;
            } else if (errno != ECONNABORTED && errno != EINTR) {
                return;
            }
        }
    }

    /// Without a free descriptor a connection would stay readable for ever: one kept for this takes it.
    void turn_one_away() {
        spare_.reset();
        { const UniqueFd fd(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC)); }
        spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }

    void admit(UniqueFd fd) {
        if (clients_.size() >= options_.max_clients) {
            const auto frame = refusal(static_cast<std::uint32_t>(isa::Exc::QuotaUsedUp),
                                       std::to_string(options_.max_clients) + " clients are connected");
            (void)::send(fd.get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            return;
        }
        const std::uint64_t id = next_id_++;
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = id;
        if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0) {
            return;
        }
        Client& client = clients_[id];
        client.credentials = credentials_of(fd.get());
        client.fd = std::move(fd);
        client.watched = EPOLLIN;
    }

    void service_client(std::uint64_t id, std::uint32_t events, const OnFrame& on_frame,
                        const OnClosed& on_closed) {
        const auto at = clients_.find(id);
        if (at == clients_.end()) {
            return;
        }
        Client& client =
            at->second;  // stays put: an unordered_map moves no elements, and only here are any erased
        if ((events & EPOLLIN) != 0 && client.sends && !client.is_doomed) {
            read_from(id, client, on_frame);
        }
        if ((events & EPOLLOUT) != 0 && !client.is_doomed && !write_pending(client)) {
            client.is_doomed = true;
        }
        // What a client sent before it hung up is still read, however much it is.
        const bool is_gone = (events & (EPOLLHUP | EPOLLERR)) != 0 && !client.sends;
        if (client.is_doomed || is_gone) {
            clients_.erase(at);
            on_closed(node::ClientId{id});
            return;
        }
        watch_as_needed(id, client);
    }

    void read_from(std::uint64_t id, Client& client, const OnFrame& on_frame) {
        const ssize_t n = ::recv(client.fd.get(), input_.data(), input_.size(), MSG_DONTWAIT);
        if (n < 0) {
            client.is_doomed = errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
            return;
        }
        if (n == 0) {
            client.sends = false;
            return;
        }
        client.deframer.feed(ConstBytes(input_).first(static_cast<std::size_t>(n)));
        while (!client.is_doomed) {
            const auto frame = client.deframer.next();
            if (!frame) {
                return;
            }
            if (const char* wrong = what_is_wrong(*frame)) {
                const auto answer = refusal(static_cast<std::uint32_t>(isa::Reason::BadHeader), wrong);
                client.outbox.push(answer);
                (void)write_pending(client);  // what does not fit now, it does not get
                client.is_doomed = true;
                return;
            }
            on_frame(node::ClientId{id}, *frame);
        }
    }

    [[nodiscard]] const char* what_is_wrong(ConstBytes frame) const {
        if (frame.size() > options_.max_frame) {
            return "the frame is larger than a node takes";
        }
        const auto decoded = wire::frame_from_wire(frame);
        if (!decoded) {
            return "the frame is malformed";
        }
        return may_be_sent_by_client(*decoded) ? nullptr : "the frame is not a client's to send";
    }

    /// False if the client is gone.
    static bool write_pending(Client& client) {
        while (!client.outbox.pending().empty()) {
            const ConstBytes pending = client.outbox.pending();
            const ssize_t n =
                ::send(client.fd.get(), pending.data(), pending.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n < 0) {
                return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
            }
            client.outbox.pop(static_cast<std::size_t>(n));
        }
        return true;
    }

    /// Outside of service() a client cannot be closed, for its owner is told from there. The hang-up wakes
    /// it.
    static void doom(Client& client) {
        client.is_doomed = true;
        (void)::shutdown(client.fd.get(), SHUT_RDWR);
    }

    void watch_as_needed(std::uint64_t id, Client& client) {
        const std::uint32_t wanted = (client.sends ? std::uint32_t{EPOLLIN} : 0U) |
                                     (client.outbox.pending().empty() ? 0U : std::uint32_t{EPOLLOUT});
        if (wanted == client.watched) {
            return;
        }
        epoll_event event{};
        event.events = wanted;
        event.data.u64 = id;
        (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, client.fd.get(), &event);
        client.watched = wanted;
    }

    UnixServerOptions options_;
    UnixListener listener_;
    UniqueFd epoll_;
    UniqueFd spare_;
    std::uint64_t next_id_ = kListener + 1;
    std::unordered_map<std::uint64_t, Client> clients_;
    bool is_holding_ = false;
    std::vector<std::uint64_t> held_;  ///< clients with frames queued while holding; some more than once
    std::vector<std::byte> input_ = std::vector<std::byte>(kReadSize);
};

UnixServer::UnixServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
UnixServer::UnixServer(UnixServer&&) noexcept = default;
UnixServer& UnixServer::operator=(UnixServer&&) noexcept = default;
UnixServer::~UnixServer() = default;

Result<UnixServer> UnixServer::open(UnixServerOptions options) {
    auto listener = UnixListener::open({.path = options.path, .mode = options.mode, .group = options.group});
    if (!listener) {
        return fail(listener.error().code, listener.error().detail);
    }
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    UniqueFd spare(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kListener;
    if (!epoll.is_open() || ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, listener->fd(), &event) != 0) {
        return os_failure("watch " + options.path, errno);
    }
    return UnixServer(std::make_unique<State>(std::move(options), std::move(*listener), std::move(epoll),
                                              std::move(spare)));
}

int UnixServer::fd() const {
    return state_->fd();
}
void UnixServer::service(const OnFrame& on_frame, const OnClosed& on_closed) {
    state_->service(on_frame, on_closed);
}
bool UnixServer::send(node::ClientId client, ConstBytes frame) {
    return state_->send(client, frame);
}
void UnixServer::hold() {
    state_->hold();
}
void UnixServer::release() {
    state_->release();
}
std::size_t UnixServer::client_count() const {
    return state_->client_count();
}
std::optional<PeerCredentials> UnixServer::credentials(node::ClientId client) const {
    return state_->credentials(client);
}

}  // namespace splash::linux
