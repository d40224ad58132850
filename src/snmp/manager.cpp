#include "snmp/manager.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include "net_snmp.hpp"
#include "values.hpp"

namespace splash::snmp {
namespace {

struct FreePdu {
    void operator()(netsnmp_pdu* pdu) const { snmp_free_pdu(pdu); }
};
using Pdu = std::unique_ptr<netsnmp_pdu, FreePdu>;

// Our own settings are not options of net-snmp's.
void ignore_option(int /*argc*/, char* const* /*argv*/, int /*option*/) noexcept {}

/// While it lives, what is written to standard error is kept: net-snmp's parser explains itself there only.
class StandardErrorKept {
public:
    StandardErrorKept() : file_(std::tmpfile()) {
        std::fflush(stderr);
        if (file_ != nullptr) {
            original_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
            dup2(fileno(file_), STDERR_FILENO);
        }
    }
    StandardErrorKept(const StandardErrorKept&) = delete;
    StandardErrorKept& operator=(const StandardErrorKept&) = delete;
    ~StandardErrorKept() { static_cast<void>(restore()); }

    /// Standard error is itself again; gives what was written meanwhile.
    std::string restore() {
        std::string text;
        if (file_ == nullptr || original_ < 0) {
            return text;
        }
        std::fflush(stderr);
        dup2(original_, STDERR_FILENO);
        close(std::exchange(original_, -1));
        std::rewind(file_);
        std::array<char, 1024> chunk{};
        while (const size_t n = std::fread(chunk.data(), 1, chunk.size(), file_)) {
            text.append(chunk.data(), n);
        }
        std::fclose(std::exchange(file_, nullptr));
        return text;
    }

private:
    std::FILE* file_;
    int original_ = -1;
};

/// What one of net-snmp's growing print buffers came to.
class Printed {
public:
    Printed() = default;
    Printed(const Printed&) = delete;
    Printed& operator=(const Printed&) = delete;
    ~Printed() { free(buffer_); }
    u_char** buffer() { return &buffer_; }
    size_t* capacity() { return &capacity_; }
    size_t* size() { return &size_; }
    [[nodiscard]] std::string text() const {
        return buffer_ != nullptr ? std::string(reinterpret_cast<const char*>(buffer_), size_) : "";
    }

private:
    u_char* buffer_ = nullptr;
    size_t capacity_ = 0;
    size_t size_ = 0;
};

std::string line_of(const netsnmp_variable_list& variable) {
    Printed printed;
    sprint_realloc_variable(printed.buffer(), printed.capacity(), printed.size(), 1, variable.name,
                            variable.name_length, &variable);
    return printed.text();
}

std::string net_snmp_name_of(const netsnmp_variable_list& variable) {
    Printed printed;
    int overflow = 0;
    netsnmp_sprint_realloc_objid_tree(printed.buffer(), printed.capacity(), printed.size(), 1, &overflow,
                                      variable.name, variable.name_length);
    return printed.text();
}

/// net-snmp's line. Without MIB files it prints "iso.3.6.1..." for a name; what our table knows gets its
/// name back, unless the user asked for another form with -O.
std::string text_of(const netsnmp_variable_list& variable, const std::optional<Oid>& oid) {
    std::string line = line_of(variable);
    const std::string name = net_snmp_name_of(variable);
    const bool is_plain =
        netsnmp_ds_get_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_OID_OUTPUT_FORMAT) == 0 && oid.has_value();
    if (is_plain && name.starts_with("iso.") && line.starts_with(name)) {
        if (const auto known = name_from_oid(*oid)) {
            return *known + line.substr(name.size());
        }
    }
    return line;
}

std::string type_of(const netsnmp_variable_list& variable) {
    switch (variable.type) {
        case ASN_INTEGER: return "INTEGER";
        case ASN_COUNTER: return "Counter32";
        case ASN_GAUGE: return "Gauge32";
        case ASN_TIMETICKS: return "Timeticks";
        case ASN_COUNTER64: return "Counter64";
        case ASN_UINTEGER: return "UInteger32";
        case ASN_OCTET_STR: {
            Printed printed;
            sprint_realloc_value(printed.buffer(), printed.capacity(), printed.size(), 1, variable.name,
                                 variable.name_length, &variable);
            return printed.text().starts_with("Hex-STRING") ? "Hex-STRING" : "STRING";
        }
        case ASN_BIT_STR: return "BITS";
        case ASN_IPADDRESS: return "IpAddress";
        case ASN_OBJECT_ID: return "OID";
        case ASN_OPAQUE: return "OPAQUE";
        case ASN_OPAQUE_FLOAT: return "Opaque: Float";
        case ASN_OPAQUE_DOUBLE: return "Opaque: Double";
        case ASN_OPAQUE_COUNTER64: return "Opaque: Counter64";
        case ASN_OPAQUE_U64: return "Opaque: UInt64";
        case ASN_OPAQUE_I64: return "Opaque: Int64";
        case ASN_NULL: return "NULL";
        case SNMP_NOSUCHOBJECT: return "noSuchObject";
        case SNMP_NOSUCHINSTANCE: return "noSuchInstance";
        case SNMP_ENDOFMIBVIEW: return "endOfMibView";
        default: return "unknown";
    }
}

Result<std::vector<VarBind>> bindings_of(const netsnmp_pdu& response) {
    std::vector<VarBind> bindings;
    for (const netsnmp_variable_list* v = response.variables; v != nullptr; v = v->next_variable) {
        auto oid = from_net_snmp(v->name, v->name_length);
        if (!oid) {
            return fail(Errc::Protocol, "a name of " + std::to_string(v->name_length) + " sub-identifiers");
        }
        std::string text = text_of(*v, oid);
        bindings.push_back({std::move(*oid), value_of(*v), type_of(*v), std::move(text)});
    }
    return bindings;
}

}  // namespace

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
    [[nodiscard]] Failure library_error() const;
    [[nodiscard]] Failure refusal(const netsnmp_pdu& response) const;

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

