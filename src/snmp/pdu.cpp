#include "pdu.hpp"

#include "values.hpp"

namespace splash::snmp {
namespace {

using isa::Exc;
using node::MibBinding;
using node::MibOperation;
using node::MibRequest;

int command_of(MibOperation operation) {
    switch (operation) {
        case MibOperation::Get: return SNMP_MSG_GET;
        case MibOperation::GetNext: return SNMP_MSG_GETNEXT;
        case MibOperation::GetBulk: return SNMP_MSG_GETBULK;
        case MibOperation::Set: return SNMP_MSG_SET;
    }
    return SNMP_MSG_GET;
}

}  // namespace

std::variant<Pdu, Exc> pdu_of(const MibRequest& request, std::span<const u_char> types) {
    Pdu pdu(snmp_pdu_create(command_of(request.operation)));
    if (!pdu) {
        return isa::exc_from_snmp_error(SNMP_ERR_RESOURCEUNAVAILABLE);
    }
    if (request.operation == MibOperation::GetBulk) {
        pdu->non_repeaters = static_cast<long>(request.non_repeaters);
        pdu->max_repetitions = static_cast<long>(request.max_repetitions);
    }
    for (std::size_t i = 0; i < request.bindings.size(); ++i) {
        const MibBinding& binding = request.bindings[i];
        int status = SNMP_ERR_NOERROR;
        if (request.operation == MibOperation::Set) {
            status = add_variable(*pdu, binding.oid, i < types.size() ? types[i] : u_char{ASN_NULL},
                                  binding.value);
        } else {
            const std::vector<::oid> name = to_net_snmp(binding.oid);
            if (snmp_add_null_var(pdu.get(), name.data(), name.size()) == nullptr) {
                status = SNMP_ERR_RESOURCEUNAVAILABLE;
            }
        }
        if (status != SNMP_ERR_NOERROR) {
            return isa::exc_from_snmp_error(static_cast<std::uint32_t>(status));
        }
    }
    return pdu;
}

Response response_of(const netsnmp_pdu& pdu) {
    if (pdu.errstat != SNMP_ERR_NOERROR) {
        return {isa::exc_from_snmp_error(static_cast<std::uint32_t>(pdu.errstat)), {}};
    }
    std::vector<MibBinding> bindings;
    Response response;
    for (const netsnmp_variable_list* v = pdu.variables; v != nullptr; v = v->next_variable) {
        auto oid = from_net_snmp(v->name, v->name_length);
        if (!oid) {
            return {Exc::ServiceFailed, {}};
        }
        bindings.push_back({std::move(*oid), value_of(*v)});
        const bool has_value =
            v->type != SNMP_NOSUCHOBJECT && v->type != SNMP_NOSUCHINSTANCE && v->type != SNMP_ENDOFMIBVIEW;
        response.types.push_back(has_value ? v->type : u_char{ASN_NULL});
    }
    response.result = std::move(bindings);
    return response;
}

MibRequest type_question(const MibRequest& set) {
    MibRequest question = set;
    question.operation = MibOperation::Get;
    return question;
}

node::MibResult all_written(const MibRequest& set) {
    std::vector<MibBinding> bindings;
    bindings.reserve(set.bindings.size());
    for (const MibBinding& binding : set.bindings) {
        bindings.push_back({binding.oid, std::int64_t{1}});
    }
    return bindings;
}

}  // namespace splash::snmp
