#include "snmp/poller.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "bindings.hpp"
#include "session_options.hpp"
#include "values.hpp"

namespace splash::snmp {
namespace {

int descriptor_of(void* handle) {
    const netsnmp_transport* const transport = snmp_sess_transport(handle);
    return transport != nullptr ? transport->sock : -1;
}

}  // namespace

class Poller::State {
public:
    State(SessionOptions options, std::size_t most_at_once)
        : options_(std::move(options)), most_at_once_(most_at_once) {}

    void ask(int command, const std::string& agent, const std::vector<Oid>& oids, unsigned most, Done done);
    /// What a response with an error-status is to the one who asked: for Value bindings that have its
    /// exception.
    enum class Refusal : std::uint8_t { Error, Value };
    void queue(const std::string& agent, Pdu pdu, Done done, Refusal refusal = Refusal::Error) {
        queued_.push_back({agent, std::move(pdu), std::move(done), refusal, {}});
    }
    Result<> run();
    [[nodiscard]] Result<> open_session(const std::string& agent) {
        const auto opened = agent_of(agent);
        return opened ? Result<>() : Failure(opened.error());
    }
    [[nodiscard]] Traffic traffic() const { return traffic_; }

private:
    struct Request {
        std::string agent;
        Pdu pdu;
        Done done;
        Refusal refusal = Refusal::Error;
        std::optional<QuestionByV1> by_v1;
    };
    /// An agent and how many of its requests are on their way.
    struct Agent {
        Session session;
        std::size_t outstanding = 0;
    };
    /// What net-snmp hands back with an answer.
    struct Outstanding {
        Outstanding(State& of, Request request)
            : state(of),
              agent(std::move(request.agent)),
              done(std::move(request.done)),
              refusal(request.refusal),
              by_v1(std::move(request.by_v1)) {}
        State& state;
        std::string agent;
        Done done;
        Refusal refusal;
        std::optional<QuestionByV1> by_v1;
        bool* ended = nullptr;  ///< while it is being sent: set when it is gone
    };

    void ask_by_v1(const std::string& agent, QuestionByV1 question, Done done);

    Result<Agent*> agent_of(const std::string& name);
    void send(Request request);
    void send_more();
    Result<> wait();
    /// Ours comes back exactly once: by an answer, the last timeout or a failed transport. No exception may
    /// pass net-snmp's frames. NOLINTNEXTLINE(bugprone-exception-escape)
    static int took(int operation, netsnmp_session* session, int number, netsnmp_pdu* pdu,
                    void* outstanding) noexcept;
    void end(const std::string& agent, const Done& done, Result<std::vector<VarBind>> result);
    void ask_on(Outstanding& refused);

