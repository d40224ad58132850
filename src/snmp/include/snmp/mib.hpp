// The agent's MIB without a network in between.
//
// A request is a PDU handed to the agent's own packet handler on a session that has no wire: a build hook
// takes the finished response before it would be encoded. So access control (VACM), delegation to AgentX
// subagents and proxies, and the order of SETs are the agent's own. The name in MibUser is trusted, not
// authenticated: it needs a `group NAME usm USER` line and no USM user.
#pragma once

#include <memory>

#include "base/error.hpp"
#include "node/ports.hpp"
#include "snmp/agent.hpp"

namespace splash::snmp {

/// What is answered at once calls `answered` before the request returns. What the agent delegated calls it
/// later from Agent::service(). It is never called from within net-snmp's code, so it may ask again.
///
/// Values: INTEGER, Counter32, Gauge32, TimeTicks and Counter64 are integers (Counter64 beyond 2^63 - 1 is
/// exception OutOfRange), OCTET STRING and Opaque are octets, opaque float and double are floats.
/// A request by an unknown name or at too low a level gives 64 + 16 (authorizationError) and, other than
/// from the network, no authenticationFailure notification.
///
/// A Set first reads its objects, under the same name, and writes the SNMP types they have. If one has no
/// value yet, an integer is INTEGER, octets OCTET STRING, an address IpAddress, an OID OBJECT IDENTIFIER.
/// What has no such type gives 64 + 7 (wrongType), what the type cannot hold 64 + 10 (wrongValue).
///
/// Destroying it cancels what is outstanding. Use on the agent's thread.
class InProcessMib final : public node::Mib {
public:
    /// @error System  no descriptor, or net-snmp refused the session.
    static Result<std::unique_ptr<InProcessMib>> open(Agent& agent);
    ~InProcessMib() override;

    void ask(const node::MibUser& user, node::MibRequest request, Answered answered) override;
    [[nodiscard]] isa::Value notify(const Oid& notification, const isa::Value& value) override;

private:
    class State;
    explicit InProcessMib(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::snmp
