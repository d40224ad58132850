// Between net-snmp's variable bindings and SNAP values. Included after net_snmp.hpp.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/oid.hpp"
#include "isa/value.hpp"
#include "net_snmp.hpp"

namespace splash::snmp {

[[nodiscard]] std::vector<::oid> to_net_snmp(const Oid& oid);
/// nullopt for what is no OBJECT IDENTIFIER of at least two sub-identifiers.
[[nodiscard]] std::optional<Oid> from_net_snmp(const ::oid* subids, std::size_t count);

/// What a SNAP program sees of a variable; exceptions and types without a counterpart are exception values.
[[nodiscard]] isa::Value value_of(const netsnmp_variable_list& variable);

/// Adds a variable of SNMP type `type` to `pdu`, ASN_NULL standing for the natural type of the value.
/// Gives the SNMP error-status for a value of the wrong kind (wrongType) or size (wrongValue), else 0.
[[nodiscard]] int add_variable(netsnmp_pdu& pdu, const Oid& name, u_char type, const isa::Value& value);

}  // namespace splash::snmp
