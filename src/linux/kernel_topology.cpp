#include "linux/kernel_topology.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "linux/rtnetlink.hpp"
#include "neighbours.hpp"
#include "pace.hpp"

namespace splash::linux {
namespace {

constexpr std::chrono::seconds kRoutesAge{5};
constexpr std::size_t kMaxRoutes = 4096;
/// TEST-NET-2 (RFC 5737), or of the prefix for documentation (RFC 3849): nothing is there, so only a default
/// route leads to it.
IpAddress far_away(IpVersion version) {
    return version == IpVersion::V4 ? IpAddress::v4(0xc6336401) : *IpAddress::parse("2001:db8:ffff::1");
}

}  // namespace

class KernelTopology::State {
public:
    State(std::vector<IpAddress> primary, node::Clock& clock, RtnetlinkMonitor monitor, Rtnetlink kernel,
          Rtnetlink for_next_hops, Rtnetlink for_neighbours)
        : configured_(std::move(primary)),
          clock_(clock),
          monitor_(std::move(monitor)),
          kernel_(std::move(kernel)),
          next_hops_(std::move(for_next_hops), clock),
          neighbours_(std::move(for_neighbours), clock) {}

    [[nodiscard]] int monitor_fd() const { return monitor_.fd(); }

    /// What this node does itself is seldom, and asked for next: it is read again whatever the pace.
    void note_change() {
        is_loaded_ = false;
        pace_ = {};
        next_hops_.are_out_of_date();
        neighbours_.is_out_of_date();
    }

    void refresh() {
        const RtnetlinkMonitor::News news = monitor_.drain();
        if (news.links_or_addresses) {
            is_loaded_ = false;
        }
        if (news.links_or_addresses || news.routes) {
            routes_.clear();
            primary_.clear();
            next_hops_.are_out_of_date();
        }
        if (news.links_or_addresses || news.neighbours) {
            neighbours_.is_out_of_date();
        }
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
        return other_ends_.contains(address) || neighbours_.contains(address) || next_hops_.contains(address);
    }

    std::optional<IpAddress> interface_address(std::uint32_t if_index, IpVersion version) {
        load();
        const auto at = interface_addresses_.find({if_index, version});
        return at == interface_addresses_.end() ? std::nullopt : std::optional(at->second);
    }

    IpAddress primary_address(IpVersion version) {
        load();
        auto known = primary_.find(version);
        if (known == primary_.end()) {
            const IpVersion other = version == IpVersion::V4 ? IpVersion::V6 : IpVersion::V4;
            auto chosen = choose_primary(version);
            chosen = chosen ? chosen : choose_primary(other);
            // A host without a network: programs of its own clients still need a home.
            chosen = chosen ? chosen : any_address(IpVersion::V4);
            known = primary_.emplace(version, chosen.value_or(IpAddress{})).first;
        }
        return known->second;
    }

    unsigned interface_count() {
        load();
        return static_cast<unsigned>(std::ranges::count_if(
            links_, [](const auto& link) { return link.second.is_up && !link.second.is_loopback; }));
    }

