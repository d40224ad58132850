// From net-snmp's variable bindings to ours.
#pragma once

#include <memory>
#include <vector>

#include "base/error.hpp"
#include "handles.hpp"
#include "net_snmp.hpp"
#include "snmp/manager.hpp"

namespace splash::snmp {

/// All bindings of a response, in its order.
/// @error Protocol  a name that is no object identifier.
[[nodiscard]] Result<std::vector<VarBind>> bindings_of(const netsnmp_pdu& response);

/// A question about these objects: GET, GETNEXT or GETBULK.
[[nodiscard]] Pdu read_request(int command, const std::vector<Oid>& oids);

/// What a version that has exceptions would have said of an object that is not there, or that nothing
/// follows.
[[nodiscard]] VarBind missing_by_v1(int command, const Oid& oid);

/// A SET of these bindings.
/// @error BadInput  a value that is none of its type.
[[nodiscard]] Result<Pdu> set_request(const std::vector<SetBind>& binds);

/// A response with an error-status, as a refusal that names the binding.
[[nodiscard]] Failure refusal_of(const std::string& peer, const netsnmp_pdu& response);

/// What a session's last failure was.
[[nodiscard]] Failure session_error(const std::string& peer, void* handle);

}  // namespace splash::snmp
