#include "linux/kernel_topology.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "linux/rtnetlink.hpp"

namespace splash::linux {
namespace {

constexpr std::chrono::seconds kRoutesAge{5};
constexpr std::chrono::seconds kRetry{1};
constexpr std::chrono::seconds kNeighboursAge{1};
constexpr std::size_t kMaxRoutes = 4096;
/// TEST-NET-2 (RFC 5737): nothing is there, so only a default route leads to it.
constexpr IpAddress kFarAway = IpAddress::v4(0xc6336401);

/// The other host of a link with room for two: of a /31 (RFC 3021), or of a /30 with its network and
/// broadcast addresses left out. The same of /127 and /126.
std::optional<IpAddress> other_end(const AddressInfo& a) {
    if (a.peer && *a.peer != a.address) {
        return a.peer;
    }
    const unsigned host_bits = a.address.bits() - a.prefix_length;
    if (host_bits != 1 && host_bits != 2) {
        return std::nullopt;
    }
    const ConstBytes octets = a.address.octets();
    std::array<std::byte, 16> other{};
    std::ranges::copy(octets, other.begin());
    const unsigned last = std::to_integer<unsigned>(octets.back());
    const unsigned host = last & 3U;
    if (host_bits == 2 && (host == 0 || host == 3)) {
        return std::nullopt;
    }
    other[octets.size() - 1] = static_cast<std::byte>(last ^ (host_bits == 1 ? 1U : 3U));
    return IpAddress::from_octets(ConstBytes(other).first(octets.size()));
}

/// Neighbours by interface, at most so many of each.
class Neighbours {
public:
    void add(std::uint32_t if_index, const IpAddress& address) {
        auto& of_interface = by_interface_[if_index];
        if (of_interface.size() < KernelTopology::kMaxNeighboursPerInterface &&
            of_interface.insert(address).second) {
            all_.insert(address);
        }
    }
    [[nodiscard]] bool contains(const IpAddress& address) const { return all_.contains(address); }

private:
    std::unordered_map<std::uint32_t, std::unordered_set<IpAddress>> by_interface_;
    std::unordered_set<IpAddress> all_;
};

}  // namespace

class KernelTopology::State {
public:
    State(std::optional<IpAddress> primary, node::Clock& clock, Rtnetlink kernel, RtnetlinkMonitor monitor)
        : configured_(primary), clock_(clock), kernel_(std::move(kernel)), monitor_(std::move(monitor)) {}

    [[nodiscard]] int monitor_fd() const { return monitor_.fd(); }

    void refresh() {
        if (monitor_.drain()) {
            is_loaded_ = false;
            retry_at_ = {};
        }
        has_neighbours_ = false;
    }

    bool is_local(const IpAddress& address) {
        load();
        return address.is_loopback() || local_.contains(address);
    }

    bool is_broadcast(const IpAddress& address) {
        load();
        return broadcasts_.contains(address);
    }

    bool is_neighbour(const IpAddress& address) {
        load();
        if (fixed_neighbours_.contains(address)) {
            return true;
        }
        load_neighbours();
        return neighbours_.contains(address);
    }

    std::optional<IpAddress> interface_address(std::uint32_t if_index) {
        load();
        const auto at = interface_addresses_.find(if_index);
        return at == interface_addresses_.end() ? std::nullopt : std::optional(at->second);
    }

    IpAddress primary_address() {
        load();
        return primary_;
    }

    unsigned interface_count() {
        load();
        return static_cast<unsigned>(std::ranges::count_if(
            links_, [](const auto& link) { return link.second.is_up && !link.second.is_loopback; }));
    }

    std::optional<node::Route> route(const IpAddress& to) {
        load();
        if (const auto at = routes_.find(to); at != routes_.end()) {
            return at->second;
        }
        if (routes_.size() >= kMaxRoutes) {
            routes_.clear();
        }
        const auto found = ask_route(to);
        routes_.emplace(to, found);
        return found;
    }

private:
    /// Reads links, addresses and next hops if they are out of date. What cannot be read stays as it was,
    /// and is tried again a little later.
    void load() {
        const node::Instant now = clock_.now();
        if (now - routes_since_ >= kRoutesAge) {
            routes_.clear();
            routes_since_ = now;
        }
        if (is_loaded_ || now < retry_at_) {
            return;
        }
        routes_.clear();
        has_neighbours_ = false;
        auto links = kernel_.links();
        auto addresses = kernel_.addresses();
        auto routes = kernel_.routes();
        is_loaded_ = links && addresses && routes;
        retry_at_ = is_loaded_ ? node::Instant{} : now + kRetry;
        if (links) {
            links_.clear();
            for (LinkInfo& link : *links) {
                links_.emplace(link.index, std::move(link));
            }
        }
        if (addresses) {
            addresses_ = std::move(*addresses);
        }
        if (routes) {
            next_hops_ = std::move(*routes);
            std::erase_if(next_hops_, [](const RouteInfo& route) { return !route.gateway; });
        }
        digest_addresses();
        digest_fixed_neighbours();
        primary_ = choose_primary();
    }

    void digest_addresses() {
        local_.clear();
        broadcasts_.clear();
        interface_addresses_.clear();
        for (const AddressInfo& a : addresses_) {
            local_.insert(a.address);
            if (!a.address.is_v6() && !a.peer && a.prefix_length < 31) {
                broadcasts_.insert(a.address.last_in_network(a.prefix_length));
            }
        }
        const auto choose = [this](auto&& suits) {
            for (const AddressInfo& a : addresses_) {
                if (suits(a)) {
                    interface_addresses_.emplace(a.if_index, a.address);  // the first stays
                }
            }
        };
        choose([](const AddressInfo& a) { return !a.address.is_v6() && a.is_global; });
        choose([](const AddressInfo& a) { return !a.address.is_v6(); });
        choose([](const AddressInfo& a) { return a.is_global; });
    }

