// net-snmp's agent in this process: a drop-in snmpd whose loop is somebody else's.
//
// Start, in this order; the caller opens its own privileged sockets between init and drop_privileges:
//   Agent::close_inherited_descriptors()   before any descriptor of one's own
//   parse_options, Agent::init             configuration read, addresses and AgentX socket open
//   daemonize, drop_privileges, announce   fork unless -f, pid file; uid and gid; coldStart, READY=1
// Loop:
//   wait = agent.prepare();  poll({agent.poll_fd(), own descriptors...}, wait);  agent.service();
// End:
//   shutdown()
// The caller owns the signals, but for PIPE, which init() ignores: TERM and INT end the loop, HUP calls
// reload(), USR1 dump_registry(). Use handlers, not a blocked mask: programs that net-snmp starts would
// inherit the mask.
//
// Threads: net-snmp has none; every call on the thread that called init. One agent per process, and once
// only: its registry, users and sessions are globals that cannot be made twice. A process that has opened a
// Manager cannot become an agent, for net-snmp has then read the configuration of another application.
//
// Persistent data: snmpd rewrites its file, one fsync a line, after every SET. Here it is written once a
// second if something changed, and at the end: a SET answers some 50 times faster, and a crash loses
// at most the last second.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "snmp/agent_options.hpp"

namespace splash::snmp {

class Agent {
public:
    /// Closes all descriptors above 2 unless systemd passed sockets.
    static void close_inherited_descriptors();

    /// Applies the options, reads the configuration and opens the listening addresses.
    /// After a failure the process can only end; nothing persistent has been written.
    /// @error Usage           an option's argument is wrong.
    /// @error AlreadyRunning  this process had an agent before, or another holds the persistent directory.
    /// @error PortTaken, NeedsRoot, System  a listening address, named.
    static Result<Agent> init(const AgentOptions& options);
    Agent(Agent&&) noexcept;
    Agent& operator=(Agent&&) noexcept;
    /// Closes own descriptors and gives the directory free; does not call shutdown().
    ~Agent();

    /// Goes to the background unless -f was given, then writes the pid file.
    /// @error System  fork failed, or the pid file cannot be written and -r was not given.
    Result<> daemonize();

    /// Takes on the user and group of -u, -g, agentUser and agentGroup. Without them nothing changes.
    /// @param keep_capabilities  names such as "cap_net_raw" that stay effective and permitted; all else is
    ///                           lost. They do not pass to programs that net-snmp starts.
    /// @error System  the kernel refused and -r was not given; Usage  no such capability.
    Result<> drop_privileges(const std::vector<std::string>& keep_capabilities = {});

    /// Writes the persistent file, sends coldStart, logs the version, tells systemd.
    void announce();

    /// An epoll descriptor that is readable when the agent has something to do.
    [[nodiscard]] int poll_fd() const;
    /// Takes up what net-snmp waits for now; call before every wait.
    /// @return time until its next timer; nullopt if it has none.
    [[nodiscard]] std::optional<std::chrono::microseconds> prepare();
    /// Does what is due; never waits. Call after every wait, whatever ended it.
    void service();

    /// The `quit` directive: start, announce and end at once.
    [[nodiscard]] bool wants_to_quit() const;
    /// What SIGHUP does to snmpd: logs reopened, configuration read again, nsNotifyRestart.
    void reload();
    /// What SIGUSR1 does to snmpd: the registry goes to stdout.
    void dump_registry();
    /// Sends nsNotifyShutdown, writes the persistent file, closes everything, removes the pid file.
    void shutdown();

private:
    class State;
    explicit Agent(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::snmp