    std::optional<node::Route> route(const IpAddress& to) {
        if (to.needs_scope()) {
            return std::nullopt;
        }
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

    std::span<const node::Interface> interfaces() {
        load();
        return interfaces_;
    }

    std::optional<std::uint32_t> interface_of(const IpAddress& local) {
        load();
        const auto at = std::ranges::find(addresses_, local, &AddressInfo::address);
        return at == addresses_.end() ? std::nullopt : std::optional(at->if_index);
    }

    std::vector<node::Neighbour> neighbours() {
        load();
        std::set<node::Neighbour> all;
        const auto add = [&](const NeighbourSet& some, auto&& suits) {
            for (const auto& [if_index, addresses] : some.by_interface()) {
                const auto link = links_.find(if_index);
                if (link == links_.end() || !link->second.is_up || link->second.is_loopback) {
                    continue;
                }
                for (const IpAddress& address : addresses) {
                    const node::Neighbour neighbour{if_index, address};
                    if (all.size() == kMaxNeighbours) {
                        return;
                    }
                    if (can_be_sent_to(address) && suits(neighbour)) {
                        all.insert(neighbour);
                    }
                }
            }
        };
        const auto any = [](const node::Neighbour&) { return true; };
        add(other_ends_, any);
        add(next_hops_.known(), any);
        // A router that asks by ARP in the name of another of its addresses gets an entry for that one, too.
        add(neighbours_.known(), [this](const node::Neighbour& n) { return is_on_link(n); });
        return {all.begin(), all.end()};
    }

private:
    /// A link-local address means nothing without its link, which no packet has room for.
    [[nodiscard]] bool can_be_sent_to(const IpAddress& address) const {
        return !address.is_unspecified() && !address.needs_scope() && !local_.contains(address);
    }

    [[nodiscard]] bool is_on_link(const node::Neighbour& n) const {
        return std::ranges::any_of(addresses_, [&n](const AddressInfo& a) {
            return a.if_index == n.if_index &&
                   (a.peer == n.address || Prefix{a.address, a.prefix_length}.contains(n.address));
        });
    }

    /// Reads links and addresses if they are out of date. What cannot be read stays as it was, and is tried
    /// again a little later.
    void load() {
        const node::Instant now = clock_.now();
        if (now - routes_since_ >= kRoutesAge) {
            routes_.clear();
            routes_since_ = now;
        }
        if (is_loaded_ || !pace_.allows(now)) {
            return;
        }
        routes_.clear();
        primary_.clear();
        auto links = kernel_.links();
        auto addresses = kernel_.addresses();
        is_loaded_ = links && addresses;
        if (!is_loaded_) {
            pace_.failed(clock_.now());
        }
        if (links) {
            links_.clear();
            for (LinkInfo& link : *links) {
                links_.emplace(link.index, std::move(link));
            }
            interfaces_.clear();
            for (const auto& [index, link] : links_) {
                interfaces_.push_back({index, link.name, link.is_administratively_up});
            }
        }
        if (addresses) {
            addresses_ = std::move(*addresses);
        }
        digest_addresses();
        digest_other_ends();
        pace_.took(now, clock_.now());
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
                    interface_addresses_.emplace(std::pair(a.if_index, a.address.version()),
                                                 a.address);  // the first stays
                }
            }
        };
        choose([](const AddressInfo& a) { return a.is_global && a.is_lasting; });
        choose([](const AddressInfo& a) { return a.is_global; });
        choose([](const AddressInfo& a) { return !a.address.is_v6(); });
    }

    void digest_other_ends() {
        other_ends_ = {};
        for (const AddressInfo& a : addresses_) {
            const auto other = other_end(a);
            if (other && !is_loopback_link(a.if_index) && !local_.contains(*other)) {
                other_ends_.add(a.if_index, *other);
            }
        }
    }

    [[nodiscard]] bool is_loopback_link(std::uint32_t if_index) const {
        const auto at = links_.find(if_index);
        return at != links_.end() && at->second.is_loopback;
    }

    std::optional<IpAddress> choose_primary(IpVersion version) {
        const auto configured = std::ranges::find(configured_, version, &IpAddress::version);
        if (configured != configured_.end()) {
            return *configured;
        }
        const auto is_ours = [version](const AddressInfo& a) {
            return a.is_global && a.address.version() == version;
        };
        for (const AddressInfo& a : addresses_) {
            if (is_ours(a) && is_loopback_link(a.if_index)) {
                return a.address;
            }
        }
        const auto by_default = kernel_.route_to(far_away(version));
        if (by_default && by_default->source && !by_default->source->needs_scope()) {
            return *by_default->source;
        }
        const auto any = std::ranges::find_if(addresses_, is_ours);
        return any == addresses_.end() ? std::nullopt : std::optional(any->address);
    }

    std::optional<IpAddress> any_address(IpVersion version) {
        const auto any = std::ranges::find_if(
            addresses_, [version](const AddressInfo& a) { return a.address.version() == version; });
        return any == addresses_.end() ? std::nullopt : std::optional(any->address);
    }

    std::optional<node::Route> ask_route(const IpAddress& to) {
        const auto info = kernel_.route_to(to);
        if (!info) {
            return std::nullopt;
        }
        node::Route route{.if_index = info->if_index,
                          .mtu = info->mtu,
                          .source = primary_address(to.version()),
                          .gateway = info->gateway};
        if (info->source && !info->source->needs_scope()) {
            route.source = *info->source;
        }
        if (const auto link = links_.find(info->if_index); link != links_.end()) {
            route.mtu = route.mtu == 0 ? link->second.mtu : std::min(route.mtu, link->second.mtu);
        }
        return route;
    }

    std::vector<IpAddress> configured_;
    node::Clock& clock_;
    RtnetlinkMonitor monitor_;
    Rtnetlink kernel_;

    Pace pace_;  ///< of reading links and addresses
    bool is_loaded_ = false;
    std::map<std::uint32_t, LinkInfo> links_;
    std::vector<node::Interface> interfaces_;  ///< of links_
    std::vector<AddressInfo> addresses_;       ///< as the kernel lists them: primary ones first
    std::unordered_set<IpAddress> local_;
    std::unordered_set<IpAddress> broadcasts_;
    std::map<std::pair<std::uint32_t, IpVersion>, IpAddress> interface_addresses_;
    NeighbourSet other_ends_;
    NextHops next_hops_;
    NeighbourTable neighbours_;

    std::map<IpVersion, IpAddress> primary_;  ///< as far as it was asked for
    node::Instant routes_since_{};
    std::unordered_map<IpAddress, std::optional<node::Route>> routes_;
};

