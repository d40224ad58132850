#include "snmp/mib.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <unordered_map>

#include "net_snmp.hpp"
#include "values.hpp"

namespace splash::snmp {
namespace {

using node::MibReply;
using node::MibUser;

constexpr long kMaxMessage = 65507;

/// A response as the agent made it.
struct Answer {
    std::optional<Oid> oid;
    isa::Value value;
    u_char type = ASN_NULL;  ///< of the value
    bool is_error = false;   ///< the value is 64 + error-status, or the agent dropped the request
};

Answer error_answer(std::uint32_t error_status) {
    return {.oid = std::nullopt,
            .value = isa::exc_from_snmp_error(error_status),
            .type = ASN_NULL,
            .is_error = true};
}

Answer dropped_answer() {
    return {.oid = std::nullopt, .value = isa::Exc::ServiceFailed, .type = ASN_NULL, .is_error = true};
}

Answer answer_from(const netsnmp_pdu& response) {
    if (response.errstat != SNMP_ERR_NOERROR) {
        return error_answer(static_cast<std::uint32_t>(response.errstat));
    }
    const netsnmp_variable_list* const variable = response.variables;
    if (variable == nullptr) {
        return dropped_answer();
    }
    return {.oid = from_net_snmp(variable->name, variable->name_length),
            .value = value_of(*variable),
            .type = variable->type,
            .is_error = false};
}

struct FreePdu {
    void operator()(netsnmp_pdu* pdu) const { snmp_free_pdu(pdu); }
};
using Pdu = std::unique_ptr<netsnmp_pdu, FreePdu>;

u_char* copied(const std::string& text) {
    // snmp_free_pdu frees it.
    return reinterpret_cast<u_char*>(strndup(text.data(), text.size()));
}

Pdu make_pdu(int command, const MibUser& user) {
    Pdu pdu(snmp_pdu_create(command));
    if (!pdu) {
        return pdu;
    }
    pdu->version = SNMP_VERSION_3;
    pdu->securityModel = SNMP_SEC_MODEL_USM;
    pdu->securityLevel = static_cast<int>(user.level);  // the numbers are RFC 3411's on both sides
    pdu->securityName = reinterpret_cast<char*>(copied(user.name));
    pdu->securityNameLen = user.name.size();
    pdu->contextName = reinterpret_cast<char*>(copied(""));
    pdu->contextNameLen = 0;
    pdu->transid = snmp_get_next_transid();
    pdu->msgMaxSize = kMaxMessage;
    return pdu;
}

}  // namespace

/// What the hooks given to net-snmp see. Owned by InProcessMib, unless that is destroyed while the agent
/// still works on a request: then the session keeps it until the agent shuts down.
class InProcessMib::State {
public:
    using Continuation = std::function<void(Answer)>;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { close_late(); }

    Result<> open();
    void ask(Pdu pdu, Continuation then);
    /// True if nothing refers to this any more; otherwise it deletes itself when the session is closed.
    [[nodiscard]] bool retire();

private:
    struct Request {
        Continuation then;
        std::optional<Answer> answer;
    };

    static int build(netsnmp_session* session, netsnmp_pdu* pdu, u_char* octets, size_t* size) noexcept;
    static int send(netsnmp_transport* transport, const void* octets, int size, void** opaque,
                    int* opaque_size) noexcept;
    static int receive(netsnmp_transport* transport, void* octets, int size, void** opaque,
                       int* opaque_size) noexcept;
    static int closed(netsnmp_transport* transport) noexcept;
    static char* describe(netsnmp_transport* transport, const void* address, int size) noexcept;
    static void deliver_late(int fd, void* state) noexcept;
    void close_late();
    void finish(int id, Answer answer);

