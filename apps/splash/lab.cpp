// splash lab up | down | list | exec | stop | start | restart
//
// JSON of up: one lab; of list: {"labs": [lab...]}; a lab as lab_report.hpp has it.
#include "lab/lab.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "arguments.hpp"
#include "daemon_path.hpp"
#include "json_output.hpp"
#include "lab_report.hpp"
#include "table_text.hpp"

namespace splash::cli {
namespace {

constexpr std::chrono::seconds kStartPatience{20};

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
    for (const lab::LabInfo& lab : *labs) {
        for (const std::string& line : remarks_on(lab)) {
            streams.out << lab.name << ": " << line << '\n';
        }
    }
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

Result<Finished> run(const LabPowerArgs& args, const Streams& streams) {
    if (args.power != Power::Start) {
        const auto how = args.is_kill ? lab::Stop::Kill : lab::Stop::Terminate;
        if (auto stopped = lab::stop_node(args.name, args.node, how); !stopped) {
            return Failure(stopped.error());
        }
    }
    if (args.power != Power::Stop) {
        if (auto started = lab::start_node(args.name, args.node, kStartPatience); !started) {
            return Failure(started.error());
        }
    }
    streams.out << fmt::format("{}: splashd {}\n", args.node,
                               args.power == Power::Stop ? "stopped" : "answers");
    return Finished{};
}

}  // namespace splash::cli
