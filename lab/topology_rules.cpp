#include "topology_rules.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "base/bytes.hpp"
#include "linux/host.hpp"

namespace splash::lab {
namespace {

constexpr std::size_t kMaxName = 16;
constexpr std::size_t kMaxInterfaceName = 15;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool is_interface_character(char c) {
    return is_name_character(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_';
}

std::string quoted(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

}  // namespace

bool is_valid_name(std::string_view name) {
    return !name.empty() && name.size() <= kMaxName && name.front() != '-' && name.back() != '-' &&
           std::ranges::all_of(name, is_name_character);
}

bool is_valid_kind(std::string_view kind) {
    return kind == "splash" || kind == "host";
}

bool is_valid_interface(std::string_view name) {
    return !name.empty() && name.size() <= kMaxInterfaceName && name != "lo" && name != "." && name != ".." &&
           name != "all" && name != "default" && std::ranges::all_of(name, is_interface_character);
}

Result<> check(const Topology& topology) {
    if (topology.nodes.empty() || topology.nodes.size() > kMaxNodes) {
        return fail(topology.nodes.empty() ? Errc::BadInput : Errc::TooLarge,
                    "a lab of " + std::to_string(topology.nodes.size()) + " nodes; it has 1 to " +
                        std::to_string(kMaxNodes));
    }
    if (topology.links.size() > kMaxLinks) {
        return fail(Errc::TooLarge, "a lab of " + std::to_string(topology.links.size()) +
                                        " links; it has up to " + std::to_string(kMaxLinks));
    }
    std::set<std::string_view> names;
    for (const NodeSpec& node : topology.nodes) {
        if (!is_valid_name(node.name)) {
            return fail(Errc::BadInput,
                        "node name " + quoted(node.name) + " is not " + std::string(kNameRule));
        }
        if (!is_valid_kind(node.kind)) {
            return fail(Errc::BadInput, "node " + node.name + " has kind " + quoted(node.kind) +
                                            "; there are splash and host");
        }
        if (!names.insert(node.name).second) {
            return fail(Errc::BadInput, "two nodes are named " + node.name);
        }
    }
    std::set<std::pair<std::size_t, std::string_view>> ends;
    for (const Link& link : topology.links) {
        if (link.a >= topology.nodes.size() || link.b >= topology.nodes.size()) {
            return fail(Errc::BadInput, "a link leads to node " + std::to_string(std::max(link.a, link.b)) +
                                            " of " + std::to_string(topology.nodes.size()));
        }
        if (link.a == link.b) {
            return fail(Errc::BadInput, "a link joins " + topology.nodes[link.a].name + " to itself");
        }
        for (const auto& [node, interface] :
             {std::pair(link.a, &link.a_interface), std::pair(link.b, &link.b_interface)}) {
            if (!is_valid_interface(*interface)) {
                return fail(Errc::BadInput,
                            topology.nodes[node].name + " has an interface " + quoted(*interface) +
                                "; such a name has 1 to 15 of A-Z, a-z, 0-9, . _ and -, and is not lo");
            }
            if (!ends.emplace(node, *interface).second) {
                return fail(Errc::BadInput,
                            "interface " + topology.nodes[node].name + ":" + *interface + " is in two links");
            }
        }
    }
    return {};
}

IpAddress loopback_of(std::size_t node, IpVersion version) {
    return version == IpVersion::V4 ? IpAddress::v4(0x0a000001U + static_cast<std::uint32_t>(node))
                                    : *IpAddress::parse("fd00::" + std::to_string(node + 1));
}

IpAddress link_local_of(std::size_t node) {
    return *IpAddress::parse("fe80::" + std::to_string(node + 1));
}

std::vector<IpVersion> versions() {
    return linux::has_ipv6() ? std::vector{IpVersion::V4, IpVersion::V6} : std::vector{IpVersion::V4};
}

std::vector<IpAddress> loopbacks_of(std::size_t node) {
    std::vector<IpAddress> addresses;
    for (const IpVersion version : versions()) {
        addresses.push_back(loopback_of(node, version));
    }
    return addresses;
}

IpAddress link_address(std::size_t link, Side side, IpVersion version) {
    const auto end = static_cast<std::uint16_t>(2 * link + (side == Side::B ? 1 : 0));
    if (version == IpVersion::V4) {
        return IpAddress::v4(0xac100000U + end);
    }
    std::array<std::byte, 16> octets{std::byte{0xfd}, std::byte{0x01}};
    store_be<std::uint16_t>(octets, 14, end);
    return *IpAddress::from_octets(octets);
}

}  // namespace splash::lab
