#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <filesystem>

#include "daemon.hpp"
#include "guardian.hpp"
#include "held_signals.hpp"
#include "lab/lab.hpp"
#include "lab_lock.hpp"
#include "linux/host.hpp"
#include "network.hpp"
#include "node_files.hpp"
#include "paths.hpp"
#include "record.hpp"
#include "take_down.hpp"
#include "topology_rules.hpp"

namespace splash::lab {
namespace {

Result<> make_directories() {
    for (const char* path : {"/run/splash", kLabsDirectory}) {
        if (mkdir(path, 0755) != 0 && errno != EEXIST) {
            return system_failure(errno, std::string("make ") + path);
        }
    }
    return {};
}

bool exists(const std::string& path) {
    struct stat status {};
    return lstat(path.c_str(), &status) == 0;
}

/// Nothing of this name is there, whoever made it.
Result<> check_free(const UpOptions& options) {
    if (exists(lab_directory(options.name))) {
        return fail(Errc::AlreadyExists, "lab " + options.name);
    }
    for (const NodeSpec& node : options.topology.nodes) {
        if (const std::string path = netns_file(options.name, node.name); exists(path)) {
            return fail(Errc::AlreadyExists, "network namespace " + path);
        }
    }
    return {};
}

/// The daemon's absolute path: it is executed from its own directory.
Result<std::string> resolve(const std::string& splashd) {
    std::error_code error;
    const auto path = std::filesystem::absolute(splashd, error);
    if (splashd.empty() || error || access(path.c_str(), X_OK) != 0) {
        return fail(Errc::FileNotFound, "splashd at \"" + splashd + "\"");
    }
    return path.native();
}

/// One attempt to build a lab, under lock and guardian.
class Attempt {
public:
    Attempt(const UpOptions& options, std::string splashd, ProcessId guardian, const HeldSignals& signals)
        : options_(options), splashd_(std::move(splashd)), signals_(signals) {
        record_.name = options.name;
        record_.topology = options.topology.name;
        record_.links = options.topology.links;
        record_.conditions.resize(record_.links.size());
        record_.splashd = splashd_;
        record_.guardian = guardian;
        for (std::size_t i = 0; i < options.topology.nodes.size(); ++i) {
            const NodeSpec& node = options.topology.nodes[i];
            record_.nodes.push_back(
                {.name = node.name,
                 .kind = node.kind,
                 .loopback = loopback_of(i, IpVersion::V4).to_string(),
                 .loopback_ipv6 = linux::has_ipv6() ? loopback_of(i, IpVersion::V6).to_string() : "",
                 .daemon = {}});
        }
    }

    [[nodiscard]] Result<> make() {
        if (mkdir(lab_directory(options_.name).c_str(), 0755) != 0) {
            return system_failure(errno, "make " + lab_directory(options_.name));
        }
        auto done = save(record_);  // first of all: it names what must go if we do not finish
        if (done) {
            done = make_files();
        }
        if (done) {
            done = make_network();
        }
        if (done) {
            done = make_daemons();
        }
        if (done) {
            done = go_on();
        }
        if (done) {
            record_.is_complete = true;
            if (options_.owner == 0) {
                record_.guardian = {};
            }
            done = save(record_);
        }
        return done;
    }

private:
    /// @error Interrupted
    [[nodiscard]] Result<> go_on() const {
        return signals_.has_come() ? fail(Errc::Interrupted, "lab " + options_.name + " was not finished")
                                   : Result<>();
    }

    [[nodiscard]] Result<> make_files() {
        for (std::size_t i = 0; i < options_.topology.nodes.size(); ++i) {
            if (auto done = write_node_files(options_.name, options_.topology.nodes[i], loopbacks_of(i));
                !done) {
                return done;
            }
        }
        return {};
    }

    [[nodiscard]] Result<> make_network() {
        auto namespaces = build_network(options_.name, options_.topology, options_.progress);
        if (!namespaces) {
            return Failure(namespaces.error());
        }
        namespaces_ = std::move(*namespaces);
        return {};
    }

