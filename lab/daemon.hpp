// Starting a node's splashd and waiting for it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "node_files.hpp"
#include "process.hpp"

namespace splash::lab {

struct DaemonPlace {
    std::string node;       ///< for messages
    std::string directory;  ///< its working directory
    std::string log;        ///< its standard output and error, appended
    int netns = -1;
};

/// Starts a process in the namespace, in a session of its own, holding no descriptor of the caller. It
/// is not a child of the caller. It cannot come to life after the caller's sudden death: it waits inside the
/// namespace, where take_down() finds it, for a word of the caller before it executes the program.
[[nodiscard]] Result<ProcessId> start_daemon(const Command& command, const DaemonPlace& place);

struct StartedDaemon {
    std::string node;
    ProcessId process;
    std::string directory;
    std::string socket;
    std::string log;
};
/// Waits until every socket accepts a connection.
/// @error NoDaemon  one ended first; detail names the node and has the end of its log.
/// @error TimedOut  likewise, of one that did not answer by the deadline.
/// @error what `go_on` says, which is asked again and again.
[[nodiscard]] Result<> await_daemons(
    const std::vector<StartedDaemon>& daemons, std::chrono::milliseconds patience,
    const std::function<Result<>()>& go_on = [] { return Result<>(); });

}  // namespace splash::lab
