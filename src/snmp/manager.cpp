#include "snmp/manager.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "bindings.hpp"
#include "metered_transport.hpp"
#include "net_snmp.hpp"
#include "session_options.hpp"
#include "values.hpp"

namespace splash::snmp {

class Manager::State {
public:
    explicit State(std::string peer) : peer_(std::move(peer)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (handle_ != nullptr) {
            snmp_sess_close(handle_);
        }
    }

    Result<> connect(netsnmp_session& wanted);
    Result<std::vector<VarBind>> exchange(Pdu request);
    Result<std::vector<VarBind>> read(int command, const std::vector<Oid>& oids);
    Result<std::vector<VarBind>> read_bulk(const std::vector<Oid>& oids, unsigned most);
    [[nodiscard]] const Traffic& traffic() const { return *traffic_; }
    Result<std::size_t> message_size(const std::vector<std::pair<Oid, std::optional<isa::Value>>>& bindings);
    [[nodiscard]] netsnmp_session& session() { return *snmp_sess_session(handle_); }
    void end_by(std::chrono::steady_clock::time_point end) { end_ = end; }

private:
    Result<std::vector<VarBind>> read_by_v1(int command, const std::vector<Oid>& oids);

    std::string peer_;
    void* handle_ = nullptr;
    const Traffic* traffic_ = nullptr;      ///< its transport's
    long error_status_ = SNMP_ERR_NOERROR;  ///< of the last response
    long error_index_ = 0;                  ///< likewise, from 1
    long timeout_us_ = 0;                   ///< of one try, as the session was opened; 0: net-snmp's own
    std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::time_point::max();
};

Result<> Manager::State::connect(netsnmp_session& wanted) {
    handle_ = snmp_sess_open(&wanted);
    if (handle_ == nullptr) {
        char* text = nullptr;
        snmp_error(&wanted, nullptr, nullptr, &text);
        const std::string reason = text != nullptr ? text : "no session";
        free(text);
        return fail(Errc::System, peer_ + ": " + reason);
    }
    timeout_us_ = std::max(0L, session().timeout);
    traffic_ = count_traffic(handle_);
    return traffic_ != nullptr ? Result<>() : fail(Errc::System, peer_ + ": no transport");
}

Result<std::vector<VarBind>> Manager::State::exchange(Pdu request) {
    if (end_ != std::chrono::steady_clock::time_point::max()) {
        const auto left =
            std::chrono::duration_cast<std::chrono::microseconds>(end_ - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return fail(Errc::TimedOut, peer_ + ": the deadline passed");
        }
        const auto most = static_cast<long>(left.count());
        session().timeout = timeout_us_ > 0 ? std::min(timeout_us_, most) : most;
    }
    netsnmp_pdu* received = nullptr;
    // Takes the request over, also when it fails.
    const int status = snmp_sess_synch_response(handle_, request.release(), &received);
    const Pdu response(received);
    if (status == STAT_TIMEOUT) {
        return fail(Errc::TimedOut, peer_);
    }
    if (status != STAT_SUCCESS || !response) {
        return session_error(peer_, handle_);
    }
    error_status_ = response->errstat;
    error_index_ = response->errindex;
    if (response->errstat != SNMP_ERR_NOERROR) {
        return refusal_of(peer_, *response);
    }
    return bindings_of(*response);
}

Result<std::vector<VarBind>> Manager::State::read(int command, const std::vector<Oid>& oids) {
    return session().version == SNMP_VERSION_1 ? read_by_v1(command, oids)
                                               : exchange(read_request(command, oids));
}

Result<std::vector<VarBind>> Manager::State::read_bulk(const std::vector<Oid>& oids, unsigned most) {
    error_status_ = SNMP_ERR_NOERROR;
    if (session().version == SNMP_VERSION_1) {
        auto next = read_by_v1(SNMP_MSG_GETNEXT, oids);
        return !next && error_status_ == SNMP_ERR_TOOBIG ? fail(Errc::TooLarge, next.error().detail) : next;
    }
    Pdu pdu = read_request(SNMP_MSG_GETBULK, oids);
    pdu->non_repeaters = 0;
    pdu->max_repetitions = static_cast<long>(most);
    auto binds = exchange(std::move(pdu));
    return !binds && error_status_ == SNMP_ERR_TOOBIG ? fail(Errc::TooLarge, binds.error().detail) : binds;
}

Result<std::vector<VarBind>> Manager::State::read_by_v1(int command, const std::vector<Oid>& oids) {
    QuestionByV1 question(command, oids);
    while (true) {
        error_status_ = SNMP_ERR_NOERROR;
        auto came = question.left().empty() ? Result<std::vector<VarBind>>(std::vector<VarBind>{})
                                            : exchange(question.request());
        if (!came && error_status_ == SNMP_ERR_NOSUCHNAME && question.take_refusal(error_index_)) {
            continue;
        }
        if (!came) {
            return came;
        }
        auto answer = question.answer(*std::move(came));
        return answer ? answer : fail(answer.error().code, peer_ + ": " + answer.error().detail);
    }
}

Result<std::size_t> Manager::State::message_size(
    const std::vector<std::pair<Oid, std::optional<isa::Value>>>& bindings) {
    // A SET: the one request that may have values. Requests and responses differ in their tag only.
    const Pdu pdu(snmp_pdu_create(SNMP_MSG_SET));
    pdu->version = session().version;
    for (const auto& [oid, value] : bindings) {
        if (value) {
            static_cast<void>(add_variable(*pdu, oid, ASN_NULL, *value));
        } else {
            const std::vector<::oid> name = to_net_snmp(oid);
            snmp_add_null_var(pdu.get(), name.data(), name.size());
        }
    }
    std::size_t capacity = 2048;
    auto* octets = static_cast<u_char*>(malloc(capacity));
    std::size_t size = 0;  // net-snmp builds from the end
    const int status = snmp_build(&octets, &capacity, &size, &session(), pdu.get());
    free(octets);
    return status == 0 ? Result<std::size_t>(size > 0 ? size : capacity)
                       : fail(Errc::Protocol, peer_ + ": a message that cannot be encoded");
}

Manager::Manager(std::unique_ptr<State> state) : state_(std::move(state)) {}
Manager::Manager(Manager&&) noexcept = default;
Manager& Manager::operator=(Manager&&) noexcept = default;
Manager::~Manager() = default;

Result<Manager> Manager::open(const std::vector<std::string>& arguments) {
    auto options = SessionOptions::read(arguments);
    if (!options) {
        return Failure(options.error());
    }
    auto state = std::make_unique<State>(options->session().peername);
    if (auto connected = state->connect(options->session()); !connected) {
        return Failure(connected.error());
    }
    return Manager(std::move(state));
}

Result<std::vector<VarBind>> Manager::get(const std::vector<Oid>& oids) {
    return state_->read(SNMP_MSG_GET, oids);
}

Result<std::vector<VarBind>> Manager::get_next(const std::vector<Oid>& oids) {
    return state_->read(SNMP_MSG_GETNEXT, oids);
}

Result<std::vector<VarBind>> Manager::get_bulk(const std::vector<Oid>& oids, unsigned most) {
    return state_->read_bulk(oids, most);
}

Result<std::size_t> Manager::message_size(
    const std::vector<std::pair<Oid, std::optional<isa::Value>>>& bindings) {
    return state_->message_size(bindings);
}

Manager::Traffic Manager::traffic() const {
    return state_->traffic();
}

void Manager::end_by(std::chrono::steady_clock::time_point end) {
    state_->end_by(end);
}

Result<std::vector<VarBind>> Manager::set(const std::vector<SetBind>& binds) {
    auto pdu = set_request(binds);
    if (!pdu) {
        return Failure(pdu.error());
    }
    return state_->exchange(std::move(*pdu));
}

}  // namespace splash::snmp
