// A node's requests as net-snmp's PDUs, and its responses back. Included after net_snmp.hpp.
#pragma once

#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "handles.hpp"
#include "net_snmp.hpp"
#include "node/ports.hpp"

namespace splash::snmp {

/// The PDU, or the exception 64 + error-status for a value that its object's type cannot hold.
/// @param types  of a Set: the SNMP type of each variable, ASN_NULL for the natural one of the value.
[[nodiscard]] std::variant<Pdu, isa::Exc> pdu_of(const node::MibRequest& request,
                                                 std::span<const u_char> types = {});

/// A response as the agent made it.
struct Response {
    node::MibResult result;
    std::vector<u_char> types;  ///< of the bindings' values; ASN_NULL where there is none
};
[[nodiscard]] Response response_of(const netsnmp_pdu& pdu);

/// What asks for the present types of a Set's objects.
[[nodiscard]] node::MibRequest type_question(const node::MibRequest& set);
/// What a Set answers that was done: 1 for each of its objects.
[[nodiscard]] node::MibResult all_written(const node::MibRequest& set);

}  // namespace splash::snmp
