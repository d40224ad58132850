#include "snmp/agent.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>

#include "agent_events.hpp"
#include "agent_settings.hpp"
#include "directory_lock.hpp"
#include "net_snmp.hpp"
#include "privileges.hpp"

namespace splash::snmp {
namespace {

constexpr unsigned kStoreSeconds = 1;
constexpr int kColdStart = 0;
constexpr int kNotifyShutdown = 2;  // NET-SNMP-AGENT-MIB, netSnmpNotifications
constexpr int kNotifyRestart = 3;

bool is_set(int which) {
    return netsnmp_ds_get_boolean(NETSNMP_DS_APPLICATION_ID, which) != 0;
}

unsigned positive(int which) {
    const int value = netsnmp_ds_get_int(NETSNMP_DS_APPLICATION_ID, which);
    return value > 0 ? static_cast<unsigned>(value) : 0U;
}

void store_if_needed(unsigned /*alarm*/, void* /*unused*/) noexcept {
    snmp_store_if_needed();
}

/// With -r what only root may do is passed over, as in snmpd. It was logged where it failed.
Result<> unless_lenient(const Result<>& result) {
    return !result && is_set(NETSNMP_DS_AGENT_NO_ROOT_ACCESS) ? Result<>{} : result;
}

/// Logs why there will be no agent, and what snmpd logs then. Who starts it says the reason on standard
/// error; one that logs there need not hear it twice.
Failure refuse_to_start(const Error& reason) {
    if (snmp_stderrlog_status() == 0) {
        snmp_log(LOG_ERR, "%s\n", to_string(reason).c_str());
    }
    snmp_log(LOG_ERR, "Server Exiting with code 1\n");
    return Failure(reason);
}

/// init_master_agent says only that it failed. Its endpoints are closed again here and each is opened once
/// more, until one fails with a reason.
Error why_not_listening() {
    shutdown_master_agent();
    const char* const set = netsnmp_ds_get_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS);
    std::istringstream addresses(set != nullptr ? set : "udp:161");
    std::vector<netsnmp_transport*> open;  // held, as two of them may collide with each other
    std::optional<Error> reason;
    std::string address;
    while (!reason && std::getline(addresses, address, ',')) {
        errno = 0;
        if (netsnmp_transport* const transport = netsnmp_transport_open_server("snmp", address.c_str())) {
            open.push_back(transport);
        } else if (errno == EADDRINUSE) {
            reason = {Errc::PortTaken, address};
        } else if (errno == EACCES || errno == EPERM) {
            reason = {Errc::NeedsRoot, "listen on " + address};
        } else {
            reason = {Errc::System,
                      "listen on " + address + ": " + (errno != 0 ? std::strerror(errno) : "not an address")};
        }
    }
    for (netsnmp_transport* const transport : open) {
        transport->f_close(transport);
        netsnmp_transport_free(transport);
    }
    return reason.value_or(Error{Errc::System, "listening addresses"});
}

Result<> write_pid_file(const std::string& path) {
    // A file that somebody else put there must not be written through a link.
    unlink(path.c_str());
    const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    if (fd < 0) {
        const int reason = errno;  // logging may change it
        snmp_log_perror(path.c_str());
        return fail(Errc::System, "pid file " + path + ": " + std::strerror(reason));
    }
    const std::string text = std::to_string(getpid()) + "\n";
    const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int reason = errno;
    close(fd);
    return written ? Result<>{} : fail(Errc::System, "pid file " + path + ": " + std::strerror(reason));
}

/// versionRestartAgent.0 of UCD-SNMP-MIB executes the command line again; it looks for it in globals.
class RestartLine {
public:
    explicit RestartLine(const std::vector<std::string>& words) : words_(words) {
        for (std::string& word : words_) {
            pointers_.push_back(word.data());
        }
        pointers_.push_back(nullptr);
        argvrestartp = pointers_.data();
        argvrestartname = pointers_.front();
        argvrestart = pointers_.front();
    }
    RestartLine(const RestartLine&) = delete;
    RestartLine& operator=(const RestartLine&) = delete;
    ~RestartLine() {
        argvrestartp = nullptr;
        argvrestartname = nullptr;
        argvrestart = nullptr;
    }

private:
    std::vector<std::string> words_;
    std::vector<char*> pointers_;
};

}  // namespace

class Agent::State {
public:
    State(const AgentOptions& options, std::unique_ptr<AgentEvents> loop, DirectoryLock held)
        : application(options.application),
          pid_file(options.pid_file),
          is_foreground(options.is_foreground),
          restart(options.command_line),
          events(std::move(loop)),
          lock(std::move(held)) {}

