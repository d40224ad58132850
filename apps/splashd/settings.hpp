// splash.toml: the settings of splashd that snmpd has not. docs/splash.toml.md describes every key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "node/config.hpp"
#include "node/ports.hpp"
#include "plugins/settings.hpp"

namespace splash::splashd {

struct Settings {
    node::Config node;
    std::string socket = "/run/splash/splashd.sock";
    std::string socket_group;          ///< empty: the daemon's own
    std::vector<IpAddress> addresses;  ///< the node's primary ones, one of an IP version; else found out
    std::uint8_t protocol = isa::kDefaultProtocol;
    std::uint16_t udp_port = isa::kDefaultUdpPort;
    bool raw = true;                  ///< take and send raw IP
    bool udp = true;                  ///< listen on udp_port
    std::optional<Endpoint> metrics;  ///< where Prometheus asks over HTTP; none: nowhere
    plugins::Settings services;       ///< plug-ins and C functions; they change with a restart
};

/// Reads the text of a settings file; `file` is named in errors with line and column.
/// @error BadConfig  syntax, an unknown key, a value of the wrong type or out of its range.
[[nodiscard]] Result<Settings> parse_settings(std::string_view text, const std::string& file);
/// The users of snmpd.conf in whose name programs use the MIB.
[[nodiscard]] std::vector<node::MibUser> mib_users(const Settings& settings);
/// What of root a node needs to keep after its sockets are open: names such as "cap_net_raw".
[[nodiscard]] std::vector<std::string> needed_capabilities(const Settings& settings);
/// Every setting that holds, a line "section.key value" each; a table that there may be several of has its
/// number, as in "allow[1].prefix", and a list has commas. What is empty is left out; secrets are not shown.
[[nodiscard]] std::string describe(const Settings& settings);
/// As splash.toml has it: "none", "read", ...
[[nodiscard]] std::string_view name_of(node::Right right);
/// Names of settings that differ and that a running daemon does not change.
[[nodiscard]] std::vector<std::string> changes_for_restart(const Settings& running, const Settings& wanted);
/// Capabilities that `wanted` needs and that a daemon started with `running` gave up with its user.
[[nodiscard]] std::vector<std::string> capabilities_for_restart(const Settings& running,
                                                                const Settings& wanted);
/// Reads and parses a settings file, and looks up whether this host has its socket_group.
/// @error FileNotFound  with the reason; TooLarge over 1 MiB; BadConfig.
[[nodiscard]] Result<Settings> read_settings(const std::string& file);

}  // namespace splash::splashd
