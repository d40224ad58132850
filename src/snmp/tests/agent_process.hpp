// For tests: directories, and agents in processes of their own (this test program, run again).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace splash::snmp {

/// A directory that is removed with everything in it.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Writes a file and gives its path.
    [[nodiscard]] std::string write(const std::string& name, const std::string& text) const;

private:
    std::string path_;
};

/// A UDP port of 127.0.0.1 that was free a moment ago.
[[nodiscard]] std::uint16_t free_port();

/// Points net-snmp at `directory` for configuration and persistent data, and at no MIB files.
void use_directory(const std::string& directory);

/// An agent with these arguments in a child process, ended with this object.
class AgentProcess {
public:
    AgentProcess(const std::string& persistent_directory, const std::vector<std::string>& arguments);
    AgentProcess(const AgentProcess&) = delete;
    AgentProcess& operator=(const AgentProcess&) = delete;
    ~AgentProcess();

private:
    pid_t pid_ = -1;
};

/// Calls `step` until `is_done`; false if that takes longer than `limit`.
[[nodiscard]] bool until(const std::function<bool()>& is_done, const std::function<void()>& step,
                         std::chrono::seconds limit = std::chrono::seconds(30));

}  // namespace splash::snmp