Failure Manager::State::library_error() const {
    int code = 0;
    char* text = nullptr;
    snmp_sess_error(handle_, nullptr, &code, &text);
    const std::string reason = peer_ + ": " + (text != nullptr ? text : "unknown");
    free(text);
    switch (code) {
        case SNMPERR_TIMEOUT: return fail(Errc::TimedOut, peer_);
        case SNMPERR_UNKNOWN_USER_NAME:
        case SNMPERR_UNSUPPORTED_SEC_LEVEL:
        case SNMPERR_AUTHENTICATION_FAILURE:
        case SNMPERR_NOT_IN_TIME_WINDOW:
        case SNMPERR_UNKNOWN_ENG_ID:
        case SNMPERR_DECRYPTION_ERR: return fail(Errc::Refused, reason);
        case SNMPERR_BAD_SEC_NAME:
        case SNMPERR_BAD_COMMUNITY:
            return fail(Errc::Usage, reason + "; give -v2c -c COMMUNITY, or -v3 -u USER");
        case SNMPERR_BAD_SENDTO:
        case SNMPERR_NO_SOCKET: return fail(Errc::System, reason);
        default: return fail(Errc::Protocol, reason);
    }
}

Failure Manager::State::refusal(const netsnmp_pdu& response) const {
    std::string reason = peer_ + ": " + snmp_errstring(static_cast<int>(response.errstat));
    if (response.errindex > 0) {
        reason += ", binding " + std::to_string(response.errindex);
        long index = 1;
        for (const netsnmp_variable_list* v = response.variables; v != nullptr;
             v = v->next_variable, ++index) {
            if (index == response.errindex) {
                const auto oid = from_net_snmp(v->name, v->name_length);
                reason +=
                    " (" + (oid ? name_from_oid(*oid).value_or(oid->to_string()) : std::string("?")) + ")";
            }
        }
    }
    return fail(Errc::SnmpError, reason);
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
        return library_error();
    }
    error_status_ = response->errstat;
    if (response->errstat != SNMP_ERR_NOERROR) {
        return refusal(*response);
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
    std::vector<std::string> copies = arguments;
    copies.insert(copies.begin(), "snmpapp");
    std::vector<char*> words;
    words.reserve(copies.size() + 1);
    for (std::string& word : copies) {
        words.push_back(word.data());
    }
    words.push_back(nullptr);
    netsnmp_session session{};
    // Reads snmp.conf and snmpapp.conf.
    optind = 1;
    StandardErrorKept said;
    const int taken = netsnmp_parse_args(static_cast<int>(copies.size()), words.data(), &session, "",
                                         ignore_option, NETSNMP_PARSE_ARGS_NOZERO);
    const std::string text = said.restore();
    if (taken < 0 || session.peername == nullptr) {
        // net-snmp's usage follows its complaint; ours is another.
        const std::string line = text.substr(0, text.find('\n'));
        return fail(Errc::Usage, line.empty() ? "the options of SNMP" : line);
    }
    std::fputs(text.c_str(), stderr);
    auto state = std::make_unique<State>(session.peername);
    auto connected = state->connect(session);  // copies what it needs
    // A community from -c is ours to free, one from snmp.conf is not.
    const char* const configured = netsnmp_ds_get_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_COMMUNITY);
    if (reinterpret_cast<const char*>(session.community) != configured) {
        free(session.community);
    }
    if (!connected) {
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
    Pdu pdu(snmp_pdu_create(SNMP_MSG_SET));
    for (const SetBind& bind : binds) {
        const std::vector<::oid> name = to_net_snmp(bind.oid);
        if (snmp_add_var(pdu.get(), name.data(), name.size(), bind.type, bind.text.c_str()) != 0) {
            return fail(Errc::BadInput, bind.oid.to_string() + " = " + bind.type + ": " + bind.text + ": " +
                                            snmp_api_errstring(snmp_errno));
        }
    }
    return state_->exchange(std::move(pdu));
}

}  // namespace splash::snmp
