// What a node's daemon is given: configuration files, command line, environment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "lab/lab.hpp"

namespace splash::lab {

/// `loopbacks`: the node's addresses, one of each IP version it has.
[[nodiscard]] std::string snmpd_conf(std::string_view lab, const NodeSpec& node,
                                     const std::vector<IpAddress>& loopbacks);
[[nodiscard]] std::string splash_toml(std::string_view lab, const NodeSpec& node,
                                      const std::vector<IpAddress>& loopbacks);

/// What execve() wants.
struct Command {
    std::vector<std::string> argv;
    std::vector<std::string> environment;
};
/// The daemon's command line, and the caller's environment with the daemon's own settings in it.
[[nodiscard]] Command daemon_command(const std::string& splashd, std::string_view lab, std::string_view node);

[[nodiscard]] std::string socket_file(std::string_view lab, std::string_view node);
[[nodiscard]] std::string log_file(std::string_view lab, std::string_view node);

/// Makes the node's directory and the files in it.
[[nodiscard]] Result<> write_node_files(std::string_view lab, const NodeSpec& node,
                                        const std::vector<IpAddress>& loopbacks);

}  // namespace splash::lab
