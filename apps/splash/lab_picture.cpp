#include "lab_picture.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "lab/layout.hpp"
#include "lab_report.hpp"

namespace splash::cli {
namespace {

constexpr double kUnit = 230;        // pixels of a usual link
constexpr double kMargin = 90;       // around the nodes' middles
constexpr double kTitleHeight = 60;  // above them
constexpr double kLegendWidth = 480;

PictureLink picture_link(const lab::Link& link, std::size_t index, const lab::LinkCondition& condition) {
    const lab::LinkAddresses addresses = lab::link_addresses(index, IpVersion::V4);
    PictureLink picture;
    picture.subnet = addresses.a.to_string() + "/31";
    picture.a = {link.a, link.a_interface, addresses.a.to_string(), condition.from_a};
    picture.b = {link.b, link.b_interface, addresses.b.to_string(), condition.from_b};
    picture.is_down = condition.is_down;
    picture.is_broken = condition.is_broken;
    return picture;
}

void place(Picture& picture, const lab::Topology& topology) {
    const std::vector<lab::Point> points = lab::lay_out(topology);
    const auto [left, right] = std::ranges::minmax(points, {}, &lab::Point::x);
    const auto [top, bottom] = std::ranges::minmax(points, {}, &lab::Point::y);
    for (const lab::Point& point : points) {
        picture.places.emplace_back((point.x - left.x) * kUnit + kMargin,
                                    (point.y - top.y) * kUnit + kMargin + kTitleHeight);
    }
    picture.width = std::max((right.x - left.x) * kUnit + 2 * kMargin, kLegendWidth);
    picture.height = (bottom.y - top.y) * kUnit + 2 * kMargin + kTitleHeight;
}

Json json_end(const Picture& picture, const PictureEnd& end) {
    return {{"node", picture.nodes[end.node].name},
            {"interface", end.interface},
            {"address", end.address},
            {"impairment", json_impairment(end.impairment)}};
}

}  // namespace

Picture picture_of(const lab::LabInfo& lab) {
    Picture picture{.name = lab.name, .topology = lab.topology, .nodes = {}, .links = {}, .places = {}};
    lab::Topology topology{.name = lab.topology, .nodes = {}, .links = lab.links};
    for (const lab::NodeInfo& node : lab.nodes) {
        picture.nodes.push_back({node.name, node.loopback.to_string(), std::string(state_of(node))});
        topology.nodes.emplace_back().name = node.name;
    }
    for (std::size_t i = 0; i < lab.links.size(); ++i) {
        picture.links.push_back(picture_link(lab.links[i], i, lab.conditions[i]));
        picture.links.back().name = lab::link_name(lab, i);
        picture.links.back().conditions = conditions_of(lab, i);
    }
    place(picture, topology);
    return picture;
}

Picture picture_of(const lab::Topology& topology) {
    lab::LabInfo lab;
    lab.name = topology.name;
    lab.topology = topology.name;
    lab.links = topology.links;
    lab.conditions.resize(lab.links.size());
    for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
        lab::NodeInfo node;
        node.name = topology.nodes[i].name;
        node.loopback = lab::loopback_address(i, IpVersion::V4);
        lab.nodes.push_back(std::move(node));
    }
    Picture picture = picture_of(lab);
    for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
        picture.nodes[i].state = topology.nodes[i].kind == "host" ? "host" : "planned";
    }
    return picture;
}

Picture arranged(Picture picture) {
    lab::Topology topology{.name = picture.topology, .nodes = {}, .links = {}};
    topology.nodes.resize(picture.nodes.size());
    for (const PictureLink& link : picture.links) {
        topology.links.push_back({link.a.node, link.b.node, link.a.interface, link.b.interface});
    }
    place(picture, topology);
    return picture;
}

std::string to_dot(const Picture& picture) {
    std::string text = fmt::format("graph \"{}\" {{\n  node [shape=box, style=rounded];\n", picture.name);
    for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
        const PictureNode& node = picture.nodes[i];
        const char* const colour = node.state == "up" ? "green4" : node.state == "died" ? "red3" : "gray40";
        constexpr double kPoints = 72;  // an inch
        text += fmt::format(
            "  \"{0}\" [label=\"{0}\\n{1}\", color={2}, comment=\"{3}\", pos=\"{4:.2f},{5:.2f}\"];\n",
            node.name, node.address, colour, node.state, picture.places[i].first / kPoints,
            (picture.height - picture.places[i].second) / kPoints);
    }
    for (const PictureLink& link : picture.links) {
        std::string label = link.subnet;
        for (const std::string& condition : link.conditions) {
            label += "\\n" + condition;
        }
        text += fmt::format("  \"{}\" -- \"{}\" [label=\"{}\", taillabel=\"{}\", headlabel=\"{}\"{}];\n",
                            picture.nodes[link.a.node].name, picture.nodes[link.b.node].name, label,
                            link.a.interface, link.b.interface,
                            link.is_down || link.is_broken ? ", style=dashed, color=red3"
                            : link.conditions.empty()      ? ""
                                                           : ", color=orange3");
    }
    return text + "}\n";
}

std::string to_json_text(const Picture& picture) {
    Json nodes = Json::array();
    for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
        nodes.push_back({{"name", picture.nodes[i].name},
                         {"address", picture.nodes[i].address},
                         {"state", picture.nodes[i].state},
                         {"x", picture.places[i].first},
                         {"y", picture.places[i].second}});
    }
    Json links = Json::array();
    for (const PictureLink& link : picture.links) {
        links.push_back({{"name", link.name},
                         {"subnet", link.subnet},
                         {"down", link.is_down},
                         {"broken", link.is_broken},
                         {"ends", Json::array({json_end(picture, link.a), json_end(picture, link.b)})}});
    }
    const Json whole = {
        {"name", picture.name}, {"topology", picture.topology}, {"nodes", nodes}, {"links", links}};
    return whole.dump(2) + "\n";
}

}  // namespace splash::cli