    void digest_fixed_neighbours() {
        fixed_neighbours_ = {};
        for (const AddressInfo& a : addresses_) {
            const auto other = other_end(a);
            if (other && !is_loopback_link(a.if_index) && !local_.contains(*other)) {
                fixed_neighbours_.add(a.if_index, *other);
            }
        }
        for (const RouteInfo& route : next_hops_) {
            fixed_neighbours_.add(route.if_index, *route.gateway);
        }
    }

    void load_neighbours() {
        const node::Instant now = clock_.now();
        if (has_neighbours_ && now - neighbours_at_ < kNeighboursAge) {
            return;
        }
        has_neighbours_ = true;
        neighbours_at_ = now;
        if (const auto entries = kernel_.neighbours()) {
            neighbours_ = fixed_neighbours_;
            for (const NeighbourInfo& n : *entries) {
                if (n.is_live && !n.address.is_multicast() && !is_loopback_link(n.if_index)) {
                    neighbours_.add(n.if_index, n.address);
                }
            }
        }
    }

    [[nodiscard]] bool is_loopback_link(std::uint32_t if_index) const {
        const auto at = links_.find(if_index);
        return at != links_.end() && at->second.is_loopback;
    }

    IpAddress choose_primary() {
        if (configured_) {
            return *configured_;
        }
        for (const bool v6 : {false, true}) {
            for (const AddressInfo& a : addresses_) {
                if (a.is_global && a.address.is_v6() == v6 && is_loopback_link(a.if_index)) {
                    return a.address;
                }
            }
        }
        if (const auto by_default = kernel_.route_to(kFarAway); by_default && by_default->source) {
            return *by_default->source;
        }
        for (const bool v6 : {false, true}) {
            for (const AddressInfo& a : addresses_) {
                if (a.is_global && a.address.is_v6() == v6) {
                    return a.address;
                }
            }
        }
        return {};
    }

    std::optional<node::Route> ask_route(const IpAddress& to) {
        const auto info = kernel_.route_to(to);
        if (!info) {
            return std::nullopt;
        }
        node::Route route{
            .if_index = info->if_index, .mtu = info->mtu, .source = info->source.value_or(primary_)};
        if (const auto link = links_.find(info->if_index); link != links_.end()) {
            route.mtu = route.mtu == 0 ? link->second.mtu : std::min(route.mtu, link->second.mtu);
        }
        return route;
    }

    std::optional<IpAddress> configured_;
    node::Clock& clock_;
    Rtnetlink kernel_;
    RtnetlinkMonitor monitor_;

    bool is_loaded_ = false;
    node::Instant retry_at_{};
    std::map<std::uint32_t, LinkInfo> links_;
    std::vector<AddressInfo> addresses_;  ///< as the kernel lists them: primary ones first
    std::vector<RouteInfo> next_hops_;    ///< routes with a gateway
    std::unordered_set<IpAddress> local_;
    std::unordered_set<IpAddress> broadcasts_;
    std::unordered_map<std::uint32_t, IpAddress> interface_addresses_;
    Neighbours fixed_neighbours_;  ///< other ends of links, next hops of routes
    IpAddress primary_;
    node::Instant routes_since_{};
    std::unordered_map<IpAddress, std::optional<node::Route>> routes_;

    bool has_neighbours_ = false;
    node::Instant neighbours_at_{};
    Neighbours neighbours_;  ///< the fixed ones and the live entries of the table
};

KernelTopology::KernelTopology(std::unique_ptr<State> state) : state_(std::move(state)) {}
KernelTopology::~KernelTopology() = default;

Result<std::unique_ptr<KernelTopology>> KernelTopology::open(std::optional<IpAddress> primary,
                                                             node::Clock& clock) {
    auto monitor = RtnetlinkMonitor::open();  // first: it misses nothing of what is read after it
    if (!monitor) {
        return fail(monitor.error().code, monitor.error().detail);
    }
    auto kernel = Rtnetlink::open();
    if (!kernel) {
        return fail(kernel.error().code, kernel.error().detail);
    }
    return std::unique_ptr<KernelTopology>(
        new KernelTopology(std::make_unique<State>(primary, clock, std::move(*kernel), std::move(*monitor))));
}

int KernelTopology::monitor_fd() const {
    return state_->monitor_fd();
}
void KernelTopology::refresh() {
    state_->refresh();
}
bool KernelTopology::is_local(const IpAddress& address) {
    return state_->is_local(address);
}
bool KernelTopology::is_broadcast(const IpAddress& address) {
    return state_->is_broadcast(address);
}
bool KernelTopology::is_neighbour(const IpAddress& address) {
    return state_->is_neighbour(address);
}
std::optional<IpAddress> KernelTopology::interface_address(std::uint32_t if_index) {
    return state_->interface_address(if_index);
}
IpAddress KernelTopology::primary_address() {
    return state_->primary_address();
}
unsigned KernelTopology::interface_count() {
    return state_->interface_count();
}
std::optional<node::Route> KernelTopology::route(const IpAddress& to) {
    return state_->route(to);
}

}  // namespace splash::linux
