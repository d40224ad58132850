// A node's settings, as splash.toml gives them. Plain data; an adapter parses the file.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "isa/packet.hpp"

namespace splash::node {

/// What a principal may do beyond moving home.
struct Rights {
    bool read = false;   ///< services that read
    bool write = false;  ///< services that write
    bool send = false;   ///< send packets elsewhere than home
    /// Services that change interfaces, routes and kernel parameters, past VACM.
    bool configure = false;
    bool operator==(const Rights&) const = default;
};

/// `[[allow]]`: packets whose origin, or whose remote client, is in `prefix` are admitted unauthenticated.
struct AllowRule {
    Prefix prefix;
    Rights rights;
    std::string snmp_user;  ///< empty: no snmp_* services
    std::uint16_t bound = 255;
};

/// `[[peer]]`: packets to this address go by UDP to this port, and such packets from it are carried on.
struct Peer {
    IpAddress address;
    std::uint16_t port = isa::kDefaultUdpPort;
};

/// `[sysctl]`: the kernel parameters that proc_get and proc_set may use, by dotted name; `*` stands for any
/// one part of it, as in "net.ipv4.conf.*.rp_filter".
struct SysctlRules {
    std::vector<std::string> read;
    std::vector<std::string> write;  ///< these may be read, too
};

/// `[dictionary]`: what programs may leave on the node. Octets are those of names and values.
struct DictionaryLimits {
    std::size_t entries = 4096;
    std::size_t octets = std::size_t{1024} * 1024;
    std::size_t entries_per_principal = 1024;
    std::size_t octets_per_principal = std::size_t{256} * 1024;
    std::chrono::seconds time_to_live{3600};  ///< since the last writing
};

/// A user of SNMPv3 (RFC 3414), as agents elsewhere know it.
struct UsmUser {
    std::string name;
    std::string auth;  ///< "SHA-256", ...; empty: noAuthNoPriv
    std::string auth_password;
    std::string priv;  ///< "AES", ...; empty: no privacy
    std::string priv_password;
};

/// `[[agent]]`: SNMP agents in `prefix` may be asked through this node (snmp_init_ip), and how.
struct AgentRule {
    enum class Version : std::uint8_t { V1, V2c, V3 };
    Prefix prefix;
    std::uint16_t port = 161;
    Version version = Version::V2c;
    std::string community = {};               ///< of V1 and V2c
    UsmUser user = {};                        ///< of V3
    std::chrono::milliseconds timeout{3000};  ///< for all tries together
};

struct Config {
    std::string name;                                ///< node name, for logs and node_info
    std::size_t workspace = std::size_t{16} * 1024;  ///< octets per execution, 4 KiB to 48 KiB
    std::uint32_t budget_extra = 4096;               ///< units on top of one per instruction
    std::uint16_t max_bound = 255;                   ///< cap for local clients
    Rights local_rights{.read = true, .write = true, .send = true};
    std::string local_user;  ///< snmp_user of clients on the UNIX socket
    std::vector<AllowRule> allow;
    std::vector<Prefix> domain;
    std::vector<Peer> peers;
    SysctlRules sysctl;
    DictionaryLimits dictionary;
    std::vector<AgentRule> agents;
    std::size_t max_proxied = 64;  ///< requests to them at a time; a quarter for one principal
    double notifications_per_second = 10;
    std::size_t max_parked = 1024;  ///< a quarter for one principal, as of what is queued
    std::size_t max_queued = 1024;  ///< packets this node sent to itself
    std::chrono::milliseconds park_timeout{5000};
    std::chrono::seconds remember{60};  ///< remote clients and outstanding requests
    double reports_per_second = 100;    ///< in all
    double reports_per_prefix = 10;     ///< per /24 or /64 of origins
};

}  // namespace splash::node
