// splash doctor
//
// JSON: {"checks": [{"group", "name", "state": "ok" | "no" | "warning", "why", "mend"}], "ok", "no",
// "warnings"}; mend is null where there is nothing to mend.
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <optional>
#include <ostream>
#include <utility>

#include "arguments.hpp"
#include "checkup.hpp"
#include "json_output.hpp"
#include "network_namespace.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};  // with the kernel, and with each program asked

struct Group {
    const char* name;
    std::vector<Check> checks;
};

const char* word_of(CheckState state) {
    switch (state) {
        case CheckState::Ok: return "ok";
        case CheckState::No: return "no";
        case CheckState::Warning: return "warning";
    }
    return "";
}

std::array<std::size_t, 3> count(const std::vector<Group>& groups) {
    std::array<std::size_t, 3> counts{};
    for (const Group& group : groups) {
        for (const Check& check : group.checks) {
            ++counts[static_cast<std::size_t>(check.state)];
        }
    }
    return counts;
}

void print_text(const std::vector<Group>& groups, const std::array<std::size_t, 3>& counts,
                std::ostream& out) {
    for (const Group& group : groups) {
        out << group.name << '\n';
        for (const Check& check : group.checks) {
            out << fmt::format("  {:<8} {:<19} {}\n", word_of(check.state), check.name, check.why);
            if (!check.mend.empty()) {
                out << fmt::format("  {:<8} {:<19} > {}\n", "", "", check.mend);
            }
        }
    }
    out << fmt::format("{} ok, {} no, {} warning{}\n", counts[0], counts[1], counts[2],
                       counts[2] == 1 ? "" : "s");
}

void print_document(const std::vector<Group>& groups, const std::array<std::size_t, 3>& counts,
                    std::ostream& out) {
    Json checks = Json::array();
    for (const Group& group : groups) {
        for (const Check& check : group.checks) {
            Json mend = nullptr;
            if (!check.mend.empty()) {
                mend = check.mend;
            }
            checks.push_back({{"group", group.name},
                              {"name", check.name},
                              {"state", word_of(check.state)},
                              {"why", check.why},
                              {"mend", mend}});
        }
    }
    print_json(out, {{"checks", checks}, {"ok", counts[0]}, {"no", counts[1]}, {"warnings", counts[2]}});
}

Result<Start> find_lab_node(const Options& options) {
    const auto whereabouts = Whereabouts::look(options.where, options.patience);
    return whereabouts ? whereabouts->explicit_start("doctor") : Failure(whereabouts.error());
}

/// A lab keeps them beside the node's socket.
SettingsFiles files_of(const Start& lab_node) {
    const std::filesystem::path directory = std::filesystem::path(lab_node.socket).parent_path();
    return {directory / "snmpd.conf", directory / "splash.toml"};
}

}  // namespace

Result<Finished> run(const DoctorArgs& args, const Streams& streams) {
    const std::chrono::milliseconds deadline = args.options.patience.deadline.value_or(kPatience);
    SettingsFiles files;
    std::optional<Start> lab_node;
    if (!args.options.where.lab.empty()) {
        auto found = find_lab_node(args.options);
        if (!found) {
            return Failure(found.error());
        }
        lab_node = *std::move(found);
        files = files_of(*lab_node);
        // The host that is examined is the node: its network is entered before anything is looked at.
        if (auto entered = enter_network_namespace(lab_node->netns); !entered) {
            return Failure(entered.error());
        }
    }
    NodeSettings settings;
    std::vector<Group> groups;
    groups.push_back({"daemon", check_daemon(deadline, files, settings)});
    groups.push_back({"node", check_node(args.options, lab_node, settings)});
    groups.push_back({"host", check_host(settings)});
    groups.push_back({"kernel", check_kernel(deadline)});
    const auto counts = count(groups);
    if (args.options.format == Format::Json) {
        print_document(groups, counts, streams.out);
    } else {
        print_text(groups, counts, streams.out);
    }
    return Finished{counts[static_cast<std::size_t>(CheckState::No)] == 0 ? 0 : 1};
}

}  // namespace splash::cli
