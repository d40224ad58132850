#include "snmp/poller.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
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
    /// What a response with an error-status is to the one who asked.
    enum class Refusal : std::uint8_t {
        Error,
        Value,    ///< each binding has the exception of the error-status
        Missing,  ///< of noSuchName, the binding it names has an exception; else an error
    };
    void queue(const std::string& agent, Pdu pdu, Done done, Refusal refusal = Refusal::Error) {
        queued_.push_back({agent, std::move(pdu), std::move(done), refusal});
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
    };
    /// An agent and how many of its requests are on their way.
    struct Agent {
        Session session;
        std::size_t outstanding = 0;
    };
    /// What net-snmp hands back with an answer.
    struct Outstanding {
        Outstanding(State& of, std::string asked, Done then, Refusal as)
            : state(of), agent(std::move(asked)), done(std::move(then)), refusal(as) {}
        State& state;
        std::string agent;
        Done done;
        Refusal refusal;
        bool* ended = nullptr;  ///< while it is being sent: set when it is gone
    };

    /// What is known of the objects asked for together.
    struct Asked {
        std::vector<Oid> oids;
        std::vector<bool> is_missing;
    };
    void ask_by_v1(int command, const std::string& agent, Asked asked, Done done);

    Result<Agent*> agent_of(const std::string& name);
    void send(Request request);
    void send_more();
    Result<> wait();
    /// Ours comes back exactly once: by an answer, the last timeout or a failed transport. No exception may
    /// pass net-snmp's frames. NOLINTNEXTLINE(bugprone-exception-escape)
    static int took(int operation, netsnmp_session* session, int number, netsnmp_pdu* pdu,
                    void* outstanding) noexcept;
    void end(const std::string& agent, const Done& done, Result<std::vector<VarBind>> result);

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
        ask_by_v1(command == SNMP_MSG_GETBULK ? SNMP_MSG_GETNEXT : command, agent,
                  {oids, std::vector<bool>(oids.size(), false)}, std::move(done));
        return;
    }
    Pdu pdu = read_request(command, oids);
    if (command == SNMP_MSG_GETBULK) {
        pdu->non_repeaters = 0;
        pdu->max_repetitions = static_cast<long>(most);
    }
    queue(agent, std::move(pdu), std::move(done));
}

/// One object that is not there, or that nothing follows, has an SNMPv1 agent refuse the whole request (RFC
/// 1157, section 4.1.2): the others are asked for again.
void Poller::State::ask_by_v1(int command, const std::string& agent, Asked asked, Done done) {
    std::vector<Oid> left;
    for (std::size_t i = 0; i < asked.oids.size(); ++i) {
        if (!asked.is_missing[i]) {
            left.push_back(asked.oids[i]);
        }
    }
    const std::size_t count = left.size();
    auto take = [this, command, agent, count, asked = std::move(asked),
                 done = std::move(done)](Result<std::vector<VarBind>> got) mutable {
        if (!got || got->size() != count) {
            done(got ? fail(Errc::Protocol, agent + ": " + std::to_string(got->size()) + " bindings for " +
                                                std::to_string(count))
                     : std::move(got));
            return;
        }
        std::vector<VarBind> binds;
        std::size_t now_missing = 0;
        for (std::size_t i = 0, came = 0; i < asked.oids.size(); ++i) {
            if (asked.is_missing[i]) {
                binds.push_back(missing_by_v1(command, asked.oids[i]));
                continue;
            }
            binds.push_back(std::move((*got)[came++]));
            if (std::holds_alternative<isa::Exc>(binds.back().value)) {
                binds.back() = missing_by_v1(command, asked.oids[i]);
                asked.is_missing[i] = true;
                ++now_missing;
            }
        }
        if (now_missing > 0 && now_missing < count) {
            ask_by_v1(command, agent, std::move(asked), std::move(done));
        } else {
            done(std::move(binds));
        }
    };
    queue(agent, read_request(command, left), std::move(take), Refusal::Missing);
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
    auto outstanding =
        std::make_unique<Outstanding>(*this, request.agent, std::move(request.done), request.refusal);
    void* const handle = (*agent)->session.get();
    bool ended = false;
    outstanding->ended = &ended;
    const int sent = snmp_sess_async_send(handle, request.pdu.get(), took, outstanding.get());
    if (ended) {
        // took() was told that it could not be sent: to an address without a route, say. The message stays
        // ours.
        static_cast<void>(outstanding.release());
        return;
    }
    outstanding->ended = nullptr;
    if (sent == 0) {
        // Refused before that: likewise, and nothing will come back.
        end(request.agent, outstanding->done, session_error(request.agent, handle));
        return;
    }
    static_cast<void>(request.pdu.release());
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
        } else if (pdu->errstat == SNMP_ERR_NOSUCHNAME && mine->refusal == Refusal::Missing) {
            auto refused = bindings_of(*pdu);
            const auto place = static_cast<std::size_t>(pdu->errindex);
            if (!refused || place < 1 || place > refused->size()) {
                state.end(mine->agent, mine->done, refusal_of(mine->agent, *pdu));
            } else {
                for (VarBind& bind : *refused) {
                    bind.value =
                        std::int64_t{0};  // a refusal has no values, which reads as an exception, too
                }
                (*refused)[place - 1].value = isa::Exc::NoSuchInstance;
                state.end(mine->agent, mine->done, std::move(refused));
            }
        } else if (pdu->errstat == SNMP_ERR_TOOBIG) {
            state.end(mine->agent, mine->done, fail(Errc::TooLarge, mine->agent));
        } else if (pdu->errstat != SNMP_ERR_NOERROR) {
            state.end(mine->agent, mine->done, refusal_of(mine->agent, *pdu));
        } else {
            state.end(mine->agent, mine->done, bindings_of(*pdu));
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
