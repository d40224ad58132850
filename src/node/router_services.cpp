#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

#include "base/assert.hpp"
#include "built_in.hpp"
#include "built_in_rows.hpp"
#include "node/sysctl_name.hpp"

namespace splash::node {
namespace {

using isa::Exc;
using isa::Value;
using vm::ServiceResults;

constexpr std::string_view kIpForward = "net.ipv4.ip_forward";
/// Far more than any parameter a router sets has.
constexpr std::size_t kMaxSysctlOctets = 1024;

const std::string& text_of(const Value& argument) {
    return std::get<isa::Str>(argument).octets;
}

const Interface* find_named(std::span<const Interface> interfaces, std::string_view name) {
    const auto found = std::ranges::find(interfaces, name, &Interface::name);
    return found == interfaces.end() ? nullptr : &*found;
}

const Interface* find_numbered(std::span<const Interface> interfaces, std::int64_t index) {
    const auto found = std::ranges::find(interfaces, index, &Interface::index);
    return found == interfaces.end() ? nullptr : &*found;
}

/// The prefix that two arguments make; nullopt: too long, or with bits set behind it.
std::optional<Prefix> prefix_of(const Value& address, const Value& length) {
    const auto& network = std::get<IpAddress>(address);
    const auto bits = std::get<std::int64_t>(length);
    if (bits < 0 || bits > network.bits() || network.network(static_cast<unsigned>(bits)) != network) {
        return std::nullopt;
    }
    return Prefix{network, static_cast<unsigned>(bits)};
}

/// What a program learns of the kernel's refusal; `if_absent` where what it named is not there.
Exc exception_of(const Error& error, Exc if_absent) {
    switch (error.code) {
        case Errc::NotFound: return if_absent;
        case Errc::NeedsRoot: return Exc::NotPermitted;
        case Errc::TooLarge: return Exc::OutOfRange;
        default: return Exc::ServiceFailed;
    }
}

}  // namespace

std::span<const Service> RouterServices::services() const {
    return kServicesOf<BuiltInSet::Router>;
}

void RouterServices::start(const Service& service, std::span<const Value> arguments, const Caller& caller,
                           Answer answer) {
    answer(service.right == Right::Configure ? change(service, arguments, caller.principal)
                                             : read(service, arguments, caller));
}

ServiceResults RouterServices::read(const Service& service, std::span<const Value> arguments,
                                    const Caller& caller) {
    Topology& topology = ports_.topology;
    switch (service.id()) {
        case isa::service_id("snmp_getneighbours"):
        case isa::service_id("if_getallneighbours"): return neighbours_beside(arguments[0], caller.version);
        case isa::service_id("if_getalladdresses"): return addresses_beside(arguments[0], caller.version);
        case isa::service_id("snmp_getnexthop"):
        case isa::service_id("if_getnexthop"): return next_hop_after(arguments[0], caller.version);
        case isa::service_id("if_getprevioushop"):
            return topology.is_local(caller.previous_hop) ? ServiceResults(Exc::NoSuchInstance)
                                                          : one(caller.previous_hop);
        case isa::service_id("if_getcount"):
            return one(static_cast<std::int64_t>(topology.interfaces().size()));
        case isa::service_id("if_getname"): {
            const auto* interface =
                find_numbered(topology.interfaces(), std::get<std::int64_t>(arguments[0]));
            return interface == nullptr ? ServiceResults(Exc::NoSuchInstance)
                                        : one(isa::Str{interface->name});
        }
        case isa::service_id("if_getup"): {
            const auto* interface = find_named(topology.interfaces(), text_of(arguments[0]));
            return interface == nullptr ? ServiceResults(Exc::NoSuchInstance)
                                        : one(std::int64_t{interface->is_up ? 1 : 0});
        }
        case isa::service_id("route_get"): return route_to(std::get<IpAddress>(arguments[0]));
        case isa::service_id("proc_getipforward"): {
            const auto value = ports_.network.sysctl(kIpForward);
            return value ? one(std::int64_t{*value == "0" ? 0 : 1})
                         : exception_of(value.error(), Exc::NoSuchInstance);
        }
        case isa::service_id("proc_get"): {
            const std::string& name = text_of(arguments[0]);
            if (!is_allowed(config_.sysctl.read, name) && !is_allowed(config_.sysctl.write, name)) {
                return Exc::NotPermitted;
            }
            auto value = ports_.network.sysctl(name);
            return value ? one(isa::Str{std::move(*value)})
                         : exception_of(value.error(), Exc::NoSuchInstance);
        }
        default: SPLASH_ASSERT(false, "every row of the set that needs no right to configure has its case");
    }
}

ServiceResults RouterServices::change(const Service& service, std::span<const Value> arguments,
                                      std::string_view principal) {
    NetworkControl& network = ports_.network;
    switch (service.id()) {
        case isa::service_id("if_setup"): {
            const std::string& name = text_of(arguments[0]);
            const auto* interface = find_named(ports_.topology.interfaces(), name);
            const auto state = std::get<std::int64_t>(arguments[1]);
            if (interface == nullptr || state < 0 || state > 1) {
                return interface == nullptr ? Exc::NoSuchInstance : Exc::OutOfRange;
            }
            return outcome(network.set_interface(interface->index,
                                                 state == 1 ? InterfaceState::Up : InterfaceState::Down),
                           {principal, "interface " + name + (state == 1 ? " up" : " down")},
                           Exc::NoSuchInstance);
        }
        case isa::service_id("route_add"): {
            const auto to = prefix_of(arguments[0], arguments[1]);
            const auto& gateway = std::get<IpAddress>(arguments[2]);
            if (!to || gateway.is_unspecified() || gateway.is_v6() != to->address.is_v6()) {
                return Exc::OutOfRange;
            }
            return outcome(network.set_route(*to, gateway),
                           {principal, "route to " + to->to_string() + " by " + gateway.to_string()},
                           Exc::NoRoute);
        }
        case isa::service_id("route_del"): {
            const auto to = prefix_of(arguments[0], arguments[1]);
            if (!to) {
                return Exc::OutOfRange;
            }
            return outcome(network.delete_route(*to), {principal, "no route to " + to->to_string()},
                           Exc::NoRoute);
        }
        case isa::service_id("proc_setipforward"): {
            const auto state = std::get<std::int64_t>(arguments[0]);
            return state < 0 || state > 1 ? ServiceResults(Exc::OutOfRange)
                                          : set_sysctl(kIpForward, std::to_string(state), principal);
        }
        case isa::service_id("proc_set"): {
            const std::string& name = text_of(arguments[0]);
            const auto* number = std::get_if<std::int64_t>(&arguments[1]);
            const auto* text = std::get_if<isa::Str>(&arguments[1]);
            if (number == nullptr && text == nullptr) {
                return Exc::WrongArgumentType;
            }
            if (!is_allowed(config_.sysctl.write, name)) {
                return Exc::NotPermitted;
            }
            return set_sysctl(name, number != nullptr ? std::to_string(*number) : text->octets, principal);
        }
        default: SPLASH_ASSERT(false, "every row of the set that needs the right to configure has its case");
    }
}

ServiceResults RouterServices::outcome(const Result<>& done, const Change& change, Exc if_absent) {
    const std::string who_what = std::string(change.principal) + " sets " + change.what;
    if (!done) {
        ports_.log.write(Log::Level::Warning, who_what + ": " + done.error().detail);
        return exception_of(done.error(), if_absent);
    }
    ports_.topology.note_change();
    ports_.log.write(Log::Level::Info, who_what);
    return one(std::int64_t{1});
}

ServiceResults RouterServices::set_sysctl(std::string_view name, std::string_view value,
                                          std::string_view principal) {
    const bool is_text =
        std::ranges::all_of(value, [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
    if (value.empty() || value.size() > kMaxSysctlOctets || !is_text) {
        return Exc::OutOfRange;
    }
    return outcome(ports_.network.set_sysctl(name, value),
                   {principal, std::string(name) + " = " + std::string(value)}, Exc::NoSuchInstance);
}

std::optional<std::uint32_t> RouterServices::link(const Value& argument) {
    if (const auto* index = std::get_if<std::int64_t>(&argument)) {
        const bool is_known = *index == 0 || find_numbered(ports_.topology.interfaces(), *index) != nullptr;
        return is_known ? std::optional(static_cast<std::uint32_t>(*index)) : std::nullopt;
    }
    const auto& address = std::get<IpAddress>(argument);
    const auto index = ports_.topology.interface_of(address);
    // The configured address of a node may be on none of its interfaces, and `here` still gives it.
    return !index && address == ports_.topology.primary_address(address.version()) ? 0 : index;
}

std::vector<Neighbour> RouterServices::neighbours(IpVersion version) {
    std::vector<Neighbour> all = ports_.topology.neighbours();
    std::erase_if(all, [this, version](const Neighbour& n) {
        // Of a router with addresses of both versions, one: a program that spreads would reach it twice.
        return n.address.version() != version || (!ports_.carriers.can_carry(Carriage::Plain, n.address) &&
                                                  !ports_.carriers.can_carry(Carriage::Udp, n.address));
    });
    return all;
}

std::optional<std::vector<Neighbour>> RouterServices::beside(const Value& ingress, IpVersion version) {
    const auto left_out = link(ingress);
    if (!left_out) {
        return std::nullopt;
    }
    std::vector<Neighbour> all = neighbours(version);
    std::erase_if(all, [left_out](const Neighbour& n) { return n.if_index == *left_out; });
    return all;
}

ServiceResults RouterServices::neighbours_beside(const Value& ingress, IpVersion version) {
    const auto all = beside(ingress, version);
    if (!all) {
        return Exc::NoSuchInstance;
    }
    std::vector<Value> addresses;
    for (const Neighbour& n : *all) {
        addresses.emplace_back(n.address);
    }
    return addresses;
}

ServiceResults RouterServices::addresses_beside(const Value& ingress, IpVersion version) {
    const auto all = beside(ingress, version);
    if (!all) {
        return Exc::NoSuchInstance;
    }
    std::vector<Value> addresses;
    std::uint32_t told = 0;
    for (const Neighbour& n : *all) {
        if (n.if_index == told) {
            continue;
        }
        told = n.if_index;
        if (const auto own = ports_.topology.interface_address(n.if_index, version)) {
            addresses.emplace_back(*own);
        }
    }
    return addresses;
}

ServiceResults RouterServices::next_hop_after(const Value& ingress, IpVersion version) {
    const auto before = link(ingress);
    if (!before) {
        return Exc::NoSuchInstance;
    }
    const auto all = neighbours(version);
    if (all.empty()) {
        return Exc::NoRoute;
    }
    const auto next = std::ranges::find_if(all, [&](const Neighbour& n) { return n.if_index > *before; });
    return one(next == all.end() ? all.front().address : next->address);
}

ServiceResults RouterServices::route_to(const IpAddress& to) {
    const auto route = ports_.topology.route(to);
    if (!route) {
        return Exc::NoRoute;
    }
    return std::vector<Value>{route->gateway.value_or(to), std::int64_t{route->if_index}};
}

}  // namespace splash::node
