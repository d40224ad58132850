// splashd: snmpd, and with a splash.toml also a Splash node. Wiring only.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>

#include "linux/event_loop.hpp"
#include "node_runtime.hpp"
#include "own_options.hpp"
#include "services_listing.hpp"
#include "settings.hpp"
#include "snmp/access.hpp"
#include "snmp/agent.hpp"
#include "snmp/log.hpp"

namespace {

using splash::Errc;
using splash::Result;
using splash::snmp::Agent;
using splash::snmp::AgentOptions;
using splash::splashd::NodeRuntime;
using splash::splashd::Settings;

int complain(const splash::Error& error) {
    // What is wrong with an option snmpd says in the same words, and nothing else.
    const std::string text = error.code == Errc::Usage ? error.detail : "splashd: " + to_string(error);
    std::fprintf(stderr, "%s\n", text.c_str());
    return 1;
}

/// What --splash-check prints.
int check_settings(const std::optional<std::string>& file) {
    if (!file) {
        std::puts("file none");
        return 0;
    }
    const auto settings = splash::splashd::read_settings(*file);
    if (!settings) {
        return complain(settings.error());
    }
    std::printf("file %s\n%s", file->c_str(), splash::splashd::describe(*settings).c_str());
    return 0;
}

/// What --splash-services prints. 1: a plug-in could not be loaded.
int print_services(const std::optional<std::string>& file) {
    if (!file) {
        std::puts("file none");
        return 0;
    }
    const auto settings = splash::splashd::read_settings(*file);
    if (!settings) {
        return complain(settings.error());
    }
    const auto listing = splash::splashd::list_services(*settings);
    std::fputs(listing.text.c_str(), stdout);
    return listing.is_complete ? 0 : 1;
}

/// A user whom VACM does not know makes every snmp_* service fail, which looks like a fault of the programs.
void warn_about_users(const Settings& settings) {
    for (const splash::node::MibUser& user : splash::splashd::mib_users(settings)) {
        if (!splash::snmp::has_access(user)) {
            splash::snmp::AgentLog().write(
                splash::node::Log::Level::Warning,
                "splash.toml: no access line of snmpd.conf is for snmp_user " + user.name +
                    ": programs cannot use the MIB in its name; to let them read: rouser -s usm " +
                    user.name + " noauth");
        }
    }
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

/// Says of settings read again what they do not change in the daemon that runs.
void warn_about_restart(const Settings& running, const Settings& wanted, const std::string& file) {
    using splash::node::Log;
    splash::snmp::AgentLog log;
    if (const auto names = splash::splashd::changes_for_restart(running, wanted); !names.empty()) {
        log.write(Log::Level::Warning, file + ": restart splashd to change " + joined(names));
    }
    const auto lacking = splash::splashd::capabilities_for_restart(running, wanted);
    if (geteuid() != 0 && !lacking.empty()) {
        log.write(Log::Level::Warning,
                  file + ": restart splashd for rights that need " + joined(lacking) + ", which it gave up");
    }
}

/// Where the settings were read from, and what they were at the start.
struct SettingsSource {
    std::string file;
    Settings at_start;
};

class Daemon {
public:
    Daemon(Agent& agent, splash::linux::EventLoop& loop, NodeRuntime* node,
           std::optional<SettingsSource> settings)
        : agent_(agent), loop_(loop), node_(node), settings_(std::move(settings)) {}

    Result<> catch_signals() {
        Result<> caught = loop_.on_signal(SIGTERM, [this] { is_ending_ = true; });
        for (auto& [number, action] :
             std::initializer_list<std::pair<int, splash::linux::EventLoop::Callback>>{
                 {SIGINT, [this] { is_ending_ = true; }},
                 {SIGHUP, [this] { reload(); }},
                 {SIGUSR1, [this] { agent_.dump_registry(); }}}) {
            if (caught) {
                caught = loop_.on_signal(number, action);
            }
        }
        return caught;
    }

    Result<> serve() {
        bool agent_may_have_changed = true;
        while (!is_ending_ && !agent_.wants_to_quit()) {
            if (agent_may_have_changed) {
                // What net-snmp waits for only changes when its code has run; asking costs a system call a
                // descriptor, which packets that never touch the MIB need not pay.
                const auto wait = agent_.prepare();
                agent_deadline_ = wait ? std::optional(Clock::now() + *wait) : std::nullopt;
                if (auto watched = loop_.watch(agent_.poll_fd(), [this] { agent_is_due_ = true; });
                    !watched) {
                    return watched;
                }
            }
            if (auto turned = loop_.turn(time_left()); !turned) {
                return turned;
            }
            agent_may_have_changed = node_ != nullptr && node_->finish_turn();
            if (agent_is_due_ || (agent_deadline_ && *agent_deadline_ <= Clock::now())) {
                agent_is_due_ = false;
                agent_.service();
                agent_may_have_changed = true;
                if (node_ != nullptr) {
                    static_cast<void>(
                        node_->finish_turn());  // answers of sub-agents let parked packets go on
                }
            }
        }
        return {};
    }

private:
    using Clock = std::chrono::steady_clock;

    /// Until the agent or the node wants to be called, whatever comes first.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> time_left() const {
        auto next = agent_deadline_;
        const auto node_deadline = node_ != nullptr ? node_->next_deadline() : std::nullopt;
        if (node_deadline && (!next || *node_deadline < *next)) {
            next = node_deadline;
        }
        if (!next) {
            return std::nullopt;
        }
        const auto now = Clock::now();
        return *next <= now ? std::chrono::nanoseconds(0) : *next - now;
    }

    void reload() {
        agent_.reload();
        agent_is_due_ = true;
        if (node_ == nullptr || !settings_) {
            return;
        }
        using splash::node::Log;
        if (auto settings = splash::splashd::read_settings(settings_->file)) {
            node_->reconfigure(*settings);
            splash::snmp::AgentLog().write(Log::Level::Info, settings_->file + " was read again");
            warn_about_restart(settings_->at_start, *settings, settings_->file);
            warn_about_users(*settings);
        } else {
            splash::snmp::AgentLog().write(Log::Level::Error,
                                           "the old settings stay: " + to_string(settings.error()));
        }
    }

    Agent& agent_;
    splash::linux::EventLoop& loop_;
    NodeRuntime* node_;
    std::optional<SettingsSource> settings_;
    std::optional<Clock::time_point> agent_deadline_;
    bool agent_is_due_ = false;
    bool is_ending_ = false;
};

Result<> run(const AgentOptions& options, const std::optional<std::string>& file) {
    std::optional<Settings> settings;
    if (file) {
        auto read = splash::splashd::read_settings(*file);
        if (!read) {
            return tl::unexpected(read.error());
        }
        settings = std::move(*read);
    }
    auto agent = Agent::init(options);
    if (!agent) {
        return tl::unexpected(agent.error());
    }
    splash::snmp::AgentLog log;
    std::unique_ptr<NodeRuntime> node;
    if (settings) {
        auto opened = NodeRuntime::open(*settings, *agent, log);
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        node = std::move(*opened);
        warn_about_users(*settings);
    }
    if (auto done = agent->daemonize(); !done) {
        return done;
    }
    if (auto done = agent->drop_privileges(settings ? splash::splashd::needed_capabilities(*settings)
                                                    : std::vector<std::string>{});
        !done) {
        return done;
    }
    auto loop = splash::linux::EventLoop::open();
    if (!loop) {
        return tl::unexpected(loop.error());
    }
    if (node) {
        if (auto joined = node->join(*loop); !joined) {
            return joined;
        }
    }
    std::optional<SettingsSource> source;
    if (settings) {
        source = {*file, *std::move(settings)};
    }
    Daemon daemon(*agent, *loop, node.get(), std::move(source));
    if (auto caught = daemon.catch_signals(); !caught) {
        return caught;
    }
    std::signal(SIGPIPE, SIG_IGN);
    agent->announce();
    auto served = daemon.serve();
    const bool has_ended = node == nullptr || node->close();
    node.reset();  // its MIB session before the agent that answers it
    agent->shutdown();
    if (!has_ended) {
        std::fflush(nullptr);
        _exit(served ? 0 : 1);
    }
    return served;
}

}  // namespace

int main(int argc, char** argv) {
    Agent::close_inherited_descriptors();
    const auto options = splash::snmp::parse_options(argc, argv);
    if (!options) {
        return complain(options.error());
    }
    if (options->action != AgentOptions::Action::Run) {
        const int status = splash::snmp::answer_on_terminal(*options);
        if (options->action == AgentOptions::Action::PrintUsage) {
            std::fputs(splash::splashd::own_usage().c_str(), stdout);
        }
        return status;
    }
    const auto own = splash::splashd::read_own_options(options->splash);
    if (!own) {
        return complain(own.error());
    }
    if (own->is_check) {
        return check_settings(own->settings_file);
    }
    if (own->is_listing) {
        return print_services(own->settings_file);
    }
    if (auto ran = run(*options, own->settings_file); !ran) {
        return complain(ran.error());
    }
    return 0;
}
