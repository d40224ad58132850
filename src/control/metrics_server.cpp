#include "control/metrics_server.hpp"

#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <list>
#include <string_view>
#include <utility>

namespace splash::control {
namespace {

constexpr int kBacklog = 64;
constexpr std::size_t kConnectionMemory = std::size_t{16} * 1024;

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

SocketAddress to_socket_address(const Endpoint& at) {
    SocketAddress address;
    const ConstBytes octets = at.address.octets();
    if (at.address.is_v6()) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(at.port);
        std::memcpy(&v6.sin6_addr, octets.data(), octets.size());
        std::memcpy(&address.storage, &v6, sizeof(v6));
        address.size = sizeof(v6);
    } else {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(at.port);
        std::memcpy(&v4.sin_addr, octets.data(), octets.size());
        std::memcpy(&address.storage, &v4, sizeof(v4));
        address.size = sizeof(v4);
    }
    return address;
}

Failure refused(const Endpoint& at) {
    const int reason = errno;
    const std::string where = "[metrics] listen " + at.to_string();
    switch (reason) {
        case EADDRINUSE: return fail(Errc::PortTaken, where);
        case EACCES: return fail(Errc::NeedsRoot, where + " (CAP_NET_BIND_SERVICE)");
        default: return fail(Errc::System, where + ": " + std::strerror(reason));
    }
}

using Response = std::unique_ptr<MHD_Response, decltype(&MHD_destroy_response)>;

MHD_Result respond(MHD_Connection* connection, unsigned status, const std::string& text, const char* type) {
    // The library copies: text is gone when the octets leave.
    const Response response(
        MHD_create_response_from_buffer(text.size(), const_cast<char*>(text.data()), MHD_RESPMEM_MUST_COPY),
        MHD_destroy_response);
    if (!response) {
        return MHD_NO;
    }
    bool is_complete =
        MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
        MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES;
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        is_complete = is_complete &&
                      MHD_add_response_header(response.get(), MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES;
    }
    return is_complete ? MHD_queue_response(connection, status, response.get()) : MHD_NO;
}

}  // namespace

class MetricsServer::State {
public:
    explicit State(int fd) : fd_(fd) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (daemon_ != nullptr) {
            MHD_stop_daemon(daemon_);  // closes the listening socket, too
        } else {
            close(fd_);
        }
    }

    Result<> start(Page page) {
        page_ = std::move(page);
        daemon_ = MHD_start_daemon(MHD_USE_EPOLL, 0, nullptr, nullptr, &State::answer, this,
                                   MHD_OPTION_LISTEN_SOCKET, fd_, MHD_OPTION_CONNECTION_LIMIT,
                                   kMaxConnections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory,
                                   MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(kLifetime.count()),
                                   MHD_OPTION_NOTIFY_CONNECTION, &State::note, this, MHD_OPTION_END);
        return daemon_ != nullptr ? Result<>{} : fail(Errc::System, "libmicrohttpd does not start");
    }

    [[nodiscard]] int poll_fd() const {
        const MHD_DaemonInfo* const info =
            daemon_ != nullptr ? MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD) : nullptr;
        return info != nullptr ? info->epoll_fd : -1;
    }

    void service() {
        const auto now = Clock::now();
        for (Open& one : open_) {
            if (one.ends <= now && !one.is_hung_up) {
                // The library counts idle time only; one octet now and then would hold a place for ever.
                shutdown(one.fd, SHUT_RDWR);
                one.is_hung_up = true;
            }
        }
        const std::size_t before = open_.size();
        MHD_run(daemon_);
        if (open_.size() < before) {
            MHD_run(daemon_);  // at its limit it had stopped listening; it begins again only when it runs
        }
    }

    [[nodiscard]] std::optional<Clock::time_point> next_deadline() const {
        if (open_.empty()) {
            return std::nullopt;
        }
        MHD_UNSIGNED_LONG_LONG milliseconds = 0;
        auto next = Clock::now() + kLifetime;
        if (MHD_get_timeout(daemon_, &milliseconds) == MHD_YES) {
            next = std::min(next, Clock::now() + std::chrono::milliseconds(milliseconds));
        }
        for (const Open& one : open_) {
            next = one.is_hung_up ? next : std::min(next, one.ends);
        }
        return next;
    }

private:
    struct Open {
        int fd = -1;
        Clock::time_point ends;
        bool is_hung_up = false;
    };

    static MHD_Result answer(void* self, MHD_Connection* connection, const char* url, const char* method,
                             const char* /*version*/, const char* /*upload*/, std::size_t* /*upload_size*/,
                             void** /*request*/) noexcept {
        constexpr const char* kPlain = "text/plain; charset=utf-8";
        try {
            if (std::string_view(url) != "/metrics") {
                return respond(connection, MHD_HTTP_NOT_FOUND, "splashd serves /metrics only\n", kPlain);
            }
            const std::string_view verb(method);
            if (verb != MHD_HTTP_METHOD_GET && verb != MHD_HTTP_METHOD_HEAD) {
                return respond(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or HEAD\n", kPlain);
            }
            return respond(connection, MHD_HTTP_OK, static_cast<State*>(self)->page_(),
                           "text/plain; version=0.0.4; charset=utf-8");
        } catch (const std::exception&) {
            return MHD_NO;  // no memory, from the serializer: the connection is closed
        }
    }

    static void note(void* self, MHD_Connection* connection, void** /*socket*/,
                     MHD_ConnectionNotificationCode code) noexcept {
        auto& open = static_cast<State*>(self)->open_;
        const MHD_ConnectionInfo* const info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (info == nullptr) {
            return;
        }
        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
            open.push_back({info->connect_fd, Clock::now() + kLifetime, false});
        } else {
            open.remove_if([fd = info->connect_fd](const Open& one) { return one.fd == fd; });
        }
    }

    int fd_;
    Page page_;
    MHD_Daemon* daemon_ = nullptr;
    std::list<Open> open_;
};

MetricsServer::MetricsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
MetricsServer::MetricsServer(MetricsServer&&) noexcept = default;
MetricsServer& MetricsServer::operator=(MetricsServer&&) noexcept = default;
MetricsServer::~MetricsServer() = default;

Result<MetricsServer> MetricsServer::listen(const Endpoint& at) {
    const SocketAddress address = to_socket_address(at);
    const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return refused(at);
    }
    auto state = std::make_unique<State>(fd);
    const int on = 1;
    // A restarted daemon takes its port back though old connections linger; [::] leaves IPv4 to others.
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        (at.address.is_v6() && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) ||
        bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 ||
        ::listen(fd, kBacklog) != 0) {
        return refused(at);
    }
    return MetricsServer(std::move(state));
}

Result<> MetricsServer::start(Page page) {
    return state_->start(std::move(page));
}
int MetricsServer::poll_fd() const {
    return state_->poll_fd();
}
void MetricsServer::service() {
    state_->service();
}
std::optional<MetricsServer::Clock::time_point> MetricsServer::next_deadline() const {
    return state_->next_deadline();
}

}  // namespace splash::control
