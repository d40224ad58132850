// What net-snmp hands out and wants back. Included after net_snmp.hpp.
#pragma once

#include <memory>

#include "net_snmp.hpp"

namespace splash::snmp {

struct FreePdu {
    void operator()(netsnmp_pdu* pdu) const { snmp_free_pdu(pdu); }
};
using Pdu = std::unique_ptr<netsnmp_pdu, FreePdu>;

struct CloseSession {
    void operator()(void* handle) const { snmp_sess_close(handle); }
};
/// Of the single-session interface, snmp_sess_*().
using Session = std::unique_ptr<void, CloseSession>;

}  // namespace splash::snmp