    netsnmp_session* session_ = nullptr;  ///< null once net-snmp has closed it
    int late_fd_ = -1;                    ///< an eventfd in net-snmp's loop: late answers wait
    bool is_retired_ = false;
    int last_id_ = 0;
    int current_ = 0;  ///< id of the request handle_snmp_packet is working on
    std::unordered_map<int, Request> requests_;
    std::vector<int> late_;
};

Result<> InProcessMib::State::open() {
    auto* const transport = static_cast<netsnmp_transport*>(calloc(1, sizeof(netsnmp_transport)));
    // A real descriptor that is never ready: the agent closes sessions that have none.
    const int wire = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    late_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (transport == nullptr || wire < 0 || late_fd_ < 0) {
        const std::string reason = std::strerror(errno);
        free(transport);
        ::close(wire);
        return fail(Errc::System, "in-process session: " + reason);
    }
    transport->sock = wire;
    transport->flags = NETSNMP_TRANSPORT_FLAG_OPENED;
    transport->msgMaxSize = kMaxMessage;
    transport->data = this;
    transport->f_recv = receive;
    transport->f_send = send;
    transport->f_close = closed;
    transport->f_fmtaddr = describe;
    netsnmp_session session{};
    snmp_sess_init(&session);
    session.version = SNMP_DEFAULT_VERSION;
    session.callback = handle_snmp_packet;
    session.myvoid = this;
    session.isAuthoritative = SNMP_SESS_AUTHORITATIVE;
    session.flags |= SNMP_FLAGS_DONT_PROBE;
    session_ =
        snmp_add_full(&session, transport, nullptr, nullptr, nullptr, build, nullptr, nullptr, nullptr);
    if (session_ == nullptr) {
        return fail(Errc::System, std::string("in-process session: ") + snmp_api_errstring(snmp_errno));
    }
    if (register_readfd(late_fd_, deliver_late, this) != FD_REGISTERED_OK) {
        snmp_close(session_);
        return fail(Errc::System, "in-process session: net-snmp takes no more descriptors");
    }
    return {};
}

void InProcessMib::State::ask(Pdu pdu, Continuation then) {
    if (session_ == nullptr || !pdu) {
        then(dropped_answer());
        return;
    }
    // The agent would answer the same, and send an authenticationFailure notification for each.
    if (check_access(pdu.get()) != 0) {
        then(error_answer(SNMP_ERR_AUTHORIZATIONERROR));
        return;
    }
    do {
        last_id_ = last_id_ < INT_MAX ? last_id_ + 1 : 1;
    } while (requests_.contains(last_id_));
    const int id = last_id_;
    requests_.emplace(id, Request{std::move(then), std::nullopt});
    pdu->reqid = id;
    current_ = id;
    const int taken =
        handle_snmp_packet(NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE, session_, id, pdu.get(), nullptr);
    current_ = 0;
    if (const auto at = requests_.find(id); at != requests_.end()) {
        if (at->second.answer) {
            finish(id, std::move(*at->second.answer));
        } else if (taken == 0) {
            finish(id, dropped_answer());
        }
    }
}

void InProcessMib::State::finish(int id, Answer answer) {
    auto request = requests_.extract(id);
    request.mapped().then(std::move(answer));
}

bool InProcessMib::State::retire() {
    close_late();
    const bool is_idle = requests_.empty();
    requests_.clear();
    if (session_ == nullptr) {
        return true;
    }
    if (is_idle) {
        snmp_close(session_);
        return true;
    }
    // The agent holds the session for the delegated request; closing it now would leave it a dead pointer.
    is_retired_ = true;
    return false;
}

void InProcessMib::State::close_late() {
    if (late_fd_ >= 0) {
        unregister_readfd(late_fd_);
        ::close(late_fd_);
        late_fd_ = -1;
    }
}

int InProcessMib::State::build(netsnmp_session* session, netsnmp_pdu* pdu, u_char* octets,
                               size_t* size) noexcept {
    auto* const state = static_cast<State*>(session->myvoid);
    const int id = static_cast<int>(pdu->reqid);
    if (const auto at = state->requests_.find(id); at != state->requests_.end()) {
        at->second.answer = answer_from(*pdu);
        if (id != state->current_ && state->late_fd_ >= 0) {
            state->late_.push_back(id);
            eventfd_write(state->late_fd_, 1);
        }
    }
    // Something has to be "sent".
    octets[0] = 0;
    *size = 1;
    return 0;
}

int InProcessMib::State::send(netsnmp_transport* /*transport*/, const void* /*octets*/, int size,
                              void** /*opaque*/, int* /*opaque_size*/) noexcept {
    return size;
}

int InProcessMib::State::receive(netsnmp_transport* /*transport*/, void* /*octets*/, int /*size*/,
                                 void** /*opaque*/, int* /*opaque_size*/) noexcept {
    return -1;
}

int InProcessMib::State::closed(netsnmp_transport* transport) noexcept {
    auto* const state = static_cast<State*>(transport->data);
    transport->data = nullptr;  // net-snmp would free() it
    const int result = ::close(transport->sock);
    transport->sock = -1;
    if (state != nullptr) {
        state->session_ = nullptr;
        if (state->is_retired_) {
            delete state;
        }
    }
    return result;
}

char* InProcessMib::State::describe(netsnmp_transport* /*transport*/, const void* /*address*/,
                                    int /*size*/) noexcept {
    return strdup("in-process");
}

void InProcessMib::State::deliver_late(int fd, void* state) noexcept {
    auto* const self = static_cast<State*>(state);
    eventfd_t count = 0;
    eventfd_read(fd, &count);
    std::vector<int> ids;
    ids.swap(self->late_);
    for (const int id : ids) {
        const auto at = self->requests_.find(id);
        if (at != self->requests_.end() && at->second.answer) {
            self->finish(id, std::move(*at->second.answer));
        }
    }
}

InProcessMib::InProcessMib(std::unique_ptr<State> state) : state_(std::move(state)) {}

InProcessMib::~InProcessMib() {
    if (!state_->retire()) {
        static_cast<void>(state_.release());  // deleted when net-snmp closes the session
    }
}

Result<std::unique_ptr<InProcessMib>> InProcessMib::open(Agent& /*agent*/) {
    auto state = std::make_unique<State>();
    if (auto opened = state->open(); !opened) {
        return Failure(opened.error());
    }
    return std::unique_ptr<InProcessMib>(new InProcessMib(std::move(state)));
}

namespace {

Pdu read_pdu(int command, const MibUser& user, const Oid& oid) {
    Pdu pdu = make_pdu(command, user);
    const std::vector<::oid> name = to_net_snmp(oid);
    if (pdu && snmp_add_null_var(pdu.get(), name.data(), name.size()) == nullptr) {
        pdu.reset();
    }
    return pdu;
}

}  // namespace

void InProcessMib::get(const MibUser& user, const Oid& oid, Done done) {
    state_->ask(read_pdu(SNMP_MSG_GET, user, oid), [oid, done = std::move(done)](Answer answer) {
        done(MibReply{oid, std::move(answer.value)});
    });
}

void InProcessMib::get_next(const MibUser& user, const Oid& oid, Done done) {
    state_->ask(read_pdu(SNMP_MSG_GETNEXT, user, oid), [oid, done = std::move(done)](Answer answer) {
        done(MibReply{answer.oid.value_or(oid), std::move(answer.value)});
    });
}

void InProcessMib::set(const MibUser& user, const Oid& oid, const isa::Value& value, Done done) {
    // The state outlives the continuation: it goes away only after dropping its requests.
    State* const state = state_.get();
    auto write = [state, user, oid, value, done = std::move(done)](const Answer& present) {
        if (present.is_error) {
            done(MibReply{oid, present.value});
            return;
        }
        const bool has_value = present.type != SNMP_NOSUCHOBJECT && present.type != SNMP_NOSUCHINSTANCE &&
                               present.type != SNMP_ENDOFMIBVIEW;
        Pdu pdu = make_pdu(SNMP_MSG_SET, user);
        const int status = pdu ? add_variable(*pdu, oid, has_value ? present.type : u_char{ASN_NULL}, value)
                               : SNMP_ERR_RESOURCEUNAVAILABLE;
        if (status != SNMP_ERR_NOERROR) {
            done(MibReply{oid, isa::exc_from_snmp_error(static_cast<std::uint32_t>(status))});
            return;
        }
        state->ask(std::move(pdu), [oid, done](Answer answer) {
            done(MibReply{oid, answer.is_error ? std::move(answer.value) : isa::Value(std::int64_t{1})});
        });
    };
    state_->ask(read_pdu(SNMP_MSG_GET, user, oid), std::move(write));
}

}  // namespace splash::snmp
