#include "take_down.hpp"

#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "paths.hpp"
#include "process.hpp"
#include "record.hpp"
#include "topology_rules.hpp"

namespace splash::lab {
namespace {

namespace fs = std::filesystem;
constexpr int kRounds = 5;  // of looking for processes: some start others while they end

/// Node names by the record and by the directories: a half-made lab may have lost either.
std::set<std::string> node_names(std::string_view lab, const Result<Record>& record) {
    std::set<std::string> names;
    if (record) {
        for (const NodeRecord& node : record->nodes) {
            if (is_valid_name(node.name)) {
                names.insert(node.name);
            }
        }
    }
    std::error_code error;
    for (fs::directory_iterator entry(lab_directory(lab), error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->is_directory(error) && is_valid_name(entry->path().filename().native())) {
            names.insert(entry->path().filename().native());
        }
    }
    return names;
}

void end_guardian(const ProcessId& guardian) {
    if (guardian.pid == getpid()) {
        return;
    }
    // It waits and has nothing to save; its own attempt to remove the lab would have to wait for our lock.
    if (const Descriptor process = open_process(guardian); process.is_open()) {
        syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
    }
}

Result<> end_all(const std::set<NamespaceId>& namespaces, const Result<Record>& record) {
    std::vector<ProcessId> victims = processes_in(namespaces);
    if (record) {
        for (const NodeRecord& node : record->nodes) {
            victims.push_back(node.daemon);
        }
    }
    for (int round = 0; round < kRounds && !victims.empty(); ++round) {
        if (auto ended = end_processes(victims); !ended) {
            return ended;
        }
        victims = processes_in(namespaces);
    }
    return {};
}

Result<> unmount(const std::string& path) {
    while (umount2(path.c_str(), MNT_DETACH) == 0) {
    }
    if (errno != EINVAL && errno != ENOENT) {
        return system_failure(errno, "unmount " + path);
    }
    if (unlink(path.c_str()) != 0 && errno != ENOENT) {
        return system_failure(errno, "remove " + path);
    }
    return {};
}

}  // namespace

Result<> take_down(std::string_view lab, GuardianIs guardian) {
    const auto record = load(lab);
    if (record && guardian == GuardianIs::Ended) {
        end_guardian(record->guardian);
    }
    std::set<NamespaceId> namespaces;
    const std::set<std::string> names = node_names(lab, record);
    for (const std::string& name : names) {
        if (const auto id = identify_namespace(netns_file(lab, name)); id) {
            namespaces.insert(*id);
        }
    }
    if (auto ended = end_all(namespaces, record); !ended) {
        return ended;
    }
    for (const std::string& name : names) {
        if (auto unmounted = unmount(netns_file(lab, name)); !unmounted) {
            return unmounted;
        }
    }
    std::error_code error;
    fs::remove_all(lab_directory(lab), error);
    if (error) {
        return fail(Errc::System, "remove " + lab_directory(lab) + ": " + error.message());
    }
    return {};
}

}  // namespace splash::lab
