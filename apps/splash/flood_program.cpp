#include "flood_program.hpp"

#include <fmt/format.h>

#include <string_view>

#include "neighbour_entries.hpp"
#include "shipped_programs.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

using Fields = std::vector<isa::Value>;

/// Lines that deliver s[0] at home, of a node that was reached before. Behind them nothing stands.
std::string again_section() {
    const std::string again = std::to_string(static_cast<unsigned>(FloodReport::Kind::Again));
    return "seen:\n" + push_line(isa::Str{"address"}) + call_line("node_info") + assembly_line("here") +
           push_line(isa::Str{}) + assembly_line("push", std::size_t{0}) + assembly_line("push", again) +
           assembly_line("mktup", 6) + assembly_line("getsrc") + assembly_line("dmoveto", "told-pc") +
           "told:\n" + assembly_line("dforw") + assembly_line("demuxall", "0");
}

/// The four values of the loop, the top one first.
std::string resume_section(const Resumption& resumption) {
    std::string list;
    for (const IpAddress& neighbour : resumption.neighbours) {
        list += (list.empty() ? "" : ", ") + neighbour.to_string();
    }
    const std::string node = resumption.node.to_string();
    return fmt::format("#data {}\n#data 0\n#data ({})\n#data (0, {}, {}, \"\", 0, {})\n",
                       resumption.neighbours.size(), list, node, node,
                       static_cast<unsigned>(FloodReport::Kind::Resumed));
}

const Fields* fields_of(const isa::Value& value) {
    const auto* const tuple = std::get_if<std::shared_ptr<const isa::Tuple>>(&value);
    return tuple == nullptr ? nullptr : &(*tuple)->fields;
}

/// The addresses in a tuple; nullopt if there is anything else in it. What is no tuple has none.
std::optional<std::vector<IpAddress>> read_addresses(const isa::Value& value) {
    std::vector<IpAddress> addresses;
    if (const Fields* const fields = fields_of(value)) {
        for (const isa::Value& field : *fields) {
            const auto* const address = std::get_if<IpAddress>(&field);
            if (address == nullptr) {
                return std::nullopt;
            }
            addresses.push_back(*address);
        }
    }
    return addresses;
}

/// (from, node, reached at, name, its other addresses, values..., kind)
std::optional<FloodReport> read_head(const isa::Value& value) {
    constexpr std::size_t kFixed = 5;
    const Fields* const fields = fields_of(value);
    if (fields == nullptr || fields->size() < kFixed + 1) {
        return std::nullopt;
    }
    const auto* const node = std::get_if<IpAddress>(&(*fields)[1]);
    const auto* const reached = std::get_if<IpAddress>(&(*fields)[2]);
    const auto* const kind = std::get_if<std::int64_t>(&fields->back());
    auto others = read_addresses((*fields)[4]);
    if (node == nullptr || reached == nullptr || !others || kind == nullptr || *kind < 0 || *kind > 3) {
        return std::nullopt;
    }
    FloodReport report;
    report.kind = static_cast<FloodReport::Kind>(*kind);
    report.node = *node;
    report.reached_at = *reached;
    report.other_addresses = std::move(*others);
    if (const auto* const from = std::get_if<IpAddress>(fields->data())) {
        report.from = *from;
    }
    if (const auto* const name = std::get_if<isa::Str>(&(*fields)[3])) {
        report.name = one_line(name->octets);
    }
    report.values.assign(fields->begin() + kFixed, fields->end() - 1);
    return report;
}

/// (exception, place, the chain before), or (exception, 0, 0) if there are no neighbours to name; the place
/// is negative if what is known of the neighbour could not be kept.
bool read_refused(const isa::Value& chain, FloodReport& report) {
    const isa::Value* link = &chain;
    while (const Fields* const fields = fields_of(*link)) {
        const auto* const exception = fields->size() == 3 ? std::get_if<isa::Exc>(fields->data()) : nullptr;
        const auto* const place = exception == nullptr ? nullptr : std::get_if<std::int64_t>(&(*fields)[1]);
        const auto known = static_cast<std::int64_t>(report.neighbours.size());
        if (place == nullptr || *place < -known || *place > known) {
            return false;
        }
        if (*place == 0) {
            report.no_neighbours = *exception;
        } else if (*place < 0) {
            report.not_remembered = *exception;
        } else {
            report.refused.emplace_back(report.neighbours[static_cast<std::size_t>(*place - 1)], *exception);
        }
        link = &fields->back();
    }
    return *link == isa::Value(std::int64_t{0});
}

}  // namespace

Result<isa::Packet> flood_program(const FloodPlan& plan, const std::optional<Resumption>& resumption) {
    const NodeTask& task = plan.task;
    Sections sections{{"once", push_line(plan.id)}, {"where", {}}, {"react", {}}};
    if (task.where) {
        sections["where"] = condition_lines(*task.where) + assembly_line("bez", "calm-pc");
    }
    std::string report;
    for (const Oid& object : task.objects) {
        report += get_lines(object);
    }
    if (task.reaction) {
        sections["react"] = reaction_lines(*task.reaction);
    }
    constexpr std::size_t kFixed = 6;
    report += assembly_line("push", 1);
    sections["report"] =
        report + assembly_line("mktup", kFixed + task.objects.size() + (task.reaction ? 1 : 0));
    if (plan.tells_links) {
        sections["seen"] = again_section();
        sections["links"] = "child:\n" + assembly_line("push", std::size_t{0});  // the one it came by, too
    }
    if (plan.remembers) {
        sections["heard"] = heard_lines();
        sections["remember"] = unheard_lines();
    }
    if (resumption) {
        sections["start"] = resume_section(*resumption);
    }
    return assemble_shipped("flood", sections);
}

std::optional<FloodReport> read_flood(const std::vector<isa::Value>& values) {
    if (values.empty()) {
        return std::nullopt;
    }
    auto report = read_head(values.front());
    if (!report || report->kind == FloodReport::Kind::Again) {
        return report;
    }
    if (values.size() < 4) {
        return std::nullopt;
    }
    auto neighbours = read_addresses(values[1]);
    if (!neighbours) {
        return std::nullopt;
    }
    report->neighbours = std::move(*neighbours);
    const auto* const left = std::get_if<std::int64_t>(&values[3]);
    if (left == nullptr || *left < 0 || *left > static_cast<std::int64_t>(report->neighbours.size()) ||
        !read_refused(values[2], *report)) {
        return std::nullopt;
    }
    report->left = static_cast<std::size_t>(*left);
    return report;
}

}  // namespace splash::cli
