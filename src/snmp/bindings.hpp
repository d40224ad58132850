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

/// What is asked for together by SNMPv1, where one object that is not there, or that nothing follows, has an
/// agent refuse all of it with noSuchName (RFC 1157, section 4.1): it is asked again without that one.
class QuestionByV1 {
public:
    /// @param command  GET or GETNEXT.
    QuestionByV1(int command, std::vector<Oid> oids);
    /// What is still to be asked for.
    [[nodiscard]] std::vector<Oid> left() const;
    [[nodiscard]] Pdu request() const { return read_request(command_, left()); }
    /// Takes note of noSuchName with that error-index, from 1. False if nothing stands there.
    [[nodiscard]] bool take_refusal(long error_index);
    /// One binding for each object, from those that came for left(). What is missing has the value
    /// noSuchInstance (an SNMPv1 agent cannot tell it from noSuchObject), or endOfMibView where it was to be
    /// followed.
    /// @error Protocol  other than one for each.
    [[nodiscard]] Result<std::vector<VarBind>> answer(std::vector<VarBind> came) const;

private:
    int command_;
    std::vector<Oid> oids_;
    std::vector<bool> is_missing_;
};

/// A SET of these bindings.
/// @error BadInput  a value that is none of its type.
[[nodiscard]] Result<Pdu> set_request(const std::vector<SetBind>& binds);

/// A response with an error-status, as a refusal that names the binding.
[[nodiscard]] Failure refusal_of(const std::string& peer, const netsnmp_pdu& response);

/// What a session's last failure was.
[[nodiscard]] Failure session_error(const std::string& peer, void* handle);

}  // namespace splash::snmp
