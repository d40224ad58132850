// What this host has and is set to: read, never changed. For `splash doctor`.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace splash::linux {

/// Names, such as "cap_net_raw", of those capabilities of the list below that the caller lacks (effective
/// set): cap_net_bind_service, cap_net_admin, cap_net_raw, cap_sys_admin.
[[nodiscard]] Result<std::vector<std::string>> lacking_capabilities();

/// Whether the kernel knows IPv6 at all (CONFIG_IPV6, and not booted with ipv6.disable=1).
[[nodiscard]] bool has_ipv6();

/// A setting below /proc/sys, without the line feed: "net/ipv4/ip_forward". @error Unsupported there is none.
[[nodiscard]] Result<std::string> read_sysctl(const std::string& name);

/// The number of a group. @error BadConfig no group is called so; System
[[nodiscard]] Result<gid_t> group_id(const std::string& name);

struct PortHolder {
    std::int64_t pid = 0;  ///< 0: a process the caller may not look into
    std::string name;
    bool operator==(const PortHolder&) const = default;
};
/// Who has a UDP port of this network namespace, by IPv4 or IPv6, each once. @error System
[[nodiscard]] Result<std::vector<PortHolder>> udp_port_holders(std::uint16_t port);

struct SocketFile {
    std::string owner;  ///< names, or numbers without a name
    std::string group;
    bool is_usable = false;  ///< the caller may connect
};
/// @error NotFound there is no such file; BadConfig it is no socket; System
[[nodiscard]] Result<SocketFile> look_at_socket(const std::string& path);

/// Chains of nf_tables at the hooks input, forward and output that drop what none of their rules accepts, as
/// "inet filter input". What iptables of the nft kind sets is among them; that of the legacy kind is not.
/// @error NeedsRoot; Unsupported no nf_tables; System
[[nodiscard]] Result<std::vector<std::string>> dropping_chains();

struct ProgramOutput {
    int status = 0;  ///< 128 + the signal if one ended it
    std::string out;
    std::string err;
};
/// Runs a program to its end, without input; it is killed at the deadline.
/// @param environment  "NAME=VALUE" on top of the caller's.
/// @error FileNotFound it cannot be executed; TimedOut; System
[[nodiscard]] Result<ProgramOutput> run_program(const std::vector<std::string>& argv,
                                                const std::vector<std::string>& environment,
                                                std::chrono::milliseconds deadline);

}  // namespace splash::linux
