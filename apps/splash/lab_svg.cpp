// A picture of a lab as SVG. Text lies along its link on a halo of the background's colour, so that it can be
// read where lines cross; colours follow the reader's light or dark theme.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <string_view>

#include "lab_picture.hpp"

namespace splash::cli {
namespace {

constexpr double kNodeWidth = 84;
constexpr double kNodeHeight = 40;
constexpr double kSpaceBetweenParallels = 34;
constexpr double kBesideLine = 4;  // from a line to its text

constexpr std::string_view kStyle = R"(<style>
  svg { --paper: #ffffff; --ink: #1b1f24; --faint: #59636e; --line: #8c959f; --box: #f6f8fa;
        --up: #1a7f37; --died: #cf222e; --idle: #818b98; --warn: #9a5b00; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --ink: #e6edf3; --faint: #9198a1; --line: #6e7681; --box: #161b22;
          --up: #3fb950; --died: #ff7b72; --idle: #8b949e; --warn: #e3a93c; }
  }
  .paper { fill: #ffffff; fill: var(--paper); }
  text { font-family: "DejaVu Sans", Verdana, sans-serif; fill: #1b1f24; fill: var(--ink); text-anchor: middle;
         paint-order: stroke; stroke: #ffffff; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
  .node text { stroke: none; }
  .title { font-size: 17px; font-weight: bold; text-anchor: start; }
  .legend, .subtitle { font-size: 11px; text-anchor: start; fill: #59636e; fill: var(--faint); }
  .name { font-size: 13px; font-weight: bold; }
  .address { font-size: 10px; fill: #59636e; fill: var(--faint); }
  .subnet, .interface { font-size: 9px; fill: #59636e; fill: var(--faint); }
  .condition { font-size: 10px; font-weight: bold; fill: #9a5b00; fill: var(--warn); }
  .link line { stroke: #8c959f; stroke: var(--line); stroke-width: 1.5; }
  .impaired line { stroke: #9a5b00; stroke: var(--warn); stroke-width: 2.5; }
  .down line { stroke: #cf222e; stroke: var(--died); stroke-width: 2; stroke-dasharray: 7 5; }
  .down .condition { fill: #cf222e; fill: var(--died); }
  rect.box, .legend rect { fill: #f6f8fa; fill: var(--box); stroke-width: 2; stroke: #818b98; stroke: var(--idle); }
  .up rect { stroke: #1a7f37; stroke: var(--up); }
  .died rect { stroke: #cf222e; stroke: var(--died); stroke-width: 3; stroke-dasharray: 5 3; }
  .stopped rect { stroke-dasharray: 5 3; }
  .host rect { rx: 0; }
</style>
)";

/// For text between tags and in attributes.
std::string escape(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            default: escaped += c;
        }
    }
    return escaped;
}

struct Place {
    double x;
    double y;
};

/// A straight line between two nodes' boxes, and where text along it goes.
class Course {
public:
    /// `shift`: to the side, for one of several links between two nodes.
    Course(Place from, Place to, double shift) {
        const double length = std::max(std::hypot(to.x - from.x, to.y - from.y), 1.0);
        along_ = {(to.x - from.x) / length, (to.y - from.y) / length};
        const Place side{-along_.y * shift, along_.x * shift};
        edge_ = to_edge(side, along_);
        const double far_edge = to_edge(side, {-along_.x, -along_.y});
        begin_ = {from.x + along_.x * edge_ + side.x, from.y + along_.y * edge_ + side.y};
        length_ = std::max(length - edge_ - far_edge, 1.0);
    }
    [[nodiscard]] Place at(double part) const {
        return {begin_.x + along_.x * length_ * part, begin_.y + along_.y * length_ * part};
    }
    [[nodiscard]] double length() const { return length_; }
    /// From a node's middle to where the line begins or ends.
    [[nodiscard]] double edge() const { return edge_; }
    /// How far along the line text must stay from its ends so as not to touch the boxes.
    [[nodiscard]] double gap() const {
        constexpr double kTextTop = 13;  // beside the line
        const double x = std::max(std::abs(along_.x), 1e-9);
        const double y = std::max(std::abs(along_.y), 1e-9);
        const bool leaves_upright = kNodeWidth / x < kNodeHeight / y;
        return std::clamp(kTextTop * (leaves_upright ? y / x : x / y), 4.0, 16.0);
    }

    /// Text at `distance` from the beginning, `beside` the line: negative above it.
    [[nodiscard]] std::string text(std::string_view style, double distance, double beside,
                                   std::string_view words) const {
        const Place p{begin_.x + along_.x * distance, begin_.y + along_.y * distance};
        double angle = std::atan2(along_.y, along_.x) * 180 / std::numbers::pi;
        if (angle > 90.001 || angle <= -89.999) {
            angle += angle > 0 ? -180 : 180;  // never upside down
        }
        return fmt::format(
            "    <text class=\"{}\" transform=\"translate({:.1f} {:.1f}) rotate({:.1f})\" "
            "y=\"{:.1f}\">{}</text>\n",
            style, p.x, p.y, angle, beside, escape(words));
    }

private:
    /// From a point in a box, counted from its middle, to where a line of this direction leaves it.
    [[nodiscard]] static double to_edge(Place point, Place direction) {
        const auto along_axis = [](double at, double towards, double half) {
            return std::abs(towards) < 1e-9 ? 1e9
                                            : (half - std::copysign(at, at * towards)) / std::abs(towards);
        };
        return std::max(std::min(along_axis(point.x, direction.x, kNodeWidth / 2),
                                 along_axis(point.y, direction.y, kNodeHeight / 2)),
                        0.0);
    }

    Place along_{};
    Place begin_{};
    double edge_ = 0;
    double length_ = 0;
};

double width_of(std::string_view text) {
    constexpr double kCharacter = 5.6;  // of text of 9 px
    return static_cast<double>(text.size()) * kCharacter;
}

/// Broken behind commas and the like, so that a number stays with its unit, into lines about as long as a
/// link.
std::vector<std::string> wrap(std::string_view text) {
    constexpr std::size_t kMost = 23;  // characters
    std::vector<std::string> lines{""};
    while (!text.empty()) {
        const std::size_t mark = std::min(text.find_first_of(",;:"), text.size() - 1);
        const std::string_view phrase = text.substr(0, mark + 1);
        if (!lines.back().empty() && lines.back().size() + phrase.size() > kMost) {
            lines.emplace_back(phrase.substr(phrase.front() == ' ' ? 1 : 0));
        } else {
            lines.back() += phrase;
        }
        text.remove_prefix(phrase.size());
    }
    return lines;
}

/// Around a hub with many links text has room only farther out.
double distance_of_text(std::string_view text, const Course& course, std::size_t links) {
    constexpr double kPair = 26;  // pixels: where lines turn upright, two texts share the space between two
    const double radius = static_cast<double>(links) * kPair / (2 * std::numbers::pi);
    return width_of(text) / 2 + std::max(course.gap(), radius - course.edge());
}

/// `links_a`: how many the node at the beginning has.
std::string draw_link(const PictureLink& link, const Course& course, std::size_t links_a,
                      std::size_t links_b) {
    const std::string_view state = link.is_down || link.is_broken ? " down"
                                   : link.conditions.empty()      ? ""
                                                                  : " impaired";
    const Place begin = course.at(0);
    const Place end = course.at(1);
    std::string text = fmt::format(
        "  <g class=\"link{}\" id=\"link-{}\">\n    <title>{}: {}:{} to {}:{}</title>\n"
        "    <line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
        state, escape(link.name), escape(link.name), link.a.address, escape(link.a.interface), link.b.address,
        escape(link.b.interface), begin.x, begin.y, end.x, end.y);
    const double at_a = distance_of_text(link.a.interface, course, links_a);
    const double at_b = distance_of_text(link.b.interface, course, links_b);
    text += course.text("interface", at_a, -kBesideLine, link.a.interface);
    text += course.text("interface", course.length() - at_b, -kBesideLine, link.b.interface);
    // Below, where no interface's name is in the way.
    double beside = kBesideLine + 8;
    text += course.text("subnet", course.length() / 2, beside, link.subnet);
    for (const std::string& condition : link.conditions) {
        for (const std::string& line : wrap(condition)) {
            constexpr double kLine = 12;
            beside += kLine;
            text += course.text("condition", course.length() / 2, beside, line);
        }
    }
    return text + "  </g>\n";
}

std::string draw_node(const PictureNode& node, double x, double y) {
    return fmt::format(
        "  <g class=\"node {}\" id=\"node-{}\">\n    <title>{}: {}</title>\n"
        "    <rect class=\"box\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n"
        "    <text class=\"name\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n"
        "    <text class=\"address\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n  </g>\n",
        node.state, escape(node.name), escape(node.name), node.state, x - kNodeWidth / 2, y - kNodeHeight / 2,
        kNodeWidth, kNodeHeight, x, y - 3, escape(node.name), x, y + 12, escape(node.address));
}

std::string draw_legend(const Picture& picture) {
    std::map<std::string, std::size_t> states;
    for (const PictureNode& node : picture.nodes) {
        ++states[node.state];
    }
    std::string text;
    double x = 20;
    for (const auto& [state, count] : states) {
        const std::string words = fmt::format("{} {}", count, state);
        text += fmt::format(
            "  <g class=\"legend {}\"><rect x=\"{}\" y=\"52\" width=\"16\" height=\"11\" rx=\"3\"/>"
            "<text class=\"legend\" x=\"{}\" y=\"61\">{}</text></g>\n",
            state, x, x + 22, words);
        x += 34 + width_of(words) * 1.3;
    }
    return text;
}

}  // namespace

std::string to_svg(const Picture& picture) {
    std::string text = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
        "height=\"{1:.0f}\">\n<title>{2}</title>\n",
        picture.width, picture.height, escape(picture.name));
    text += kStyle;
    text += fmt::format("<rect class=\"paper\" width=\"{:.0f}\" height=\"{:.0f}\"/>\n", picture.width,
                        picture.height);
    text += fmt::format("<text class=\"title\" x=\"20\" y=\"28\">{}</text>\n", escape(picture.name));
    text += fmt::format("<text class=\"subtitle\" x=\"20\" y=\"44\">{}{} nodes, {} links</text>\n",
                        picture.topology == picture.name ? "" : escape(picture.topology) + ", ",
                        picture.nodes.size(), picture.links.size());
    text += draw_legend(picture);
    std::map<std::pair<std::size_t, std::size_t>, std::vector<std::size_t>> between;
    std::vector<std::size_t> degrees(picture.nodes.size());
    for (std::size_t i = 0; i < picture.links.size(); ++i) {
        ++degrees[picture.links[i].a.node];
        ++degrees[picture.links[i].b.node];
        between[std::minmax(picture.links[i].a.node, picture.links[i].b.node)].push_back(i);
    }
    const auto middle = [&picture](std::size_t node) {
        return Place{picture.places[node].first, picture.places[node].second};
    };
    for (const auto& [ends, links] : between) {
        for (std::size_t k = 0; k < links.size(); ++k) {
            const PictureLink& link = picture.links[links[k]];
            const double shift = (static_cast<double>(k) - static_cast<double>(links.size() - 1) / 2) *
                                 kSpaceBetweenParallels * (link.a.node == ends.first ? 1 : -1);
            text += draw_link(link, Course(middle(link.a.node), middle(link.b.node), shift),
                              degrees[link.a.node], degrees[link.b.node]);
        }
    }
    for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
        text += draw_node(picture.nodes[i], picture.places[i].first, picture.places[i].second);
    }
    return text + "</svg>\n";
}

}  // namespace splash::cli
