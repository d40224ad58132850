#include "session_services.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.hpp"
#include "built_in.hpp"
#include "built_in_rows.hpp"

namespace splash::node {

using isa::Exc;
using isa::Value;

namespace {

/// An operation and, of GETBULK, its two numbers, from the argument of snmp_pdu_init: the PDU's tag as BER
/// has it in the low octet, then max-repetitions, then non-repeaters.
std::optional<MibRequest> request_of(std::int64_t argument) {
    MibRequest request;
    if (argument < 0 || argument > 0xffffff) {
        return std::nullopt;
    }
    const auto number = static_cast<unsigned>(argument);
    switch (number & 0xffU) {
        case 160: request.operation = MibOperation::Get; break;
        case 161: request.operation = MibOperation::GetNext; break;
        case 163: request.operation = MibOperation::Set; break;
        case 165: {
            request.operation = MibOperation::GetBulk;
            const unsigned repetitions = number >> 8U & 0xffU;
            request.max_repetitions = repetitions != 0 ? repetitions : SessionServices::kDefaultRepetitions;
            request.non_repeaters = number >> 16U;
            return request;
        }
        default: return std::nullopt;
    }
    return number > 0xffU ? std::nullopt : std::optional(request);
}

vm::ServiceResults results_of(MibOperation operation, MibResult result) {
    if (const auto* const failure = std::get_if<Exc>(&result)) {
        return *failure;
    }
    const bool names_are_news = operation == MibOperation::GetNext || operation == MibOperation::GetBulk;
    std::vector<Value> values;
    for (MibBinding& binding : std::get<std::vector<MibBinding>>(result)) {
        if (names_are_news) {
            values.emplace_back(std::move(binding.oid));
        }
        values.push_back(std::move(binding.value));
    }
    return values;
}

}  // namespace

/// What a program has put together so far.
class SessionServices::Session final : public ServiceSession {
public:
    std::optional<IpAddress> agent;  ///< nullopt: this node's own

    /// The first failure counts: what comes after it may only follow from it.
    void fail(Exc why) {
        if (!failure_) {
            failure_ = why;
        }
    }
    void begin(std::optional<IpAddress> whom) {
        agent = whom;
        failure_.reset();
        drop_request();
    }
    void begin_request(std::int64_t argument) {
        drop_request();
        const auto request = request_of(argument);
        if (!request) {
            fail(Exc::OutOfRange);
            return;
        }
        request_ = *request;
        has_operation_ = true;
    }
    void add(const Value& name, const Value* value) {
        if (!has_operation_) {
            request_.operation = value == nullptr ? MibOperation::Get : MibOperation::Set;
            has_operation_ = true;
        }
        if ((request_.operation == MibOperation::Set) != (value != nullptr)) {
            fail(Exc::WrongArgumentType);
            return;
        }
        auto oid = named_oid(name);
        if (!oid) {
            fail(Exc::NoSuchObject);
            return;
        }
        MibBinding binding{std::move(*oid), value == nullptr ? Value{} : *value};
        octets_ += octets_of(binding);
        if (request_.bindings.size() == kMaxVariables || octets_ > kMaxOctets) {
            fail(Exc::QuotaUsedUp);
            return;
        }
        request_.bindings.push_back(std::move(binding));
    }
    /// The request, or why there is none; the next one begins empty.
    [[nodiscard]] std::variant<MibRequest, Exc> take() {
        if (request_.bindings.empty()) {
            fail(Exc::OutOfRange);
        }
        MibRequest request = std::exchange(request_, {});
        drop_request();
        if (const auto failure = std::exchange(failure_, std::nullopt)) {
            return *failure;
        }
        if (request.operation == MibOperation::GetBulk) {
            // RFC 3416, section 4.2.3: fewer than asked for is an answer.
            const std::size_t repeaters =
                request.bindings.size() -
                std::min<std::size_t>(request.non_repeaters, request.bindings.size());
            const std::size_t room = kMaxVariables - (request.bindings.size() - repeaters);
            request.max_repetitions = std::min<unsigned>(
                request.max_repetitions, static_cast<unsigned>(room / std::max<std::size_t>(repeaters, 1)));
        }
        return request;
    }

private:
    void drop_request() {
        request_ = {};
        has_operation_ = false;
        octets_ = 0;
    }

    MibRequest request_;
    bool has_operation_ = false;
    std::size_t octets_ = 0;
    std::optional<Exc> failure_;
};

std::span<const Service> SessionServices::services() const {
    return kServicesOf<BuiltInSet::Session>;
}

SessionServices::Session& SessionServices::session_of(const Caller& caller) const {
    auto& session = caller.sessions[this];
    if (!session) {
        session = std::make_unique<Session>();
    }
    return static_cast<Session&>(*session);
}

void SessionServices::start(const Service& service, std::span<const Value> arguments, const Caller& caller,
                            Answer answer) {
    Session& session = session_of(caller);
    if (!caller.mib_user) {
        session.fail(Exc::NotPermitted);
    }
    switch (service.id()) {
        case isa::service_id("snmp_send"): send(session, caller, std::move(answer)); return;
        case isa::service_id("snmp_init"): session.begin(std::nullopt); break;
        case isa::service_id("snmp_init_ip"): choose_agent(session, std::get<IpAddress>(arguments[0])); break;
        case isa::service_id("snmp_pdu_init"):
            session.begin_request(std::get<std::int64_t>(arguments[0]));
            break;
        case isa::service_id("snmp_pdu_addvar_null"): session.add(arguments[0], nullptr); break;
        case isa::service_id("snmp_pdu_addvar_withvalue"): session.add(arguments[0], &arguments[1]); break;
        case isa::service_id("snmp_close"): session.begin(std::nullopt); break;
        default: SPLASH_ASSERT(false, "every row of the set has its case");
    }
    answer(std::vector<Value>{});
}

void SessionServices::refused(const Service& service, Exc why, const Caller& caller) {
    if (service.results.empty()) {
        session_of(caller).fail(why);
    }
}

void SessionServices::choose_agent(Session& session, const IpAddress& agent) const {
    // The node's own agent knows the principal by its name; a community would make it somebody else.
    const bool is_own = ports_.topology.is_local(agent);
    session.begin(is_own ? std::nullopt : std::optional(agent));
    if (!is_own && proxy_.rule_for(agent) == nullptr) {
        session.fail(Exc::NotPermitted);
    }
}

void SessionServices::send(Session& session, const Caller& caller, Answer answer) {
    auto taken = session.take();
    if (const auto* const failure = std::get_if<Exc>(&taken)) {
        answer(*failure);
        return;
    }
    auto& request = std::get<MibRequest>(taken);
    Mib::Answered answered = [operation = request.operation, answer = std::move(answer)](MibResult result) {
        answer(results_of(operation, std::move(result)));
    };
    if (session.agent) {
        proxy_.ask(caller.principal, *session.agent, request, std::move(answered));
    } else {
        ports_.mib.ask(*caller.mib_user, std::move(request), std::move(answered));
    }
}

}  // namespace splash::node
