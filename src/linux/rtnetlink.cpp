#include "linux/rtnetlink.hpp"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "rtnetlink_socket.hpp"

namespace splash::linux {
namespace {

std::uint8_t family_of(const IpAddress& address) {
    return address.is_v6() ? AF_INET6 : AF_INET;
}

template <class T>
const T* fixed_part(const nlmsghdr* message) {
    return mnl_nlmsg_get_payload_len(message) < sizeof(T)
               ? nullptr
               : static_cast<const T*>(mnl_nlmsg_get_payload(message));
}

std::optional<IpAddress> read_via(const Attributes& attributes) {
    const nlattr* via = attributes.find(RTA_VIA);
    if (via == nullptr || mnl_attr_get_payload_len(via) < sizeof(rtvia)) {
        return std::nullopt;
    }
    const auto* bytes = static_cast<const std::byte*>(mnl_attr_get_payload(via));
    return IpAddress::from_octets(
        ConstBytes(bytes, mnl_attr_get_payload_len(via)).subspan(offsetof(rtvia, rtvia_addr)));
}

void read_next_hop(const Attributes& attributes, RouteInfo& route) {
    route.gateway = attributes.address(RTA_GATEWAY);
    if (!route.gateway) {
        route.gateway = read_via(attributes);  // an IPv4 route over an IPv6 neighbour
    }
}

RouteInfo read_route(const rtmsg& fixed, const Attributes& attributes) {
    RouteInfo route;
    read_next_hop(attributes, route);
    route.if_index = attributes.u32(RTA_OIF).value_or(0);
    route.source = attributes.address(RTA_PREFSRC);
    if (const nlattr* metrics = attributes.find(RTA_METRICS); metrics != nullptr) {
        route.mtu = Attributes(metrics).u32(RTAX_MTU).value_or(0);
    }
    route.is_local = fixed.rtm_type == RTN_LOCAL;
    return route;
}

/// A route with several next hops is as many RouteInfos.
void for_each_next_hop(const nlattr* multipath, const RouteInfo& common,
                       const std::function<void(const RouteInfo&)>& on_route) {
    const auto* at = static_cast<const char*>(mnl_attr_get_payload(multipath));
    std::size_t left = mnl_attr_get_payload_len(multipath);
    while (left >= sizeof(rtnexthop)) {
        rtnexthop hop{};
        std::memcpy(&hop, at, sizeof hop);
        if (hop.rtnh_len < sizeof hop || hop.rtnh_len > left) {
            return;
        }
        RouteInfo route = common;
        read_next_hop(Attributes(at + sizeof hop, hop.rtnh_len - sizeof hop), route);
        route.if_index = static_cast<std::uint32_t>(hop.rtnh_ifindex);
        on_route(route);
        const std::size_t step = RTNH_ALIGN(hop.rtnh_len);
        if (step > left) {
            return;
        }
        at += step;
        left -= step;
    }
}

std::uint32_t address_flags(const ifaddrmsg& fixed, const nlmsghdr* m) {
    return Attributes(m, sizeof fixed).u32(IFA_FLAGS).value_or(fixed.ifa_flags);
}
/// Still looked for elsewhere, and therefore not in use.
bool is_tentative(std::uint32_t flags) {
    return (flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0 &&
           (flags & IFA_F_DADFAILED) == 0;
}

/// nullopt if it is no link.
std::optional<LinkInfo> read_link(const nlmsghdr* m) {
    const auto* fixed = fixed_part<ifinfomsg>(m);
    if (m->nlmsg_type != RTM_NEWLINK || fixed == nullptr) {
        return std::nullopt;
    }
    const Attributes attributes(m, sizeof *fixed);
    const auto has = [fixed](unsigned flag) { return (fixed->ifi_flags & flag) != 0; };
    return LinkInfo{.index = static_cast<std::uint32_t>(fixed->ifi_index),
                    .name = attributes.text(IFLA_IFNAME),
                    .mtu = attributes.u32(IFLA_MTU).value_or(0),
                    .is_up = has(IFF_UP) && has(IFF_LOWER_UP),
                    .is_administratively_up = has(IFF_UP),
                    .is_running = has(IFF_RUNNING),
                    .is_loopback = has(IFF_LOOPBACK),
                    .is_point_to_point = has(IFF_POINTOPOINT)};
}

void put_veth_end(Request& request, const VethEnd& end) {
    request.put(IFLA_IFNAME, end.name);
    if (end.netns_fd >= 0) {
        request.put_u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(end.netns_fd));
    }
}

}  // namespace

class Rtnetlink::State {
public:
    explicit State(RtnetlinkSocket s) : socket(std::move(s)) {}
    void set_flag_up(std::uint32_t if_index, unsigned flag, const std::string& doing) {
        Request request(RTM_NEWLINK, 0);
        auto& fixed = request.fixed<ifinfomsg>();
        fixed.ifi_index = static_cast<int>(if_index);
        fixed.ifi_flags = flag;
        fixed.ifi_change = IFF_UP;
        socket.queue(request, doing + std::to_string(if_index));
    }
    /// What is not ready of these interfaces, of those that are up and have a carrier; empty if nothing.
    Result<std::string> unsettled(const std::vector<LinkInfo>& links) {
        std::vector<std::uint32_t> up;
        for (const LinkInfo& listed : links) {
            if (!listed.is_up) {
                continue;
            }
            up.push_back(listed.index);
            // Asked for one link the kernel takes note of its carrier; a list tells what was known before.
            const auto link = read_one(listed);
            if (!link) {
                return Failure(link.error());
            }
            if (!link->is_running) {
                return listed.name + " does not run";
            }
        }
        std::string waiting;
        Request request(RTM_GETADDR, NLM_F_DUMP);
        request.fixed<ifaddrmsg>().ifa_family = AF_INET6;
        auto done = socket.ask(request, "read addresses", [&](const nlmsghdr* m) {
            const auto* fixed = fixed_part<ifaddrmsg>(m);
            if (fixed != nullptr && is_tentative(address_flags(*fixed, m)) &&
                std::ranges::find(up, fixed->ifa_index) != up.end()) {
                const auto address = Attributes(m, sizeof *fixed).address(IFA_ADDRESS);
                waiting = (address ? address->to_string() : "an address") + " is not in use";
            }
        });
        if (done && waiting.empty() && !links.empty()) {
            // The route to an address appears with the lock held under which it came into use: this waits for
            // it.
            done = read_one(links.front()).map([](const LinkInfo&) {});
        }
        return done ? Result<std::string>(waiting) : Failure(done.error());
    }
    Result<LinkInfo> read_one(const LinkInfo& listed) {
        Request request(RTM_GETLINK, 0);
        request.fixed<ifinfomsg>().ifi_index = static_cast<int>(listed.index);
        request.put_u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        LinkInfo link;
        const auto done = socket.ask(request, "read interface " + listed.name,
                                     [&link](const nlmsghdr* m) { link = read_link(m).value_or(link); });
        return done ? Result<LinkInfo>(link) : Failure(done.error());
    }
    RtnetlinkSocket socket;
};

Rtnetlink::Rtnetlink(std::unique_ptr<State> state) : state_(std::move(state)) {}
Rtnetlink::Rtnetlink(Rtnetlink&&) noexcept = default;
Rtnetlink& Rtnetlink::operator=(Rtnetlink&&) noexcept = default;
Rtnetlink::~Rtnetlink() = default;

Result<Rtnetlink> Rtnetlink::open() {
    return RtnetlinkSocket::open().map(
        [](RtnetlinkSocket s) { return Rtnetlink(std::make_unique<State>(std::move(s))); });
}

Result<std::vector<LinkInfo>> Rtnetlink::links() {
    Request request(RTM_GETLINK, NLM_F_DUMP);
    request.fixed<ifinfomsg>().ifi_family = AF_UNSPEC;
    request.put_u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    std::vector<LinkInfo> links;
    const auto read = [&](const nlmsghdr* m) {
        if (auto link = read_link(m)) {
            links.push_back(std::move(*link));
        }
    };
    if (auto done = state_->socket.ask(request, "read links", read); !done) {
        return Failure(done.error());
    }
    return links;
}

Result<std::vector<AddressInfo>> Rtnetlink::addresses() {
    Request request(RTM_GETADDR, NLM_F_DUMP);
    request.fixed<ifaddrmsg>().ifa_family = AF_UNSPEC;
    std::vector<AddressInfo> addresses;
    const auto read = [&](const nlmsghdr* m) {
        const auto* fixed = fixed_part<ifaddrmsg>(m);
        if (m->nlmsg_type != RTM_NEWADDR || fixed == nullptr) {
            return;
        }
        const Attributes attributes(m, sizeof *fixed);
        const std::uint32_t flags = address_flags(*fixed, m);
        if ((flags & IFA_F_DADFAILED) != 0 || is_tentative(flags)) {
            return;
        }
        // IFA_ADDRESS is the far end of a point-to-point address, and our own of any other.
        const auto far = attributes.address(IFA_ADDRESS);
        const auto own = attributes.address(IFA_LOCAL);
        if (!far && !own) {
            return;
        }
        AddressInfo& info = addresses.emplace_back();
        info.if_index = fixed->ifa_index;
        info.address = own ? *own : *far;
        if (own && far && *own != *far) {
            info.peer = far;
        }
        info.prefix_length = fixed->ifa_prefixlen;
        info.is_global = fixed->ifa_scope == RT_SCOPE_UNIVERSE;
        // IPv4 has no temporary addresses: the same bit says secondary there.
        info.is_lasting = fixed->ifa_family == AF_INET || (flags & (IFA_F_TEMPORARY | IFA_F_DEPRECATED)) == 0;
    };
    if (auto done = state_->socket.ask(request, "read addresses", read); !done) {
        return Failure(done.error());
    }
    return addresses;
}

Result<std::vector<NeighbourInfo>> Rtnetlink::neighbours() {
    Request request(RTM_GETNEIGH, NLM_F_DUMP);
    request.fixed<ndmsg>().ndm_family = AF_UNSPEC;
    std::vector<NeighbourInfo> neighbours;
    const auto read = [&](const nlmsghdr* m) {
        const auto* fixed = fixed_part<ndmsg>(m);
        if (m->nlmsg_type != RTM_NEWNEIGH || fixed == nullptr) {
            return;
        }
        const auto address = Attributes(m, sizeof *fixed).address(NDA_DST);
        if (!address || (fixed->ndm_family != AF_INET && fixed->ndm_family != AF_INET6)) {
            return;
        }
        constexpr unsigned kLive = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
        neighbours.push_back({.if_index = static_cast<std::uint32_t>(fixed->ndm_ifindex),
                              .address = *address,
                              .is_live = (fixed->ndm_state & kLive) != 0});
    };
    if (auto done = state_->socket.ask(request, "read neighbours", read); !done) {
        return Failure(done.error());
    }
    return neighbours;
}

Result<> Rtnetlink::begin_routes() {
    Request request(RTM_GETROUTE, NLM_F_DUMP);
    request.fixed<rtmsg>().rtm_family = AF_UNSPEC;
    return state_->socket.begin_dump(request, "read routes");
}

Result<bool> Rtnetlink::more_routes(const std::function<void(const RouteInfo&)>& on_route) {
    return state_->socket.continue_dump("read routes", [&on_route](const nlmsghdr* m) {
        const auto* fixed = fixed_part<rtmsg>(m);
        if (m->nlmsg_type != RTM_NEWROUTE || fixed == nullptr ||
            (fixed->rtm_family != AF_INET && fixed->rtm_family != AF_INET6)) {
            return;
        }
        const Attributes attributes(m, sizeof *fixed);
        if (attributes.u32(RTA_TABLE).value_or(fixed->rtm_table) != RT_TABLE_MAIN) {
            return;
        }
        const RouteInfo route = read_route(*fixed, attributes);
        if (const nlattr* multipath = attributes.find(RTA_MULTIPATH); multipath != nullptr) {
            for_each_next_hop(multipath, route, on_route);
        } else {
            on_route(route);
        }
    });
}

Result<RouteInfo> Rtnetlink::route_to(const IpAddress& to) {
    Request request(RTM_GETROUTE, 0);
    auto& fixed = request.fixed<rtmsg>();
    fixed.rtm_family = family_of(to);
    fixed.rtm_dst_len = static_cast<std::uint8_t>(to.bits());
    request.put(RTA_DST, to);
    std::optional<RouteInfo> route;
    bool refuses = false;
    const auto read = [&](const nlmsghdr* m) {
        const auto* answer = fixed_part<rtmsg>(m);
        if (m->nlmsg_type == RTM_NEWROUTE && answer != nullptr) {
            // A route that refuses is an error for IPv4, and an answer for IPv6.
            refuses = answer->rtm_type == RTN_UNREACHABLE || answer->rtm_type == RTN_PROHIBIT ||
                      answer->rtm_type == RTN_BLACKHOLE;
            route = read_route(*answer, Attributes(m, sizeof *answer));
        }
    };
    const std::string doing = "route to " + to.to_string();
    auto done = state_->socket.ask(request, doing, read);
    if (!done) {
        // Whatever the kernel's reason (unreachable, prohibited, no table of that family), packets do not go.
        const bool answered = done.error().code != Errc::TimedOut;
        return fail(answered ? Errc::NotFound : Errc::TimedOut, done.error().detail);
    }
    if (refuses) {
        return fail(Errc::NotFound, doing + ": the route refuses packets");
    }
    if (!route) {
        return fail(Errc::Protocol, doing + ": the kernel's answer is no route");
    }
    return *route;
}

void Rtnetlink::add_veth(const VethEnd& a, const VethEnd& b) {
    const std::string doing = "add veth " + a.name + " and " + b.name;
    for (const VethEnd* end : {&a, &b}) {
        if (end->name.empty() || end->name.size() >= IFNAMSIZ) {
            state_->socket.refuse({Errc::BadInput, doing + ": an interface name has 1 to " +
                                                       std::to_string(IFNAMSIZ - 1) + " octets"});
            return;
        }
    }
    Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    request.fixed<ifinfomsg>().ifi_index = static_cast<int>(a.if_index);
    put_veth_end(request, a);
    nlattr* info = mnl_attr_nest_start(request.header(), IFLA_LINKINFO);
    request.put(IFLA_INFO_KIND, std::string("veth"));
    nlattr* data = mnl_attr_nest_start(request.header(), IFLA_INFO_DATA);
    nlattr* peer = mnl_attr_nest_start(request.header(), VETH_INFO_PEER);
    request.fixed<ifinfomsg>().ifi_index = static_cast<int>(b.if_index);
    put_veth_end(request, b);
    mnl_attr_nest_end(request.header(), peer);
    mnl_attr_nest_end(request.header(), data);
    mnl_attr_nest_end(request.header(), info);
    state_->socket.queue(request, doing);
}

void Rtnetlink::add_address(std::uint32_t if_index, const IpAddress& address, unsigned prefix_length) {
    Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    auto& fixed = request.fixed<ifaddrmsg>();
    fixed.ifa_family = family_of(address);
    fixed.ifa_prefixlen = static_cast<std::uint8_t>(prefix_length);
    fixed.ifa_index = if_index;
    fixed.ifa_flags = address.is_v6() ? IFA_F_NODAD : 0;
    request.put(IFA_LOCAL, address);
    request.put(IFA_ADDRESS, address);
    state_->socket.queue(request, "add address " + address.to_string() + "/" + std::to_string(prefix_length) +
                                      " to interface " + std::to_string(if_index));
}

void Rtnetlink::set_up(std::uint32_t if_index) {
    state_->set_flag_up(if_index, IFF_UP, "set up interface ");
}

void Rtnetlink::set_down(std::uint32_t if_index) {
    state_->set_flag_up(if_index, 0, "set down interface ");
}

void Rtnetlink::add_route(const Prefix& to, const IpAddress& gateway, std::uint32_t if_index,
                          const IpAddress& source) {
    Request request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
    auto& fixed = request.fixed<rtmsg>();
    fixed.rtm_family = family_of(to.address);
    fixed.rtm_dst_len = static_cast<std::uint8_t>(to.length);
    fixed.rtm_table = RT_TABLE_MAIN;
    fixed.rtm_protocol = RTPROT_STATIC;
    fixed.rtm_scope = gateway.is_unspecified() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    fixed.rtm_type = RTN_UNICAST;
    request.put(RTA_DST, to.address);
    if (!gateway.is_unspecified()) {
        request.put(RTA_GATEWAY, gateway);
    }
    if (if_index != 0) {
        request.put_u32(RTA_OIF, if_index);
    }
    if (!source.is_unspecified()) {
        request.put(RTA_PREFSRC, source);
    }
    state_->socket.queue(request, "add route to " + to.to_string() + " by " + gateway.to_string());
}

void Rtnetlink::delete_route(const Prefix& to) {
    Request request(RTM_DELROUTE, 0);
    auto& fixed = request.fixed<rtmsg>();
    fixed.rtm_family = family_of(to.address);
    fixed.rtm_dst_len = static_cast<std::uint8_t>(to.length);
    fixed.rtm_table = RT_TABLE_MAIN;
    fixed.rtm_scope = RT_SCOPE_NOWHERE;  // any
    request.put(RTA_DST, to.address);
    state_->socket.queue(request, "delete route to " + to.to_string());
}

Result<> Rtnetlink::flush() {
    return state_->socket.flush();
}

Result<> Rtnetlink::settle() {
    constexpr std::chrono::seconds kPatience{10};
    constexpr std::chrono::milliseconds kPause{10};
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        const auto all = links();
        const auto waiting = all ? state_->unsettled(*all) : Failure(all.error());
        if (!waiting) {
            return Failure(waiting.error());
        }
        if (waiting->empty()) {
            return {};
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            return fail(Errc::TimedOut, *waiting + " after " + std::to_string(kPatience.count()) + " s");
        }
        std::this_thread::sleep_for(kPause);
    }
}

}  // namespace splash::linux
