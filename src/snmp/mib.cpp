#include "snmp/mib.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <unordered_map>

#include "net_snmp.hpp"
#include "pdu.hpp"
#include "values.hpp"

namespace splash::snmp {
namespace {

using isa::Exc;
using node::MibRequest;
using node::MibResult;
using node::MibUser;

constexpr long kMaxMessage = 65507;

/// The agent gave no response.
Response dropped() {
    return {Exc::ServiceFailed, {}};
}

u_char* copied(const std::string& text) {
    // snmp_free_pdu frees it.
    return reinterpret_cast<u_char*>(strndup(text.data(), text.size()));
}

/// As if it had come from that user by SNMPv3.
void sign(netsnmp_pdu& pdu, const MibUser& user) {
    pdu.version = SNMP_VERSION_3;
    pdu.securityModel = SNMP_SEC_MODEL_USM;
    pdu.securityLevel = static_cast<int>(user.level);  // the numbers are RFC 3411's on both sides
    pdu.securityName = reinterpret_cast<char*>(copied(user.name));
    pdu.securityNameLen = user.name.size();
    pdu.contextName = reinterpret_cast<char*>(copied(""));
    pdu.contextNameLen = 0;
    pdu.transid = snmp_get_next_transid();
    pdu.msgMaxSize = kMaxMessage;
}

}  // namespace

/// What the hooks given to net-snmp see. Owned by InProcessMib, unless that is destroyed while the agent
/// still works on a request: then the session keeps it until the agent shuts down.
class InProcessMib::State {
public:
    using Continuation = std::function<void(Response)>;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { close_late(); }

    Result<> open();
    void ask(const MibUser& user, const MibRequest& request, std::span<const u_char> types,
             Continuation then);
    /// True if nothing refers to this any more; otherwise it deletes itself when the session is closed.
    [[nodiscard]] bool retire();

private:
    struct Request {
        Continuation then;
        std::optional<Response> answer;
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
    void finish(int id, Response answer);

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

void InProcessMib::State::ask(const MibUser& user, const MibRequest& request, std::span<const u_char> types,
                              Continuation then) {
    if (session_ == nullptr) {
        then(dropped());
        return;
    }
    auto made = pdu_of(request, types);
    if (const auto* const refusal = std::get_if<Exc>(&made)) {
        then({*refusal, {}});
        return;
    }
    const Pdu pdu = std::move(std::get<Pdu>(made));
    sign(*pdu, user);
    // The agent would answer the same, and send an authenticationFailure notification for each.
    if (check_access(pdu.get()) != 0) {
        then({isa::exc_from_snmp_error(SNMP_ERR_AUTHORIZATIONERROR), {}});
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
            finish(id, dropped());
        }
    }
}

void InProcessMib::State::finish(int id, Response answer) {
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
        at->second.answer = response_of(*pdu);
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

void InProcessMib::ask(const MibUser& user, MibRequest request, Answered answered) {
    if (request.operation != node::MibOperation::Set) {
        state_->ask(user, request, {}, [answered = std::move(answered)](Response response) {
            answered(std::move(response.result));
        });
        return;
    }
    const MibRequest question = type_question(request);
    // The state outlives the continuation: it goes away only after dropping its requests.
    State* const state = state_.get();
    state_->ask(
        user, question, {},
        [state, user, request = std::move(request), answered = std::move(answered)](const Response& present) {
            if (std::holds_alternative<Exc>(present.result)) {
                answered(present.result);
                return;
            }
            state->ask(user, request, present.types, [request, answered](Response response) {
                const bool is_done = !std::holds_alternative<Exc>(response.result);
                answered(is_done ? all_written(request) : std::move(response.result));
            });
        });
}

isa::Value InProcessMib::notify(const Oid& notification, const isa::Value& value) {
    Pdu pdu(snmp_pdu_create(SNMP_MSG_TRAP2));
    constexpr std::array<::oid, 11> kSnmpTrapOid{1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
    const std::vector<::oid> identity = to_net_snmp(notification);
    if (!pdu || snmp_pdu_add_variable(pdu.get(), kSnmpTrapOid.data(), kSnmpTrapOid.size(), ASN_OBJECT_ID,
                                      identity.data(), identity.size() * sizeof(::oid)) == nullptr) {
        return isa::exc_from_snmp_error(SNMP_ERR_RESOURCEUNAVAILABLE);
    }
    if (const int status = add_variable(*pdu, notification, ASN_NULL, value); status != SNMP_ERR_NOERROR) {
        return isa::exc_from_snmp_error(static_cast<std::uint32_t>(status));
    }
    send_v2trap(pdu->variables);  // puts sysUpTime.0 before them
    return std::int64_t{1};
}

}  // namespace splash::snmp
