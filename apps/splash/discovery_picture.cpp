#include "discovery_picture.hpp"

#include <fmt/format.h>

#include <utility>

namespace splash::cli {
namespace {

std::string_view drawn_state(Manager manager) {
    switch (manager) {
        case Manager::Splash: return "up";
        case Manager::Snmp: return "host";
        case Manager::Nothing: return "stopped";
    }
    return "";
}

}  // namespace

Picture picture_of(const FoundNetwork& network, const std::string& start) {
    Picture picture{.name = fmt::format("found from {}", start),
                    .topology = "discovered",
                    .nodes = {},
                    .links = {},
                    .places = {}};
    for (const FoundNode& node : network.nodes) {
        picture.nodes.push_back(
            {node.name, node.address.to_string(), std::string(drawn_state(node.manager))});
    }
    for (const FoundLink& link : network.links) {
        const auto text = [](const std::optional<IpAddress>& address) {
            return address ? address->to_string() : std::string();
        };
        PictureLink drawn;
        drawn.name = fmt::format("{}-{}", network.nodes[link.a].name, network.nodes[link.b].name);
        drawn.a = {link.a, {}, text(link.a_address), {}};
        drawn.b = {link.b, {}, text(link.b_address), {}};
        if (const std::string doubt = doubt_about(network, link); !doubt.empty()) {
            drawn.is_down = true;
            drawn.conditions.push_back("not proven: " + doubt);
        }
        picture.links.push_back(std::move(drawn));
    }
    return arranged(std::move(picture));
}

}  // namespace splash::cli