    SessionOptions options_;
    std::size_t most_at_once_;
    std::deque<Request> queued_;
    std::map<std::string, Agent> agents_;
    std::size_t outstanding_ = 0;
    Traffic traffic_;
};

void Poller::State::ask(int command, const std::string& agent, const std::vector<Oid>& oids, unsigned most,
                        Done done) {
    if (options_.session().version == SNMP_VERSION_1) {
        const bool is_bulk = command == SNMP_MSG_GETBULK;
        const int one_row = is_bulk ? static_cast<int>(SNMP_MSG_GETNEXT) : command;
        ask_by_v1(agent, {one_row, oids}, std::move(done));
        return;
    }
    Pdu pdu = read_request(command, oids);
    if (command == SNMP_MSG_GETBULK) {
        pdu->non_repeaters = 0;
        pdu->max_repetitions = static_cast<long>(most);
    }
    queue(agent, std::move(pdu), std::move(done));
}

void Poller::State::ask_by_v1(const std::string& agent, QuestionByV1 question, Done done) {
    Pdu pdu = question.request();
    queued_.push_back({agent, std::move(pdu), std::move(done), Refusal::Error, std::move(question)});
}

Result<Poller::State::Agent*> Poller::State::agent_of(const std::string& name) {
    if (const auto found = agents_.find(name); found != agents_.end()) {
        return &found->second;
    }
    netsnmp_session wanted = options_.session();  // net-snmp copies what it needs
    std::string peer = name;
    wanted.peername = peer.data();
    Session session(snmp_sess_open(&wanted));
    if (session == nullptr) {
        char* text = nullptr;
        snmp_error(&wanted, nullptr, nullptr, &text);
        const std::string reason = text != nullptr ? text : "no session";
        free(text);
        return fail(Errc::System, name + ": " + reason);
    }
    return &agents_.emplace(name, Agent{std::move(session), 0}).first->second;
}

void Poller::State::send(Request request) {
    const auto agent = agent_of(request.agent);
    if (!agent) {
        request.done(Failure(agent.error()));
        return;
    }
    ++outstanding_;
    ++(*agent)->outstanding;
    ++traffic_.requests;
    const std::string name = request.agent;
    Pdu pdu = std::move(request.pdu);
    auto outstanding = std::make_unique<Outstanding>(*this, std::move(request));
    void* const handle = (*agent)->session.get();
    bool ended = false;
    outstanding->ended = &ended;
    const int sent = snmp_sess_async_send(handle, pdu.get(), took, outstanding.get());
    if (ended) {
        // took() was told that it could not be sent: to an address without a route, say. The message stays
        // ours.
        static_cast<void>(outstanding.release());
        return;
    }
    outstanding->ended = nullptr;
    if (sent == 0) {
        // Refused before that: likewise, and nothing will come back.
        end(name, outstanding->done, session_error(name, handle));
        return;
    }
    static_cast<void>(pdu.release());
    static_cast<void>(outstanding.release());  // took() has it now
}

// NOLINTNEXTLINE(bugprone-exception-escape)
int Poller::State::took(int operation, netsnmp_session* /*session*/, int /*number*/, netsnmp_pdu* pdu,
                        void* outstanding) noexcept {
    if (operation == NETSNMP_CALLBACK_OP_CONNECT || operation == NETSNMP_CALLBACK_OP_RESEND) {
        return 1;
    }
    const std::unique_ptr<Outstanding> mine(static_cast<Outstanding*>(outstanding));
    if (mine->ended != nullptr) {
        *mine->ended = true;
    }
    State& state = mine->state;
    if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) {
        ++state.traffic_.answers;
        if (pdu->command == SNMP_MSG_REPORT) {
            state.end(mine->agent, mine->done,
                      fail(Errc::Refused, mine->agent + ": the agent reports an error of SNMPv3"));
        } else if (pdu->errstat != SNMP_ERR_NOERROR && mine->refusal == Refusal::Value) {
            auto refused = bindings_of(*pdu);
            for (std::size_t at = 0; refused && at < refused->size(); ++at) {
                (*refused)[at].value = isa::exc_from_snmp_error(static_cast<std::uint32_t>(pdu->errstat));
            }
            state.end(mine->agent, mine->done, std::move(refused));
        } else if (pdu->errstat == SNMP_ERR_NOSUCHNAME && mine->by_v1 &&
                   mine->by_v1->take_refusal(pdu->errindex)) {
            state.ask_on(*mine);
        } else if (pdu->errstat == SNMP_ERR_TOOBIG) {
            state.end(mine->agent, mine->done, fail(Errc::TooLarge, mine->agent));
        } else if (pdu->errstat != SNMP_ERR_NOERROR) {
            state.end(mine->agent, mine->done, refusal_of(mine->agent, *pdu));
        } else {
            auto came = bindings_of(*pdu);
            if (came && mine->by_v1) {
                came = mine->by_v1->answer(*std::move(came));
            }
            state.end(
                mine->agent, mine->done,
                came ? std::move(came) : fail(came.error().code, mine->agent + ": " + came.error().detail));
        }
    } else if (operation == NETSNMP_CALLBACK_OP_TIMED_OUT) {
        state.end(mine->agent, mine->done, fail(Errc::TimedOut, mine->agent));
    } else {
        const auto found = state.agents_.find(mine->agent);
        state.end(mine->agent, mine->done, session_error(mine->agent, found->second.session.get()));
    }
    return 1;
}

void Poller::State::end(const std::string& agent, const Done& done, Result<std::vector<VarBind>> result) {
    --outstanding_;
    --agents_.at(agent).outstanding;
    done(std::move(result));
}

/// An object is missing: what is left is asked for.
void Poller::State::ask_on(Outstanding& refused) {
    if (refused.by_v1->left().empty()) {
        end(refused.agent, refused.done, refused.by_v1->answer({}));
        return;
    }
    --outstanding_;
    --agents_.at(refused.agent).outstanding;
    ask_by_v1(refused.agent, *std::move(refused.by_v1), std::move(refused.done));
}

