#include "link_end.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace splash::lab {
namespace {

Failure no_such(const Record& record, const std::string& what) {
    return fail(Errc::NotFound, what + " in lab " + record.name);
}

std::vector<SelectedLink> links_at(const Record& record, std::size_t node, std::string_view interface,
                                   Ways ways) {
    std::vector<SelectedLink> found;
    for (std::size_t i = 0; i < record.links.size(); ++i) {
        const Link& link = record.links[i];
        const bool at_a = link.a == node && (interface.empty() || link.a_interface == interface);
        const bool at_b = link.b == node && (interface.empty() || link.b_interface == interface);
        if (at_a || at_b) {
            found.push_back({i, at_a || ways == Ways::Both, at_b || ways == Ways::Both});
        }
    }
    return found;
}

Result<std::vector<SelectedLink>> links_between(const Record& record, const std::string& where, Ways ways) {
    std::vector<SelectedLink> found;
    for (std::size_t i = 0; i < record.links.size(); ++i) {
        const Link& link = record.links[i];
        const std::string& a = record.nodes[link.a].name;
        const std::string& b = record.nodes[link.b].name;
        if (where == a + "-" + b) {
            found.push_back({i, true, ways == Ways::Both});
        } else if (where == b + "-" + a) {
            found.push_back({i, ways == Ways::Both, true});
        }
    }
    if (found.empty()) {
        return no_such(record, "link or node " + where);
    }
    if (found.size() > 1) {
        const Link& first = record.links[found.front().link];
        return fail(Errc::BadInput,
                    fmt::format("{} links are {}; name one by its interface, such as {}:{}", found.size(),
                                where, record.nodes[first.a].name, first.a_interface));
    }
    return found;
}

}  // namespace

Result<std::vector<SelectedLink>> select_links(const Record& record, const std::string& name, Ways ways) {
    const std::size_t colon = name.find(':');
    const std::string node_name = name.substr(0, colon);
    const auto node = std::ranges::find(record.nodes, node_name, &NodeRecord::name);
    if (node == record.nodes.end()) {
        return colon == std::string::npos ? links_between(record, name, ways)
                                          : no_such(record, "node " + node_name);
    }
    const std::string interface = colon == std::string::npos ? "" : name.substr(colon + 1);
    auto found = links_at(record, static_cast<std::size_t>(node - record.nodes.begin()), interface, ways);
    if (found.empty() || (colon != std::string::npos && interface.empty())) {
        return no_such(record, colon == std::string::npos ? "link of " + name : "interface " + name);
    }
    return found;
}

}  // namespace splash::lab
