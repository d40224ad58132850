// The Splash side of splashd: one node over the kernel's carriers, the local clients' socket and the
// agent's MIB. Absent without a splash.toml: then splashd is an snmpd.
#pragma once

#include <memory>
#include <optional>

#include "base/error.hpp"
#include "linux/event_loop.hpp"
#include "node/ports.hpp"
#include "settings.hpp"
#include "snmp/agent.hpp"

namespace splash::splashd {

class NodeRuntime {
public:
    /// Opens every socket; call while still privileged. `log` and `agent` must outlive it.
    /// @error NeedsRoot, PortTaken, AlreadyRunning, System  as the sockets say, named.
    [[nodiscard]] static Result<std::unique_ptr<NodeRuntime>> open(const Settings& settings,
                                                                   snmp::Agent& agent, node::Log& log);
    ~NodeRuntime();
    NodeRuntime(const NodeRuntime&) = delete;
    NodeRuntime& operator=(const NodeRuntime&) = delete;

    /// Joins the event loop and loads the plug-ins; call after the last fork and without the privileges of
    /// the start.
    [[nodiscard]] Result<> join(linux::EventLoop& loop);
    /// When finish_turn() wants to be called next, if nothing else happens.
    [[nodiscard]] std::optional<node::Instant> next_deadline() const;
    /// Runs what the node sent itself and what is due, then sends what is queued. True if the agent's MIB
    /// was asked in this turn: what net-snmp waits for may have changed.
    [[nodiscard]] bool finish_turn();
    /// Ends the services that run on threads of their own. False: one hangs, and is logged; then the process
    /// must end without running destructors.
    [[nodiscard]] bool close();
    /// Takes new settings over; addresses, ports, sockets and plug-ins stay as they are until restart.
    void reconfigure(const Settings& settings);

private:
    class State;
    explicit NodeRuntime(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::splashd
