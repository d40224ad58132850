// SNMP agents elsewhere, asked without ever waiting: for programs whose node is a proxy.
//
// Every request has a UDP socket of its own, connected: only datagrams of the agent asked reach it, from
// whoever owns its address, and an agent that is not there is heard of at once. net-snmp takes the messages
// apart and repeats what reads. The sockets stand behind one descriptor, as the agent's do
// (docs/adr/0003-nested-epoll.md), but apart from them: the agent's loop need not know.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "base/error.hpp"
#include "node/config.hpp"
#include "node/ports.hpp"
#include "snmp/agent.hpp"

namespace splash::snmp {

/// Answers are given from ask() or service(), never from within net-snmp's code, so that they may ask again.
/// Destroying it drops what is outstanding. Use on the agent's thread.
class RemoteAgents final : public node::RemoteAgents {
public:
    /// @error System  no descriptor.
    static Result<std::unique_ptr<RemoteAgents>> open(Agent& agent);
    ~RemoteAgents() override;

    /// Exceptions in place of an answer: 34 if there is no way to the agent, 36 if nothing listens there,
    /// 46 if it is silent. A Set first reads the types its objects have.
    void ask(const IpAddress& agent, const node::AgentRule& how, std::chrono::milliseconds patience,
             node::MibRequest request, node::Mib::Answered answered) override;

    /// Readable when service() has something to do.
    [[nodiscard]] int poll_fd() const;
    /// When service() wants to be called next, if nothing comes.
    [[nodiscard]] std::optional<node::Instant> next_deadline() const;
    /// Takes what has come, repeats what is overdue, gives answers. Never waits.
    void service();

private:
    class State;
    explicit RemoteAgents(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::snmp
