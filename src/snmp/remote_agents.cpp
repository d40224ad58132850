#include "snmp/remote_agents.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "net_snmp.hpp"
#include "pdu.hpp"
#include "usm.hpp"

namespace splash::snmp {
namespace {

using isa::Exc;
using node::AgentRule;
using node::Instant;
using node::MibOperation;
using node::MibRequest;
using node::MibResult;
using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr int kTries = 3;  ///< of what reads

/// As net-snmp reads it. Never a host's name: nothing is resolved.
std::string peer_name(const IpAddress& agent, std::uint16_t port) {
    return (agent.is_v6() ? "udp6:[" + agent.to_string() + "]" : "udp:" + agent.to_string()) + ":" +
           std::to_string(port);
}

Exc exception_of(int error) {
    switch (error) {
        case ENETUNREACH:
        case EHOSTUNREACH:
        case EADDRNOTAVAIL: return Exc::NoRoute;
        case EACCES:
        case EPERM: return Exc::NotPermitted;
        default: return Exc::ServiceFailed;
    }
}

}  // namespace

class RemoteAgents::State {
public:
    explicit State(int epoll_fd) : epoll_fd_(epoll_fd) { netsnmp_large_fd_set_init(&ready_, FD_SETSIZE); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        exchanges_.clear();
        netsnmp_large_fd_set_cleanup(&ready_);
        close(epoll_fd_);
    }

    void ask(const IpAddress& agent, const AgentRule& how, std::chrono::milliseconds patience,
             MibRequest request, node::Mib::Answered answered);
    [[nodiscard]] int poll_fd() const { return epoll_fd_; }
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    void service();

private:
    using Continuation = std::function<void(Response)>;
    enum class Id : std::uint64_t {};
    /// One request to one agent, repeated or not.
    struct Exchange {
        int fd = -1;
        std::optional<Instant> due;  ///< when net-snmp repeats it or gives up
        Instant end{};
        int tries = 1;
        Pdu request;  ///< waits for the agent's engine id; null once sent
        bool knows_engine = false;
        std::shared_ptr<const LocalizedUser> user;  ///< of SNMPv3, once the engine is known
        Continuation then;
        std::optional<Response> response;
        Session session;  ///< ends first: net-snmp knows the rest
    };

    void exchange(const IpAddress& agent, const AgentRule& how, microseconds patience,
                  std::variant<Pdu, Exc> pdu, Continuation then);
    [[nodiscard]] std::variant<std::unique_ptr<Exchange>, Exc> open(const IpAddress& agent,
                                                                    const AgentRule& how,
                                                                    microseconds patience, int tries);
    [[nodiscard]] bool send(Exchange& exchange, Pdu pdu);
    void send_request(Exchange& exchange);
    void note_due(Exchange& exchange);
    void read(Exchange& exchange, bool has_error);
    void finish(Id id);
    static int take_response(int operation, netsnmp_session* session, int id, netsnmp_pdu* pdu,
                             void* exchange) noexcept;

