#include "lab_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "files.hpp"

namespace splash::cli {
namespace {

Json json_direction(const lab::LabInfo& lab, std::size_t link, std::size_t from, std::size_t to) {
    const lab::LinkCondition& condition = lab.conditions[link];
    const bool is_from_a = lab.links[link].a == from;
    return {{"link", lab::link_name(lab, link)},
            {"from", lab.nodes.at(from).name},
            {"to", lab.nodes.at(to).name},
            {"down", condition.is_down},
            {"broken", condition.is_broken},
            {"impairment", json_impairment(is_from_a ? condition.from_a : condition.from_b)}};
}

}  // namespace

Result<lab::Topology> load_topology(const std::string& text) {
    const bool looks_like_file =
        text.ends_with(".yml") || text.ends_with(".yaml") || text.find('/') != std::string::npos;
    if (!looks_like_file) {
        return lab::generate(text);
    }
    const auto yaml = read_file(text);
    if (!yaml) {
        return Failure(yaml.error());
    }
    return lab::parse_yaml(*yaml, text);
}

std::string_view state_of(const lab::NodeInfo& node) {
    if (node.socket.empty()) {
        return "host";
    }
    if (node.is_running) {
        return "up";
    }
    return node.has_died() ? "died" : "stopped";
}

Json json_impairment(const lab::Impairment& i) {
    Json json = Json::object();
    const auto add = [&json](const char* key, auto value) {
        if (value > 0) {
            json[key] = value;
        }
    };
    add("delay_ms", static_cast<double>(i.delay.count()) / 1000);
    add("jitter_ms", static_cast<double>(i.jitter.count()) / 1000);
    add("loss", i.loss);
    add("duplicate", i.duplicate);
    add("reorder", i.reorder);
    add("corrupt", i.corrupt);
    add("rate", i.rate);
    add("limit", i.limit);
    return json;
}

std::string_view name_of(lab::LabState state) {
    switch (state) {
        case lab::LabState::Up: return "up";
        case lab::LabState::Building: return "building";
        case lab::LabState::Broken: return "unfinished";
    }
    return "";
}

Json json_lab(const lab::LabInfo& lab) {
    Json nodes = Json::array();
    for (const lab::NodeInfo& node : lab.nodes) {
        Json loopback_ipv6 = nullptr;
        if (!node.loopback_ipv6.is_unspecified()) {
            loopback_ipv6 = node.loopback_ipv6.to_string();
        }
        Json pid = nullptr;
        if (node.pid != 0) {
            pid = node.pid;
        }
        nodes.push_back({{"name", node.name},
                         {"loopback", node.loopback.to_string()},
                         {"loopback_ipv6", loopback_ipv6},
                         {"netns", node.netns},
                         {"socket", node.socket},
                         {"directory", node.directory},
                         {"pid", pid},
                         {"running", node.is_running},
                         {"state", state_of(node)}});
    }
    Json conditions = Json::array();
    for (std::size_t i = 0; i < lab.links.size(); ++i) {
        const lab::LinkCondition& condition = lab.conditions[i];
        if (condition.is_down || condition.from_a != lab::Impairment{}) {
            conditions.push_back(json_direction(lab, i, lab.links[i].a, lab.links[i].b));
        }
        if (condition.is_down || condition.from_b != lab::Impairment{}) {
            conditions.push_back(json_direction(lab, i, lab.links[i].b, lab.links[i].a));
        }
    }
    return {{"name", lab.name}, {"topology", lab.topology},  {"state", name_of(lab.state)},
            {"nodes", nodes},   {"links", lab.links.size()}, {"conditions", conditions}};
}

std::string running_of(const lab::LabInfo& lab) {
    const auto daemons =
        std::ranges::count_if(lab.nodes, [](const lab::NodeInfo& n) { return !n.socket.empty(); });
    const auto running = std::ranges::count_if(lab.nodes, &lab::NodeInfo::is_running);
    return fmt::format("{} of {}", running, daemons);
}

std::vector<std::string> conditions_of(const lab::LabInfo& lab, std::size_t link) {
    const lab::LinkCondition& condition = lab.conditions.at(link);
    std::vector<std::string> lines;
    if (condition.is_down) {
        lines.emplace_back("down");
    }
    if (condition.is_broken) {
        lines.emplace_back("broken: a process died, impair it anew");
    }
    const std::string a = to_string(condition.from_a);
    const std::string b = to_string(condition.from_b);
    if (a == b && !a.empty()) {
        lines.push_back(a);
        return lines;
    }
    for (const auto& [from, text] : {std::pair(lab.links[link].a, &a), std::pair(lab.links[link].b, &b)}) {
        if (!text->empty()) {
            lines.push_back(fmt::format("from {}: {}", lab.nodes.at(from).name, *text));
        }
    }
    return lines;
}

std::vector<std::string> remarks_on(const lab::LabInfo& lab) {
    std::vector<std::string> lines;
    if (lab.state == lab::LabState::Building) {
        return {"is being built, or taken down"};
    }
    if (lab.state == lab::LabState::Broken) {
        return {fmt::format("was not finished; splash lab down {} removes what there is", lab.name)};
    }
    for (const lab::NodeInfo& node : lab.nodes) {
        if (node.has_died()) {
            lines.push_back(
                fmt::format("{}: splashd has died; {}/splashd.log may say why", node.name, node.directory));
        } else if (state_of(node) == "stopped") {
            lines.push_back(node.name + ": splashd is stopped");
        }
    }
    for (std::size_t i = 0; i < lab.links.size(); ++i) {
        if (const auto conditions = conditions_of(lab, i); !conditions.empty()) {
            lines.push_back(fmt::format("{}: {}", lab::link_name(lab, i), fmt::join(conditions, "; ")));
        }
    }
    return lines;
}

}  // namespace splash::cli