    std::string application;
    std::string pid_file;
    bool is_foreground;
    RestartLine restart;
    std::unique_ptr<AgentEvents> events;
    DirectoryLock lock;
};

Agent::Agent(std::unique_ptr<State> state) : state_(std::move(state)) {}
Agent::Agent(Agent&&) noexcept = default;
Agent& Agent::operator=(Agent&&) noexcept = default;
Agent::~Agent() = default;

void Agent::close_inherited_descriptors() {
    if (netsnmp_sd_listen_fds(0) <= 0) {
        netsnmp_close_fds(2);
    }
}

Result<Agent> Agent::init(const AgentOptions& options) {
    if (callback_master_sess != nullptr) {
        return fail(Errc::AlreadyRunning, "an agent was made in this process");
    }
    signal(SIGPIPE, SIG_IGN);  // a subagent that hangs up must not end this process
    if (auto applied = apply(options); !applied) {
        return Failure(applied.error());
    }
    const char* const application = options.application.c_str();
    if (init_agent(application) != 0) {
        return fail(Errc::System, "init_agent");
    }
    init_mib_modules();
    init_snmp(application);

    // Before anything is written there or listens for this agent.
    const std::string directory = get_persistent_directory();
    mkdirhier(directory.c_str(), NETSNMP_AGENT_DIRECTORY_MODE, 0);
    auto lock = DirectoryLock::take(directory, options.application);
    if (!lock) {
        return refuse_to_start(lock.error());
    }
    if (init_master_agent() != 0) {
        return refuse_to_start(why_not_listening());
    }
    auto events = AgentEvents::open();
    if (!events) {
        return Failure(events.error());
    }
    snmp_alarm_register(kStoreSeconds, SA_REPEAT, store_if_needed, nullptr);
    return Agent(std::make_unique<State>(options, std::move(*events), std::move(*lock)));
}

Result<> Agent::daemonize() {
    if (!state_->is_foreground) {
        const int quits = wants_to_quit() ? 0 : 1;
        if (netsnmp_daemonize(quits, snmp_stderrlog_status()) != 0) {
            return fail(Errc::System, "going to the background");
        }
        state_->lock.name_owner();
    }
    return state_->pid_file.empty() ? Result<>{} : unless_lenient(write_pid_file(state_->pid_file));
}

Result<> Agent::drop_privileges(const std::vector<std::string>& keep_capabilities) {
    const Identity identity{positive(NETSNMP_DS_AGENT_USERID), positive(NETSNMP_DS_AGENT_GROUPID)};
    if (identity.user != 0 || identity.group != 0) {
        const char* const directory = get_persistent_directory();
        // Storing complains by itself if it may not write there.
        [[maybe_unused]] const int changed = chown(directory, identity.user, identity.group);
        state_->lock.give_to(identity.user, identity.group);
    }
    auto became = become(identity, keep_capabilities);
    if (!became) {
        snmp_log(LOG_ERR, "%s\n", to_string(became.error()).c_str());
    }
    return unless_lenient(became);
}

void Agent::announce() {
    snmp_store(state_->application.c_str());
    send_easy_trap(SNMP_TRAP_COLDSTART, kColdStart);
    snmp_log(LOG_INFO, "NET-SNMP version %s\n", netsnmp_get_version());
    netsnmp_addrcache_initialise();
    netsnmp_sd_notify(1, "READY=1\n");
}

int Agent::poll_fd() const {
    return state_->events->poll_fd();
}
std::optional<std::chrono::microseconds> Agent::prepare() {
    return state_->events->prepare();
}
void Agent::service() {
    state_->events->service();
}

bool Agent::wants_to_quit() const {
    return is_set(NETSNMP_DS_AGENT_QUIT_IMMEDIATELY);
}

void Agent::reload() {
    snmp_log(LOG_INFO, "Reconfiguring daemon\n");
    netsnmp_logging_restart();
    snmp_log(LOG_INFO, "NET-SNMP version %s restarted\n", netsnmp_get_version());
    update_config();
    send_easy_trap(SNMP_TRAP_ENTERPRISESPECIFIC, kNotifyRestart);
}

void Agent::dump_registry() {
    ::dump_registry();
}

void Agent::shutdown() {
    if (!wants_to_quit()) {
        snmp_log(LOG_INFO, "Received TERM or STOP signal...  shutting down...\n");
    }
    send_easy_trap(SNMP_TRAP_ENTERPRISESPECIFIC, kNotifyShutdown);
    snmp_shutdown(state_->application.c_str());
    shutdown_master_agent();
    shutdown_agent();
    if (!state_->pid_file.empty() && !is_set(NETSNMP_DS_AGENT_LEAVE_PIDFILE)) {
        unlink(state_->pid_file.c_str());
    }
}

}  // namespace splash::snmp