    int epoll_fd_;
    Usm usm_;
    netsnmp_large_fd_set ready_{};
    std::uint64_t last_id_ = 0;
    std::unordered_map<Id, std::unique_ptr<Exchange>> exchanges_;
};

void RemoteAgents::State::ask(const IpAddress& agent, const AgentRule& how,
                              std::chrono::milliseconds patience, MibRequest request,
                              node::Mib::Answered answered) {
    if (request.operation != MibOperation::Set) {
        exchange(agent, how, patience, pdu_of(request), [answered = std::move(answered)](Response response) {
            answered(std::move(response.result));
        });
        return;
    }
    const Instant end = steady_clock::now() + patience;
    const MibRequest question = type_question(request);
    exchange(agent, how, patience, pdu_of(question),
             [this, agent, how, end, request = std::move(request),
              answered = std::move(answered)](const Response& present) {
                 const auto left = std::chrono::duration_cast<microseconds>(end - steady_clock::now());
                 if (std::holds_alternative<Exc>(present.result) || left <= microseconds(0)) {
                     answered(left > microseconds(0) ? present.result : MibResult(Exc::TimedOut));
                     return;
                 }
                 exchange(agent, how, left, pdu_of(request, present.types),
                          [request, answered](Response response) {
                              const bool is_done = !std::holds_alternative<Exc>(response.result);
                              answered(is_done ? all_written(request) : std::move(response.result));
                          });
             });
}

std::variant<std::unique_ptr<RemoteAgents::State::Exchange>, Exc> RemoteAgents::State::open(
    const IpAddress& agent, const AgentRule& how, microseconds patience, int tries) {
    auto made = std::make_unique<Exchange>();
    std::string peer = peer_name(agent, how.port);
    std::string community = how.community;
    netsnmp_session wanted{};
    snmp_sess_init(&wanted);
    wanted.peername = peer.data();
    if (how.version == AgentRule::Version::V3) {
        if (!usm_.introduce(wanted, how.user)) {
            return Exc::ServiceFailed;
        }
    } else {
        wanted.version = how.version == AgentRule::Version::V1 ? SNMP_VERSION_1 : SNMP_VERSION_2c;
        wanted.community = reinterpret_cast<u_char*>(community.data());
        wanted.community_len = community.size();
    }
    wanted.retries = tries - 1;
    wanted.timeout = std::max(1L, static_cast<long>(patience.count()) / tries);
    wanted.callback = take_response;
    wanted.callback_magic = made.get();
    made->session.reset(snmp_sess_open(&wanted));  // copies what it needs
    const netsnmp_transport* const transport =
        made->session ? snmp_sess_transport(made->session.get()) : nullptr;
    if (transport == nullptr) {
        return exception_of(wanted.s_errno);
    }
    made->fd = transport->sock;
    if (connect(made->fd, static_cast<const sockaddr*>(transport->remote),
                static_cast<socklen_t>(transport->remote_length)) < 0 ||
        fcntl(made->fd, F_SETFL, O_NONBLOCK) < 0) {
        return exception_of(errno);
    }
    return made;
}

void RemoteAgents::State::exchange(const IpAddress& agent, const AgentRule& how, microseconds patience,
                                   std::variant<Pdu, Exc> pdu, Continuation then) {
    if (const auto* const refusal = std::get_if<Exc>(&pdu)) {
        then({*refusal, {}});
        return;
    }
    Pdu request = std::move(std::get<Pdu>(pdu));
    const int tries = request->command == SNMP_MSG_SET ? 1 : kTries;
    auto opened = open(agent, how, patience, tries);
    if (const auto* const refusal = std::get_if<Exc>(&opened)) {
        then({*refusal, {}});
        return;
    }
    auto& made = std::get<std::unique_ptr<Exchange>>(opened);
    const Id id{++last_id_};
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = last_id_;
    made->end = steady_clock::now() + patience;
    made->tries = tries;
    Pdu first;
    if (how.version == AgentRule::Version::V3) {
        snmp_sess_session(made->session.get())->flags |= SNMP_FLAGS_DONT_PROBE;  // open() takes it back
        made->request = std::move(request);
        first = Usm::discovery();
    } else {
        first = std::move(request);
    }
    errno = 0;
    if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, made->fd, &event) < 0 || !send(*made, std::move(first))) {
        then({exception_of(errno), {}});
        return;
    }
    made->then = std::move(then);
    exchanges_.emplace(id, std::move(made));
}

bool RemoteAgents::State::send(Exchange& exchange, Pdu pdu) {
    if (!pdu || snmp_sess_send(exchange.session.get(), pdu.get()) == 0) {
        return false;
    }
    static_cast<void>(pdu.release());  // what was sent is net-snmp's
    note_due(exchange);
    return true;
}

void RemoteAgents::State::send_request(Exchange& exchange) {
    netsnmp_session& session = *snmp_sess_session(exchange.session.get());
    const auto left = std::chrono::duration_cast<microseconds>(exchange.end - steady_clock::now());
    session.timeout = std::max(1L, static_cast<long>(left.count()) / exchange.tries);
    errno = 0;
    exchange.user = usm_.take_engine(session);
    if (exchange.user == nullptr) {
        exchange.response = Response{Exc::ServiceFailed, {}};
    } else if (!send(exchange, std::move(exchange.request))) {
        exchange.response = Response{exception_of(errno), {}};
    }
}

void RemoteAgents::State::note_due(Exchange& exchange) {
    int count = 0;
    int block = 1;
    timeval wait{};
    NETSNMP_LARGE_FD_ZERO(&ready_);
    snmp_sess_select_info2(exchange.session.get(), &count, &ready_, &wait, &block);
    exchange.due = block != 0 ? std::nullopt
                              : std::optional(steady_clock::now() + std::chrono::seconds(wait.tv_sec) +
                                              microseconds(wait.tv_usec));
}