    [[nodiscard]] Result<> make_daemons() {
        std::vector<StartedDaemon> started;
        for (std::size_t i = 0; i < record_.nodes.size(); ++i) {
            NodeRecord& node = record_.nodes[i];
            if (node.kind == "host") {
                continue;
            }
            if (auto further = go_on(); !further) {
                return further;
            }
            const auto process = start_daemon(daemon_command(splashd_, options_.name, node.name),
                                              {.node = node.name,
                                               .directory = node_directory(options_.name, node.name),
                                               .log = log_file(options_.name, node.name),
                                               .netns = namespaces_[i].get()});
            if (!process) {
                return Failure(process.error());
            }
            node.daemon = *process;
            started.push_back({.node = node.name,
                               .process = *process,
                               .directory = node_directory(options_.name, node.name),
                               .socket = socket_file(options_.name, node.name),
                               .log = log_file(options_.name, node.name)});
        }
        if (started.empty()) {
            return {};
        }
        options_.progress(std::to_string(started.size()) + " daemons started");
        auto done = await_daemons(started, options_.deadline, [this] { return go_on(); });
        if (done) {
            options_.progress("all daemons answer");
        }
        return done;
    }

    const UpOptions& options_;
    std::string splashd_;
    const HeldSignals& signals_;
    Record record_;
    std::vector<Descriptor> namespaces_;
};

Result<> check_options(const UpOptions& options) {
    if (!is_valid_name(options.name)) {
        return fail(Errc::BadInput, "lab name \"" + options.name + "\" is not " + std::string(kNameRule));
    }
    if (options.owner < 0 || options.owner > INT_MAX) {
        return fail(Errc::BadInput, "owner " + std::to_string(options.owner) + " is no process number");
    }
    return check(options.topology);
}

}  // namespace

Result<LabInfo> up(const UpOptions& given) {
    UpOptions options = given;
    if (!options.progress) {
        options.progress = [](std::string_view) {};
    }
    if (auto good = check_options(options); !good) {
        return Failure(good.error());
    }
    if (geteuid() != 0) {
        return fail(Errc::NeedsRoot, "making network namespaces takes CAP_SYS_ADMIN and CAP_NET_ADMIN");
    }
    std::string splashd;
    for (const NodeSpec& node : options.topology.nodes) {
        if (node.kind == "splash" && splashd.empty()) {
            auto path = resolve(options.splashd);
            if (!path) {
                return Failure(path.error());
            }
            splashd = *path;
        }
    }
    if (auto made = make_directories(); !made) {
        return Failure(made.error());
    }
    auto lock = LabLock::take(options.name);
    if (!lock) {
        return Failure(lock.error());
    }
    if (auto free = check_free(options); !free) {
        if (!exists(lab_directory(options.name))) {
            remove_lock_file(options.name);
        }
        return Failure(free.error());
    }
    auto guardian = Guardian::start(options.name, static_cast<pid_t>(options.owner), *lock);
    if (!guardian) {
        remove_lock_file(options.name);
        return Failure(guardian.error());
    }
    // From here on nothing that was built is left behind: not to the guardian alone, which nobody waits for.
    const HeldSignals signals;
    auto done = Attempt(options, splashd, guardian->id(), signals).make();
    if (done) {
        done = guardian->commit();
    }
    if (!done) {
        if (done.error().code == Errc::Interrupted) {
            options.progress("interrupted: what was made goes");
        }
        // The guardian still has its eye on us: killed now, it would finish this.
        if (auto removed = take_down(options.name, GuardianIs::Kept); !removed) {
            return fail(done.error().code,
                        done.error().detail + " (and then " + removed.error().detail + ")");
        }
        remove_lock_file(options.name);
        guardian->dismiss();
        return Failure(done.error());
    }
    lock->release();
    return find(options.name);
}

}  // namespace splash::lab
