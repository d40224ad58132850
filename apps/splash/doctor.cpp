// splash doctor
//
// JSON: {"checks": [{"group", "name", "state": "ok" | "no" | "warning", "why", "mend"}], "ok", "no",
// "warnings"}; mend is null where there is nothing to mend.
#include <fmt/format.h>

#include <array>
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
    auto start = whereabouts ? whereabouts->explicit_start("doctor") : Failure(whereabouts.error());
    return start && start->socket.empty() ? fail(Errc::NoDaemon, fmt::format("node {} of lab {} is a host",
                                                                             start->node, options.where.lab))
                                          : start;
}

/// What changes the network is to be done where it was looked at.
std::vector<Check> inside(const Start& lab_node, const std::string& lab, std::vector<Check> checks) {
    for (Check& check : checks) {
        if (check.mend.starts_with("sysctl ") || check.mend.starts_with("nft ")) {
            check.mend = fmt::format("splash lab exec {} {} -- {}", lab, lab_node.node, check.mend);
        }
    }
    return checks;
}

/// The settings of the network a node of a lab is in, which is entered for good.
std::vector<Check> check_lab_host(const Start& lab_node, const std::string& lab,
                                  const NodeSettings& settings) {
    if (auto entered = enter_network_namespace(lab_node.netns); !entered) {
        return {{"network", CheckState::Warning, entered.error().detail,
                 entered.error().code == Errc::NeedsRoot ? "sudo splash doctor ..." : ""}};
    }
    return inside(lab_node, lab, check_host(settings));
}

}  // namespace

Result<Finished> run(const DoctorArgs& args, const Streams& streams) {
    const std::chrono::milliseconds deadline = args.options.patience.deadline.value_or(kPatience);
    SettingsFiles files;
    std::optional<Start> lab_node;
    const std::string& lab = args.options.where.lab;
    if (!lab.empty()) {
        auto found = find_lab_node(args.options);
        if (!found) {
            return Failure(found.error());
        }
        lab_node = *std::move(found);
        files = {lab_node->directory + "/snmpd.conf", lab_node->directory + "/splash.toml"};
    }
    NodeSettings settings;
    std::vector<Group> groups;
    groups.push_back({"daemon", check_daemon(deadline, files, settings)});
    groups.push_back({"node", check_node(args.options, lab_node, settings)});
    groups.push_back({"host", lab_node ? check_lab_host(*lab_node, lab, settings) : check_host(settings)});
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