KernelTopology::KernelTopology(std::unique_ptr<State> state) : state_(std::move(state)) {}
KernelTopology::~KernelTopology() = default;

Result<std::unique_ptr<KernelTopology>> KernelTopology::open(std::vector<IpAddress> primary,
                                                             node::Clock& clock) {
    auto monitor = RtnetlinkMonitor::open();  // first: it misses nothing of what is read after it
    if (!monitor) {
        return fail(monitor.error().code, monitor.error().detail);
    }
    // Next hops are read a piece at a time, and the neighbour table in between: three sockets.
    auto kernel = Rtnetlink::open();
    auto for_next_hops = Rtnetlink::open();
    auto for_neighbours = Rtnetlink::open();
    for (const auto* opened : {&kernel, &for_next_hops, &for_neighbours}) {
        if (!*opened) {
            return Failure(opened->error());
        }
    }
    return std::unique_ptr<KernelTopology>(new KernelTopology(
        std::make_unique<State>(std::move(primary), clock, std::move(*monitor), std::move(*kernel),
                                std::move(*for_next_hops), std::move(*for_neighbours))));
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
std::optional<IpAddress> KernelTopology::interface_address(std::uint32_t if_index, IpVersion version) {
    return state_->interface_address(if_index, version);
}
IpAddress KernelTopology::primary_address(IpVersion version) {
    return state_->primary_address(version);
}
unsigned KernelTopology::interface_count() {
    return state_->interface_count();
}
std::optional<node::Route> KernelTopology::route(const IpAddress& to) {
    return state_->route(to);
}
std::span<const node::Interface> KernelTopology::interfaces() {
    return state_->interfaces();
}
std::optional<std::uint32_t> KernelTopology::interface_of(const IpAddress& local) {
    return state_->interface_of(local);
}
std::vector<node::Neighbour> KernelTopology::neighbours() {
    return state_->neighbours();
}
void KernelTopology::note_change() {
    state_->note_change();
}

}  // namespace splash::linux
