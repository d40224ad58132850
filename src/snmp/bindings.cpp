#include "bindings.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "values.hpp"

namespace splash::snmp {
namespace {

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

}  // namespace

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

Pdu read_request(int command, const std::vector<Oid>& oids) {
    Pdu pdu(snmp_pdu_create(command));
    for (const Oid& oid : oids) {
        const std::vector<::oid> name = to_net_snmp(oid);
        snmp_add_null_var(pdu.get(), name.data(), name.size());
    }
    return pdu;
}

namespace {

/// As later versions tell it.
VarBind missing(const Oid& oid, int type) {
    const Pdu said(snmp_pdu_create(SNMP_MSG_RESPONSE));
    const std::vector<::oid> name = to_net_snmp(oid);
    snmp_pdu_add_variable(said.get(), name.data(), name.size(), static_cast<u_char>(type), nullptr, 0);
    return bindings_of(*said).value().front();
}

}  // namespace

QuestionByV1::QuestionByV1(int command, std::vector<Oid> oids)
    : command_(command), oids_(std::move(oids)), is_missing_(oids_.size(), false) {}

std::vector<Oid> QuestionByV1::left() const {
    std::vector<Oid> left;
    for (std::size_t i = 0; i < oids_.size(); ++i) {
        if (!is_missing_[i]) {
            left.push_back(oids_[i]);
        }
    }
    return left;
}

bool QuestionByV1::take_refusal(long error_index) {
    long place = 0;
    for (std::size_t i = 0; i < oids_.size(); ++i) {
        if (!is_missing_[i] && ++place == error_index) {
            is_missing_[i] = true;
            return true;
        }
    }
    return false;
}

Result<std::vector<VarBind>> QuestionByV1::answer(std::vector<VarBind> came) const {
    const auto wanted = static_cast<std::size_t>(std::ranges::count(is_missing_, false));
    if (came.size() != wanted) {
        return fail(Errc::Protocol, std::to_string(came.size()) + " bindings for " + std::to_string(wanted));
    }
    std::vector<VarBind> answer;
    for (std::size_t i = 0, taken = 0; i < oids_.size(); ++i) {
        answer.push_back(is_missing_[i] ? missing(oids_[i], command_ == SNMP_MSG_GET ? SNMP_NOSUCHINSTANCE
                                                                                     : SNMP_ENDOFMIBVIEW)
                                        : std::move(came[taken++]));
    }
    return answer;
}

Result<Pdu> set_request(const std::vector<SetBind>& binds) {
    Pdu pdu(snmp_pdu_create(SNMP_MSG_SET));
    for (const SetBind& bind : binds) {
        const std::vector<::oid> name = to_net_snmp(bind.oid);
        if (snmp_add_var(pdu.get(), name.data(), name.size(), bind.type, bind.text.c_str()) != 0) {
            return fail(Errc::BadInput, bind.oid.to_string() + " = " + bind.type + ": " + bind.text + ": " +
                                            snmp_api_errstring(snmp_errno));
        }
    }
    return pdu;
}

Failure session_error(const std::string& peer, void* handle) {
    int code = 0;
    char* text = nullptr;
    snmp_sess_error(handle, nullptr, &code, &text);
    const std::string reason = peer + ": " + (text != nullptr ? text : "unknown");
    free(text);
    switch (code) {
        case SNMPERR_TIMEOUT: return fail(Errc::TimedOut, peer);
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

Failure refusal_of(const std::string& peer, const netsnmp_pdu& response) {
    std::string reason = peer + ": " + snmp_errstring(static_cast<int>(response.errstat));
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

}  // namespace splash::snmp
