#include "snmp/manager.hpp"

#include <algorithm>
#include <utility>

#include "bindings.hpp"
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
    Result<std::vector<VarBind>> read_bulk(const Oid& oid, unsigned most);
    [[nodiscard]] netsnmp_session& session() { return *snmp_sess_session(handle_); }

private:
    std::string peer_;
    void* handle_ = nullptr;
    long error_status_ = SNMP_ERR_NOERROR;  ///< of the last response
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
    return {};
}

Result<std::vector<VarBind>> Manager::State::exchange(Pdu request) {
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
    if (response->errstat != SNMP_ERR_NOERROR) {
        return refusal_of(peer_, *response);
    }
    return bindings_of(*response);
}

Result<std::vector<VarBind>> Manager::State::read(int command, const std::vector<Oid>& oids) {
    Pdu pdu(snmp_pdu_create(command));
    for (const Oid& oid : oids) {
        const std::vector<::oid> name = to_net_snmp(oid);
        snmp_add_null_var(pdu.get(), name.data(), name.size());
    }
    return exchange(std::move(pdu));
}

Result<std::vector<VarBind>> Manager::State::read_bulk(const Oid& oid, unsigned most) {
    error_status_ = SNMP_ERR_NOERROR;
    if (session().version == SNMP_VERSION_1) {
        auto next = read(SNMP_MSG_GETNEXT, {oid});
        if (!next && error_status_ == SNMP_ERR_NOSUCHNAME) {
            // RFC 1157 knows no other way to say that nothing follows.
            return std::vector<VarBind>{{oid, isa::Exc::EndOfMibView, "endOfMibView", {}}};
        }
        return next;
    }
    Pdu pdu(snmp_pdu_create(SNMP_MSG_GETBULK));
    pdu->non_repeaters = 0;
    pdu->max_repetitions = static_cast<long>(most);
    const std::vector<::oid> name = to_net_snmp(oid);
    snmp_add_null_var(pdu.get(), name.data(), name.size());
    auto binds = exchange(std::move(pdu));
    return !binds && error_status_ == SNMP_ERR_TOOBIG ? fail(Errc::TooLarge, binds.error().detail) : binds;
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

Result<std::vector<VarBind>> Manager::get_bulk(const Oid& oid, unsigned most) {
    return state_->read_bulk(oid, most);
}

void Manager::limit_timeout(std::chrono::milliseconds most) {
    const long limit = static_cast<long>(std::chrono::microseconds(most).count());
    netsnmp_session& session = state_->session();
    session.timeout = session.timeout <= 0 ? limit : std::min(session.timeout, limit);
}

Result<std::vector<VarBind>> Manager::set(const std::vector<SetBind>& binds) {
    auto pdu = set_request(binds);
    if (!pdu) {
        return Failure(pdu.error());
    }
    return state_->exchange(std::move(*pdu));
}

}  // namespace splash::snmp
