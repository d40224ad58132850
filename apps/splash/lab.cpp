// splash lab up | down | list | exec
//
// JSON of up: one lab; of list: {"labs": [lab...]}. A lab is {"name", "topology", "nodes": [{"name",
// "loopback", "netns", "socket", "directory", "pid", "running"}], "links": number}; pid is null where no
// splashd runs.
#include "lab/lab.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "arguments.hpp"
#include "daemon_path.hpp"
#include "files.hpp"
#include "json_output.hpp"
#include "table_text.hpp"

namespace splash::cli {
namespace {

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

Json json_lab(const lab::LabInfo& lab) {
    Json nodes = Json::array();
    for (const lab::NodeInfo& node : lab.nodes) {
        Json pid = nullptr;
        if (node.pid != 0) {
            pid = node.pid;
        }
        nodes.push_back({{"name", node.name},
                         {"loopback", node.loopback.to_string()},
                         {"netns", node.netns},
                         {"socket", node.socket},
                         {"directory", node.directory},
                         {"pid", pid},
                         {"running", node.is_running}});
    }
    return {{"name", lab.name}, {"topology", lab.topology}, {"nodes", nodes}, {"links", lab.links.size()}};
}

std::string running_of(const lab::LabInfo& lab) {
    const auto daemons =
        std::ranges::count_if(lab.nodes, [](const lab::NodeInfo& n) { return !n.socket.empty(); });
    const auto running = std::ranges::count_if(lab.nodes, &lab::NodeInfo::is_running);
    return fmt::format("{} of {}", running, daemons);
}

}  // namespace

Result<Finished> run(const LabUpArgs& args, const Streams& streams) {
    auto topology = load_topology(args.topology);
    if (!topology) {
        return Failure(topology.error());
    }
    auto splashd = find_splashd();
    if (!splashd) {
        return Failure(splashd.error());
    }
    lab::UpOptions options;
    options.name = args.name.empty() ? topology->name : args.name;
    options.topology = *std::move(topology);
    options.splashd = *std::move(splashd);
    options.owner = args.owner;
    options.progress = [&streams](std::string_view step) { streams.err << step << std::endl; };
    const auto lab = lab::up(options);
    if (!lab) {
        return Failure(lab.error());
    }
    if (args.options.format == Format::Json) {
        print_json(streams.out, json_lab(*lab));
        return Finished{};
    }
    streams.out << fmt::format("{}: {} nodes, {} links, splashd on {}\n", lab->name, lab->nodes.size(),
                               lab->links.size(), running_of(*lab));
    if (lab->nodes.size() > 1) {
        streams.out << fmt::format("try: splash path {} --lab {} --from {}\n", lab->nodes.back().name,
                                   lab->name, lab->nodes.front().name);
    }
    return Finished{};
}

Result<Finished> run(const LabDownArgs& args, const Streams& /*streams*/) {
    const auto found = lab::find(args.name);
    // Also of a lab that is not there remains may be.
    if (auto done = lab::down(args.name); !done) {
        return Failure(done.error());
    }
    return found ? Result<Finished>(Finished{}) : Failure(found.error());
}

Result<Finished> run(const LabListArgs& args, const Streams& streams) {
    const auto labs = lab::list();
    if (!labs) {
        return Failure(labs.error());
    }
    if (args.options.format == Format::Json) {
        Json list = Json::array();
        for (const lab::LabInfo& lab : *labs) {
            list.push_back(json_lab(lab));
        }
        print_json(streams.out, {{"labs", list}});
        return Finished{};
    }
    if (labs->empty()) {
        streams.out << "no lab is up\n";
        return Finished{};
    }
    std::vector<std::vector<std::string>> rows{{"NAME", "TOPOLOGY", "NODES", "LINKS", "SPLASHD RUNS ON"}};
    for (const lab::LabInfo& lab : *labs) {
        rows.push_back({lab.name, lab.topology, std::to_string(lab.nodes.size()),
                        std::to_string(lab.links.size()), running_of(lab)});
    }
    streams.out << print_table(rows, {Align::Left, Align::Left, Align::Right, Align::Right});
    return Finished{};
}

Result<Finished> run(const LabExecArgs& args, const Streams& streams) {
    const auto lab = lab::find(args.name);
    if (!lab) {
        return Failure(lab.error());
    }
    const auto status = lab::exec(*lab, args.node, args.argv);
    if (status) {
        return Finished{*status};
    }
    // A command that cannot be run ends as in a shell, so that scripts need not tell the two apart.
    const bool is_missing = status.error().code == Errc::FileNotFound;
    if (is_missing || status.error().code == Errc::BadInput) {
        streams.err << "splash: " << status.error().detail << '\n';
        return Finished{is_missing ? 127 : 126};
    }
    return Failure(status.error());
}

}  // namespace splash::cli
