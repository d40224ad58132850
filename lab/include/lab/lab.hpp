// Labs: networks of namespaces on this machine with a splashd in each. Everything a lab has lies under
// /run/splash/lab/NAME and /run/netns/NAME-NODE, so `ip netns exec NAME-NODE ...` works too.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/error.hpp"
#include "lab/impairment.hpp"

namespace splash::lab {

struct Link {
    std::size_t a = 0;  ///< index into nodes
    std::size_t b = 0;
    std::string a_interface;
    std::string b_interface;
    bool operator==(const Link&) const = default;
};

struct NodeSpec {
    std::string name;
    std::string kind = "splash";  ///< "splash": a splashd runs there; "host": nothing does
    std::string snmpd_conf;       ///< lines added to the generated snmpd.conf
    std::string splash_toml;      ///< lines added to the generated splash.toml
    bool operator==(const NodeSpec&) const = default;
};

/// What is to be built: from a file or a generator.
struct Topology {
    std::string name;
    std::vector<NodeSpec> nodes;
    std::vector<Link> links;
    bool operator==(const Topology&) const = default;
};

/// "honeycomb20", "line5", "ring6", "star8", "tree15", "grid16": a kind and the number of nodes (2..200).
/// @error NoSuchName no generator has that name; BadInput the number of nodes is none, or out of range.
[[nodiscard]] Result<Topology> generate(std::string_view name);
/// A containerlab-style YAML file; `file` is named in errors. See lab/topologies/README.md.
[[nodiscard]] Result<Topology> parse_yaml(std::string_view text, std::string_view file);
/// For every node and destination the index of the next hop on a shortest path (itself on the diagonal).
[[nodiscard]] std::vector<std::vector<std::optional<std::size_t>>> next_hops(const Topology& topology);

/// A node of a lab that is up.
struct NodeInfo {
    std::string name;
    IpAddress loopback;
    IpAddress loopback_ipv6 = IpAddress::unspecified(IpVersion::V6);  ///< unspecified: it has none
    std::string netns;                                                ///< "NAME-NODE", as ip netns knows it
    std::string directory;  ///< snmpd.conf, splash.toml, persist/, splashd.sock, splashd.pid, splashd.log
    std::string socket;     ///< path of splashd's UNIX socket, empty on a host
    std::int64_t pid = 0;   ///< of splashd, 0 if none was started or it was stopped
    bool is_running = false;
    [[nodiscard]] const IpAddress& loopback_of(IpVersion version) const;
    /// It was started, was not stopped, and does not run.
    [[nodiscard]] bool has_died() const { return pid != 0 && !is_running; }
};
/// Broken: a builder and its guardian were both killed; down() still removes all of it.
enum class LabState : std::uint8_t { Up, Building, Broken };
struct LabInfo {
    std::string name;
    std::string topology;
    LabState state = LabState::Broken;
    std::vector<NodeInfo> nodes;
    std::vector<Link> links;
    std::vector<LinkCondition> conditions;  ///< of every link, in their order
};
/// The addresses of the ends of the lab's link of that index; both make a /31, or a /127.
struct LinkAddresses {
    IpAddress a;
    IpAddress b;
};
/// The address of the lo of the lab's node of that index.
[[nodiscard]] IpAddress loopback_address(std::size_t node, IpVersion version);
[[nodiscard]] LinkAddresses link_addresses(std::size_t link, IpVersion version);
/// "n1-n2", or with the interfaces "n1:eth1-n2:eth2" if several links join the two.
[[nodiscard]] std::string link_name(const LabInfo& lab, std::size_t link);

struct UpOptions {
    std::string name;  ///< of the lab; must be free
    Topology topology;
    std::string splashd;                             ///< path of the daemon
    std::int64_t owner = 0;                          ///< pid; when it ends, the lab is taken down. 0: stays
    std::chrono::milliseconds deadline{20000};       ///< for all daemons to answer
    std::function<void(std::string_view)> progress;  ///< one line a step
};

/// Builds a lab and waits until every daemon answers. On failure, also after kill -9 of the caller,
/// nothing is left behind. SIGINT, SIGTERM and SIGHUP wait meanwhile: when one comes, what was built goes
/// first.
/// @error Interrupted one of them came, and does what it does when this returns
[[nodiscard]] Result<LabInfo> up(const UpOptions& options);
/// Stops the daemons and removes everything; also what a failed attempt left. No error if there is nothing.
[[nodiscard]] Result<> down(std::string_view name);
[[nodiscard]] Result<std::vector<LabInfo>> list();
[[nodiscard]] Result<LabInfo> find(std::string_view name);

enum class Stop : std::uint8_t {
    Terminate,  ///< SIGTERM, and SIGKILL 3 s later
    Kill,       ///< SIGKILL at once
};
/// Ends a node's daemon and waits for its end; that none runs is no error.
/// @error NotFound no such lab or node; Usage it is a host.
[[nodiscard]] Result<> stop_node(std::string_view lab, std::string_view node, Stop how);
/// Starts a node's daemon again, with the files it has now, and waits until it answers.
/// @error As stop_node(); AlreadyRunning one runs; NoDaemon, TimedOut as up().
[[nodiscard]] Result<> start_node(std::string_view lab, std::string_view node,
                                  std::chrono::milliseconds deadline);

/// Runs a command inside a node's namespace, standard streams passed through; gives its exit status.
/// @error NotFound no such node; FileNotFound no such command; BadInput it cannot be executed; NeedsRoot;
/// System
[[nodiscard]] Result<int> exec(const LabInfo& lab, std::string_view node,
                               const std::vector<std::string>& argv);

}  // namespace splash::lab
