// The single checks of `splash doctor`.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "target.hpp"

namespace splash::cli {

enum class CheckState : std::uint8_t { Ok, No, Warning };

struct Check {
    std::string name;
    CheckState state = CheckState::Ok;
    std::string why;   ///< what was found
    std::string mend;  ///< the command or step that mends it; empty if there is nothing to mend
};

/// What `splashd --splash-check` says of the settings: "node.socket" → "/run/splash/splashd.sock". Empty
/// without settings.
using NodeSettings = std::map<std::string, std::string>;

/// What splashd is told to read; empty: what it reads by itself.
struct SettingsFiles {
    std::string snmpd_conf;
    std::string splash_toml;
};

/// Features of the kernel, by trying each.
[[nodiscard]] std::vector<Check> check_kernel(std::chrono::milliseconds deadline);
/// Privileges of the caller, settings of this network namespace, packet filters, ports, MIB files.
[[nodiscard]] std::vector<Check> check_host(const NodeSettings& settings);
/// Programs, snmpd.conf and splash.toml, read by the daemon's own parsers. Fills in `settings`.
[[nodiscard]] std::vector<Check> check_daemon(std::chrono::milliseconds deadline, const SettingsFiles& files,
                                              NodeSettings& settings);
/// The socket, and a program sent through it that the node answers. `lab_node`: the node meant, if of a lab.
[[nodiscard]] std::vector<Check> check_node(const Options& options, const std::optional<Start>& lab_node,
                                            const NodeSettings& settings);

}  // namespace splash::cli