std::optional<Instant> RemoteAgents::State::next_deadline() const {
    std::optional<Instant> next;
    for (const auto& [id, exchange] : exchanges_) {
        if (exchange->due && (!next || *exchange->due < *next)) {
            next = exchange->due;
        }
    }
    return next;
}

void RemoteAgents::State::read(Exchange& exchange, bool has_error) {
    if (has_error) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(exchange.fd, SOL_SOCKET, SO_ERROR, &error, &size);
        exchange.response = Response{exception_of(error), {}};
        return;
    }
    NETSNMP_LARGE_FD_ZERO(&ready_);
    netsnmp_large_fd_setfd(exchange.fd, &ready_);
    snmp_sess_read2(exchange.session.get(), &ready_);
}

void RemoteAgents::State::service() {
    std::array<epoll_event, 64> events{};
    const int n = epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), 0);
    std::vector<Id> done;
    for (int i = 0; i < n; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        const auto found = exchanges_.find(Id{event.data.u64});
        if (found != exchanges_.end()) {
            read(*found->second, (event.events & EPOLLERR) != 0);
        }
    }
    const Instant now = steady_clock::now();
    for (const auto& [id, exchange] : exchanges_) {
        if (!exchange->response && exchange->knows_engine && exchange->request) {
            send_request(*exchange);
        }
        if (!exchange->response && exchange->due && *exchange->due <= now) {
            snmp_sess_timeout(exchange->session.get());
            note_due(*exchange);
        }
        if (exchange->response) {
            done.push_back(id);
        }
    }
    for (const Id id : done) {
        finish(id);
    }
}

void RemoteAgents::State::finish(Id id) {
    auto ended = exchanges_.extract(id);
    const std::unique_ptr<Exchange> exchange = std::move(ended.mapped());
    exchange->session.reset();  // its socket is free for what the answer asks next
    exchange->then(std::move(*exchange->response));
}

int RemoteAgents::State::take_response(int operation, netsnmp_session* /*session*/, int /*id*/,
                                       netsnmp_pdu* pdu, void* exchange) noexcept {
    auto& asked = *static_cast<Exchange*>(exchange);
    auto& response = asked.response;
    if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) {
        if (pdu->command == SNMP_MSG_RESPONSE && !asked.request) {
            response = response_of(*pdu);
        } else if (pdu->command == SNMP_MSG_REPORT && asked.request) {
            asked.knows_engine = true;
        } else if (pdu->command == SNMP_MSG_REPORT) {
            // RFC 3414, section 3.2: no such user there, or not with these keys.
            response = Response{isa::exc_from_snmp_error(SNMP_ERR_AUTHORIZATIONERROR), {}};
        } else {
            response = Response{Exc::ServiceFailed, {}};
        }
    } else if (operation == NETSNMP_CALLBACK_OP_TIMED_OUT) {
        response = Response{Exc::TimedOut, {}};
    } else if (operation == NETSNMP_CALLBACK_OP_SEND_FAILED) {
        response = Response{Exc::ServiceFailed, {}};
    }
    return 1;
}

RemoteAgents::RemoteAgents(std::unique_ptr<State> state) : state_(std::move(state)) {}
RemoteAgents::~RemoteAgents() = default;

Result<std::unique_ptr<RemoteAgents>> RemoteAgents::open(Agent& /*agent*/) {
    const int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return fail(Errc::System, std::string("epoll_create1: ") + std::strerror(errno));
    }
    return std::unique_ptr<RemoteAgents>(new RemoteAgents(std::make_unique<State>(fd)));
}

void RemoteAgents::ask(const IpAddress& agent, const AgentRule& how, std::chrono::milliseconds patience,
                       MibRequest request, node::Mib::Answered answered) {
    state_->ask(agent, how, patience, std::move(request), std::move(answered));
}
int RemoteAgents::poll_fd() const {
    return state_->poll_fd();
}
std::optional<Instant> RemoteAgents::next_deadline() const {
    return state_->next_deadline();
}
void RemoteAgents::service() {
    state_->service();
}

}  // namespace splash::snmp