void Poller::State::send_more() {
    while (!queued_.empty() && outstanding_ < most_at_once_) {
        Request next = std::move(queued_.front());
        queued_.pop_front();
        send(std::move(next));
    }
}

Result<> Poller::State::wait() {
    // Only agents that owe an answer: a big network is more descriptors than one wait needs to look at.
    std::vector<pollfd> polled;
    std::vector<void*> sessions;
    timeval soonest{.tv_sec = 1, .tv_usec = 0};
    int block = 0;
    for (auto& [name, agent] : agents_) {
        if (agent.outstanding == 0) {
            continue;
        }
        polled.push_back({descriptor_of(agent.session.get()), POLLIN, 0});
        sessions.push_back(agent.session.get());
        int count = 0;
        netsnmp_large_fd_set unused;
        netsnmp_large_fd_set_init(&unused, FD_SETSIZE);
        // Asked for its timer; it shortens the time if its own is sooner.
        snmp_sess_select_info2(agent.session.get(), &count, &unused, &soonest, &block);
        netsnmp_large_fd_set_cleanup(&unused);
    }
    const int milliseconds = static_cast<int>(soonest.tv_sec * 1000 + soonest.tv_usec / 1000 + 1);
    if (poll(polled.data(), polled.size(), milliseconds) < 0 && errno != EINTR) {
        return fail(Errc::System, std::string("poll: ") + std::strerror(errno));
    }
    for (std::size_t at = 0; at < polled.size(); ++at) {
        if (polled[at].revents != 0) {
            netsnmp_large_fd_set ready;
            netsnmp_large_fd_set_init(&ready, std::max(FD_SETSIZE, polled[at].fd + 1));
            netsnmp_large_fd_setfd(polled[at].fd, &ready);
            snmp_sess_read2(sessions[at], &ready);
            netsnmp_large_fd_set_cleanup(&ready);
        }
        snmp_sess_timeout(sessions[at]);
    }
    return {};
}

Result<> Poller::State::run() {
    send_more();
    while (outstanding_ > 0) {
        if (auto waited = wait(); !waited) {
            return waited;
        }
        send_more();
    }
    return {};
}

Poller::Poller(std::unique_ptr<State> state) : state_(std::move(state)) {}
Poller::Poller(Poller&&) noexcept = default;
Poller& Poller::operator=(Poller&&) noexcept = default;
Poller::~Poller() = default;

Result<Poller> Poller::open(std::vector<std::string> options, std::size_t most_at_once) {
    options.emplace_back("127.0.0.1");  // the parser wants an agent; each session gets its own
    auto read = SessionOptions::read(options);
    if (!read) {
        return Failure(read.error());
    }
    return Poller(std::make_unique<State>(std::move(*read), std::max<std::size_t>(1, most_at_once)));
}

void Poller::get(const std::string& agent, const std::vector<Oid>& oids, Done done) {
    state_->ask(SNMP_MSG_GET, agent, oids, 0, std::move(done));
}
void Poller::get_next(const std::string& agent, const std::vector<Oid>& oids, Done done) {
    state_->ask(SNMP_MSG_GETNEXT, agent, oids, 0, std::move(done));
}
void Poller::get_bulk(const std::string& agent, const std::vector<Oid>& oids, unsigned most, Done done) {
    state_->ask(SNMP_MSG_GETBULK, agent, oids, most, std::move(done));
}
void Poller::set(const std::string& agent, const std::vector<SetBind>& binds, Done done) {
    auto pdu = set_request(binds);
    if (!pdu) {
        done(Failure(pdu.error()));
        return;
    }
    state_->queue(agent, std::move(*pdu), std::move(done));
}
void Poller::try_set(const std::string& agent, const std::vector<SetBind>& binds, Done done) {
    auto pdu = set_request(binds);
    if (!pdu) {
        done(Failure(pdu.error()));
        return;
    }
    state_->queue(agent, std::move(*pdu), std::move(done), State::Refusal::Value);
}
Result<> Poller::open_session(const std::string& agent) {
    return state_->open_session(agent);
}

Result<> Poller::run() {
    return state_->run();
}
Poller::Traffic Poller::traffic() const {
    return state_->traffic();
}

}  // namespace splash::snmp
