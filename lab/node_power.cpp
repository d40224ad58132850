// Stopping and starting the daemon of one node.
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "daemon.hpp"
#include "lab/lab.hpp"
#include "node_files.hpp"
#include "paths.hpp"
#include "process.hpp"
#include "record.hpp"
#include "standing_lab.hpp"

namespace splash::lab {
namespace {

/// @error NotFound, Usage
Result<NodeRecord*> daemon_node(Record& record, std::string_view name) {
    const auto node = std::ranges::find(record.nodes, name, &NodeRecord::name);
    if (node == record.nodes.end()) {
        return fail(Errc::NotFound, "node " + std::string(name) + " of lab " + record.name);
    }
    if (node->kind == "host") {
        return fail(Errc::Usage, "node " + node->name + " is a host: no splashd runs there");
    }
    return &*node;
}

}  // namespace

Result<> stop_node(std::string_view lab, std::string_view node, Stop how) {
    auto standing = StandingLab::take(lab);
    if (!standing) {
        return Failure(standing.error());
    }
    const auto found = daemon_node(standing->record(), node);
    if (!found) {
        return Failure(found.error());
    }
    ProcessId& daemon = (*found)->daemon;
    if (how == Stop::Kill) {
        if (const Descriptor process = open_process(daemon); process.is_open()) {
            syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
        }
    }
    if (auto ended = end_processes({daemon}); !ended) {
        return ended;
    }
    daemon = {};
    return save(standing->record());
}

Result<> start_node(std::string_view lab, std::string_view node, std::chrono::milliseconds deadline) {
    auto standing = StandingLab::take(lab);
    if (!standing) {
        return Failure(standing.error());
    }
    Record& record = standing->record();
    const auto found = daemon_node(record, node);
    if (!found) {
        return Failure(found.error());
    }
    NodeRecord& it = **found;
    if (is_running(it.daemon)) {
        return fail(Errc::AlreadyRunning,
                    "splashd on " + it.name + ", process " + std::to_string(it.daemon.pid));
    }
    const std::string path = netns_file(record.name, it.name);
    const Descriptor netns(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!netns.is_open()) {
        return system_failure(errno, "open " + path);
    }
    // What it left when it was killed would look like a daemon that answers nobody.
    unlink(socket_file(record.name, it.name).c_str());
    const std::string directory = node_directory(record.name, it.name);
    const std::string log = log_file(record.name, it.name);
    const auto process =
        start_daemon(daemon_command(record.splashd, record.name, it.name),
                     {.node = it.name, .directory = directory, .log = log, .netns = netns.get()});
    if (!process) {
        return Failure(process.error());
    }
    it.daemon = *process;
    if (auto saved = save(record); !saved) {
        return saved;
    }
    return await_daemons({{.node = it.name,
                           .process = *process,
                           .directory = directory,
                           .socket = socket_file(record.name, it.name),
                           .log = log}},
                         deadline);
}

}  // namespace splash::lab
