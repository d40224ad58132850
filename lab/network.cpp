#include "network.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <system_error>
#include <thread>

#include "linux/rtnetlink.hpp"
#include "paths.hpp"
#include "topology_rules.hpp"

namespace splash::lab {
namespace {

constexpr std::uint32_t kLoopbackIndex = 1;  // the kernel's choice in every namespace
constexpr const char* kThreadNetns = "/proc/thread-self/ns/net";

struct Setting {
    const char* file;
    std::string_view value;
    IpVersion version;
};
constexpr auto kSettings = std::to_array<Setting>({
    {"/proc/sys/net/ipv4/ip_forward", "1", IpVersion::V4},
    // A line of 200 has more hops than the 64 of a kernel's own.
    {"/proc/sys/net/ipv4/ip_default_ttl", "255", IpVersion::V4},
    // Shortest paths there and back may differ.
    {"/proc/sys/net/ipv4/conf/all/rp_filter", "0", IpVersion::V4},
    {"/proc/sys/net/ipv4/conf/default/rp_filter", "0", IpVersion::V4},
    {"/proc/sys/net/ipv6/conf/all/disable_ipv6", "0", IpVersion::V6},
    {"/proc/sys/net/ipv6/conf/default/disable_ipv6", "0", IpVersion::V6},
    {"/proc/sys/net/ipv6/conf/all/forwarding", "1", IpVersion::V6},
    {"/proc/sys/net/ipv6/conf/default/hop_limit", "255", IpVersion::V6},
    // Nobody else can have an address: it is in use at once.
    {"/proc/sys/net/ipv6/conf/all/accept_dad", "0", IpVersion::V6},
    {"/proc/sys/net/ipv6/conf/default/accept_dad", "0", IpVersion::V6},
    // As IPv4's do, addresses stay when an interface goes down.
    {"/proc/sys/net/ipv6/conf/all/keep_addr_on_down", "1", IpVersion::V6},
    {"/proc/sys/net/ipv6/conf/default/keep_addr_on_down", "1", IpVersion::V6},
});

Result<> apply(const Setting& setting) {
    const Descriptor file(open(setting.file, O_WRONLY | O_CLOEXEC));
    if (!file.is_open() || write(file.get(), setting.value.data(), setting.value.size()) !=
                               static_cast<ssize_t>(setting.value.size())) {
        return system_failure(errno, std::string("write ") + setting.file);
    }
    return {};
}

/// A node while its network is made. The socket stays in the namespace it was opened in.
struct Node {
    Descriptor netns;
    linux::Rtnetlink netlink;
    std::uint32_t next_index;
};

struct End {
    std::uint32_t if_index = 0;
    std::size_t link = 0;
    Side side{};

    [[nodiscard]] IpAddress near(IpVersion version) const { return link_address(link, side, version); }
    [[nodiscard]] IpAddress far(IpVersion version) const {
        return link_address(link, side == Side::A ? Side::B : Side::A, version);
    }
};

class Builder {
public:
    Builder(std::string_view lab, const Topology& topology,
            const std::function<void(std::string_view)>& progress)
        : lab_(lab), topology_(topology), progress_(progress) {}

    /// Moves the calling thread between namespaces.
    [[nodiscard]] Result<std::vector<Descriptor>> build() {
        auto done = make_namespaces();
        if (done) {
            done = make_links();
        }
        if (done) {
            done = set_up_interfaces();
        }
        if (done) {
            done = add_routes();
        }
        if (done) {
            done = settle();
        }
        if (!done) {
            return Failure(done.error());
        }
        std::vector<Descriptor> namespaces;
        for (Node& node : nodes_) {
            namespaces.push_back(std::move(node.netns));
        }
        return namespaces;
    }

private:
    [[nodiscard]] Result<> make_namespaces() {
        for (const NodeSpec& spec : topology_.nodes) {
            if (auto made = make_namespace(spec.name); !made) {
                return made;
            }
        }
        progress_(std::to_string(nodes_.size()) + " namespaces made");
        return {};
    }

