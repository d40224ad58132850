// The command line of snmpd(8), and what it lets through to the program around it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace splash::snmp {

/// A command line taken apart, nothing of it applied yet.
struct AgentOptions {
    enum class Action {
        Run,
        PrintUsage,       ///< -h, --help, or a letter snmpd does not know
        PrintVersion,     ///< -v, --version
        PrintDirectives,  ///< -H
    };
    /// One option and its words. Kept in order: net-snmp's settings depend on it (-A before -Lf).
    struct Flag {
        char letter = 0;
        std::vector<std::string> words;
        bool operator==(const Flag&) const = default;
    };

    Action action = Action::Run;
    std::vector<std::string> command_line;  ///< all of argv, for versionRestartAgent (UCD-SNMP-MIB)
    std::vector<Flag> flags;
    std::vector<std::string> addresses;         ///< positional listening addresses
    std::map<std::string, std::string> splash;  ///< "--splash-config=FILE" is {"config", "FILE"}
    std::string application = "snmpd";          ///< -n: decides which configuration files are read
    std::string pid_file;                       ///< -p, empty: none
    bool is_foreground = false;                 ///< -f
    bool is_subagent = false;                   ///< -X, or run under a name with "agentxd" in it
};

/// Reads a command line with every letter of snmpd(8), deprecated ones included. getopt(3) prints what it
/// does not know to stderr, as it does for snmpd. Not reentrant (getopt).
/// What an option's argument means is looked at when the options are applied.
Result<AgentOptions> parse_options(int argc, const char* const* argv);

/// Prints what an action other than Run asks for, on the stream snmpd uses, and gives snmpd's exit status.
int answer_on_terminal(const AgentOptions& options);

}  // namespace splash::snmp
