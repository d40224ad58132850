// A lab, or a topology that is not up, as SVG, as text for graphviz, and as JSON.
//
// JSON: {"name", "topology", "nodes": [{"name", "address", "state", "x", "y"}], "links": [{"name", "subnet",
// "down", "broken", "ends": [{"node", "interface", "address", "impairment"} twice]}]}. x and y are those of
// the SVG; state is planned if the topology is not up; impairment is what happens to packets sent there.
#pragma once

#include <string>

#include "lab/lab.hpp"

namespace splash::cli {

struct PictureNode {
    std::string name;
    std::string address;
    std::string state;  ///< up, stopped, died, host; or planned
};
struct PictureEnd {
    std::size_t node = 0;
    std::string interface;
    std::string address;
    lab::Impairment impairment;
};
struct PictureLink {
    std::string name;
    std::string subnet;
    PictureEnd a;
    PictureEnd b;
    bool is_down = false;
    bool is_broken = false;
    std::vector<std::string> conditions;  ///< for people
};
struct Picture {
    std::string name;
    std::string topology;
    std::vector<PictureNode> nodes;
    std::vector<PictureLink> links;
    std::vector<std::pair<double, double>> places;  ///< of the nodes' middles, in pixels
    double width = 0;
    double height = 0;
};

[[nodiscard]] Picture picture_of(const lab::LabInfo& lab);
[[nodiscard]] Picture picture_of(const lab::Topology& topology);
/// The same nodes and links with places for the nodes, by the distances between them.
[[nodiscard]] Picture arranged(Picture picture);

[[nodiscard]] std::string to_svg(const Picture& picture);
[[nodiscard]] std::string to_dot(const Picture& picture);
[[nodiscard]] std::string to_json_text(const Picture& picture);

}  // namespace splash::cli
