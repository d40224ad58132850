// Variable bindings as an agent answers them, from any BER octets, to SNAP values and back into a PDU.
#include "base/assert.hpp"
#include "input.hpp"
#include "net_snmp.hpp"
#include "values.hpp"

namespace {

using namespace splash;

struct PduDeleter {
    void operator()(netsnmp_pdu* pdu) const { snmp_free_pdu(pdu); }
};
using Pdu = std::unique_ptr<netsnmp_pdu, PduDeleter>;

/// Types an object may have; a value goes into a PDU as each of them or is refused.
constexpr std::array<u_char, 14> kTypes{ASN_NULL,          ASN_INTEGER,   ASN_COUNTER,   ASN_GAUGE,
                                        ASN_TIMETICKS,     ASN_COUNTER64, ASN_OCTET_STR, ASN_OBJECT_ID,
                                        ASN_IPADDRESS,     ASN_OPAQUE,    ASN_BIT_STR,   ASN_OPAQUE_FLOAT,
                                        ASN_OPAQUE_DOUBLE, ASN_NSAP};

void check(const netsnmp_variable_list& variable) {
    const isa::Value value = snmp::value_of(variable);
    SPLASH_ASSERT(!isa::to_string(value).empty(), "every value has a text");
    const auto name = snmp::from_net_snmp(variable.name, variable.name_length);
    if (!name) {
        return;
    }
    for (const u_char type : kTypes) {
        const Pdu out(snmp_pdu_create(SNMP_MSG_SET));
        const int status = snmp::add_variable(*out, *name, type, value);
        SPLASH_ASSERT((status == SNMP_ERR_NOERROR) == (out->variables != nullptr),
                      "a value is in the PDU, or it is said why not");
        // The agent's own type takes its own value back; NaN, which equals nothing, is let go.
        if (status == SNMP_ERR_NOERROR && type == variable.type && !std::holds_alternative<double>(value)) {
            SPLASH_ASSERT(snmp::value_of(*out->variables) == value, "and is read as it was written");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
    snmp_disable_log();  // of malformed octets net-snmp says what is wrong, a million times
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<u_char> octets(data, data + size);
    if (octets.empty()) {
        return 0;
    }
    const Pdu pdu(snmp_pdu_create(SNMP_MSG_RESPONSE));
    std::size_t left = octets.size();
    if (snmp_pdu_parse(pdu.get(), octets.data(), &left) != 0) {
        return 0;
    }
    for (const netsnmp_variable_list* v = pdu->variables; v != nullptr; v = v->next_variable) {
        check(*v);
    }
    return 0;
}
