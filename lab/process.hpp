// Processes named so that a recycled pid is never mistaken for the one meant.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "descriptor.hpp"

namespace splash::lab {

/// A pid and the process's start time in clock ticks since boot. 0, 0: none.
struct ProcessId {
    pid_t pid = 0;
    std::uint64_t started = 0;
    bool operator==(const ProcessId&) const = default;
};

/// nullopt if there is no such process, or only its remains.
[[nodiscard]] std::optional<ProcessId> identify(pid_t pid);
[[nodiscard]] bool is_running(const ProcessId& process);

/// Refers to the process whatever becomes of its pid; becomes readable when it ends. Closed if it has ended.
[[nodiscard]] Descriptor open_process(const ProcessId& process);

/// A namespace's device and inode number.
using NamespaceId = std::pair<dev_t, ino_t>;
[[nodiscard]] std::optional<NamespaceId> identify_namespace(const std::string& path);

/// Every process, but the caller, in one of the network namespaces.
[[nodiscard]] std::vector<ProcessId> processes_in(const std::set<NamespaceId>& namespaces);

/// Asks them to end (SIGTERM), and after 3 s makes them (SIGKILL).
/// @error System  some live 5 s later; detail has their pids.
[[nodiscard]] Result<> end_processes(const std::vector<ProcessId>& processes);

/// After fork(): keeps the standard streams and `kept`, and makes the streams /dev/null.
/// Async-signal-safe.
void keep_only(std::initializer_list<int> kept) noexcept;

}  // namespace splash::lab