    [[nodiscard]] Result<> make_namespace(const std::string& name) {
        if (unshare(CLONE_NEWNET) != 0) {
            return system_failure(errno, "make a network namespace for " + name);
        }
        const std::string path = netns_file(lab_, name);
        const Descriptor place(open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
        if (!place.is_open()) {
            return system_failure(errno, "make " + path);
        }
        if (mount(kThreadNetns, path.c_str(), nullptr, MS_BIND, nullptr) != 0) {
            return system_failure(errno, "mount " + path);
        }
        Descriptor netns(open(kThreadNetns, O_RDONLY | O_CLOEXEC));
        if (!netns.is_open()) {
            return system_failure(errno, std::string("open ") + kThreadNetns);
        }
        for (const Setting& setting : kSettings) {
            if (std::ranges::find(versions_, setting.version) == versions_.end()) {
                continue;
            }
            if (auto applied = apply(setting); !applied) {
                return applied;
            }
        }
        auto netlink = linux::Rtnetlink::open();
        if (!netlink) {
            return Failure(netlink.error());
        }
        // Some kernels put tunnel devices into every namespace: our interfaces are numbered behind them.
        const auto links = netlink->links();
        if (!links) {
            return Failure(links.error());
        }
        std::uint32_t last = kLoopbackIndex;
        for (const linux::LinkInfo& link : *links) {
            last = std::max(last, link.index);
        }
        nodes_.push_back({std::move(netns), std::move(*netlink), last + 1});
        return {};
    }

    [[nodiscard]] Result<> make_links() {
        ends_.resize(nodes_.size());
        for (std::size_t i = 0; i < topology_.links.size(); ++i) {
            const Link& link = topology_.links[i];
            Node& a = nodes_[link.a];
            Node& b = nodes_[link.b];
            const End at_a{a.next_index++, i, Side::A};
            const End at_b{b.next_index++, i, Side::B};
            // Both ends appear where they belong: no name is ever seen in the host's namespace.
            a.netlink.add_veth(
                {.name = link.a_interface, .if_index = at_a.if_index},
                {.name = link.b_interface, .if_index = at_b.if_index, .netns_fd = b.netns.get()});
            // Of several links between two nodes routes use the first.
            ends_[link.a].emplace(link.b, at_a);
            ends_[link.b].emplace(link.a, at_b);
            all_ends_.push_back({link.a, at_a});
            all_ends_.push_back({link.b, at_b});
        }
        auto done = flush_all();
        if (done) {
            progress_(std::to_string(topology_.links.size()) + " links made");
        }
        return done;
    }

    [[nodiscard]] Result<> set_up_interfaces() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            nodes_[i].netlink.set_up(kLoopbackIndex);
            for (const IpAddress& address : loopbacks_of(i)) {
                nodes_[i].netlink.add_address(kLoopbackIndex, address, address.bits());
            }
        }
        for (const auto& [node, end] : all_ends_) {
            linux::Rtnetlink& netlink = nodes_[node].netlink;
            for (const IpVersion version : versions_) {
                const IpAddress own = end.near(version);
                netlink.add_address(end.if_index, own, own.bits() - 1);
                if (own.is_v6()) {  // the kernel's own comes up to a second after the link
                    netlink.add_address(end.if_index, link_local_of(node), 64);
                }
            }
            netlink.set_up(end.if_index);
        }
        return flush_all();
    }

    [[nodiscard]] Result<> add_routes() {
        const auto hops = next_hops(topology_);
        std::size_t count = 0;
        for (std::size_t from = 0; from < nodes_.size(); ++from) {
            for (std::size_t to = 0; to < nodes_.size(); ++to) {
                if (from == to || !hops[from][to]) {
                    continue;
                }
                const End& end = ends_[from].at(*hops[from][to]);
                // The loopback as source: replies of distant nodes have a route back to nothing else.
                for (const IpVersion version : versions_) {
                    const IpAddress far = loopback_of(to, version);
                    nodes_[from].netlink.add_route({far, far.bits()}, end.far(version), end.if_index,
                                                   loopback_of(from, version));
                    ++count;
                }
            }
        }
        auto done = flush_all();
        if (done) {
            progress_(std::to_string(count) + " routes set");
        }
        return done;
    }

    /// So that the first packets go through.
    [[nodiscard]] Result<> settle() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (auto done = nodes_[i].netlink.settle(); !done) {
                return of_node(i, done.error());
            }
        }
        return {};
    }

    [[nodiscard]] Failure of_node(std::size_t node, const Error& error) const {
        return fail(error.code, "node " + topology_.nodes[node].name + ": " + error.detail);
    }

    [[nodiscard]] Result<> flush_all() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (auto done = nodes_[i].netlink.flush(); !done) {
                return of_node(i, done.error());
            }
        }
        return {};
    }

    std::string_view lab_;
    const Topology& topology_;
    const std::function<void(std::string_view)>& progress_;
    const std::vector<IpVersion> versions_ = versions();
    std::vector<Node> nodes_;
    std::vector<std::map<std::size_t, End>> ends_;       // by node, by neighbour
    std::vector<std::pair<std::size_t, End>> all_ends_;  // with their node
};

/// As `ip netns add` does, so that its later calls and ours see one mount and not a stack of copies.
Result<> prepare_netns_directory() {
    if (mkdir(kNetnsDirectory, 0755) != 0 && errno != EEXIST) {
        return system_failure(errno, std::string("make ") + kNetnsDirectory);
    }
    if (mount("", kNetnsDirectory, "none", MS_SHARED | MS_REC, nullptr) == 0) {
        return {};
    }
    if (errno != EINVAL || mount(kNetnsDirectory, kNetnsDirectory, "none", MS_BIND | MS_REC, nullptr) != 0 ||
        mount("", kNetnsDirectory, "none", MS_SHARED | MS_REC, nullptr) != 0) {
        return system_failure(errno, std::string("mount ") + kNetnsDirectory);
    }
    return {};
}

}  // namespace

Result<std::vector<Descriptor>> build_network(std::string_view lab, const Topology& topology,
                                              const std::function<void(std::string_view)>& progress) {
    if (auto ready = prepare_netns_directory(); !ready) {
        return Failure(ready.error());
    }
    Result<std::vector<Descriptor>> outcome;
    try {
        // A thread's namespace is its own: the caller stays where it is, even if this goes wrong.
        std::thread([&] { outcome = Builder(lab, topology, progress).build(); }).join();
    } catch (const std::system_error& e) {
        return fail(Errc::System, std::string("start a thread: ") + e.what());
    }
    return outcome;
}

}  // namespace splash::lab
