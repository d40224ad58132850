#include "roaming.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "random_id.hpp"
#include "shipped_programs.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

/// A packet with less gets nowhere and home again; see the reserve in roam.snap.
constexpr std::int64_t kLeastBound = 8;
/// What is spent besides the nodes: the sender's own node, out and back.
constexpr std::int64_t kBoundOfTheWay = 2;

const std::vector<isa::Value>* fields_of(const isa::Value& value) {
    const auto* const tuple = std::get_if<std::shared_ptr<const isa::Tuple>>(&value);
    return tuple == nullptr ? nullptr : &(*tuple)->fields;
}

/// (values..., name, address, the chain before)
std::optional<std::vector<NodeRow>> read_rows(const isa::Value& chain) {
    std::vector<NodeRow> rows;
    const isa::Value* link = &chain;
    while (const auto* const fields = fields_of(*link)) {
        if (fields->size() < 3) {
            return std::nullopt;
        }
        const auto* const address = std::get_if<IpAddress>(&(*fields)[fields->size() - 2]);
        const auto* const name = std::get_if<isa::Str>(&(*fields)[fields->size() - 3]);
        if (address == nullptr) {
            return std::nullopt;
        }
        rows.push_back({.name = name == nullptr ? address->to_string() : one_line(name->octets),
                        .address = *address,
                        .values = {fields->begin(), fields->end() - 3}});
        link = &fields->back();
    }
    if (*link != isa::Value(std::int64_t{0})) {
        return std::nullopt;
    }
    std::ranges::reverse(rows);
    return rows;
}

class Roaming {
public:
    Roaming(Transport& transport, const RoamPlan& plan, const Tries& tries, const RoamProgress& progress)
        : transport_(transport), plan_(plan), tries_(tries), progress_(progress) {}

    Result<Roam> run(const Target& from) {
        const auto memory = random_id();
        if (!memory) {
            return Failure(memory.error());
        }
        memory_ = *memory;
        start_.id = id_of(memory_, 1);
        at_ = from;
        std::int64_t left = plan_.bound;
        std::int64_t share = std::min<std::int64_t>(left, kDefaultBound);
        unsigned losses = 0;
        while (left >= kLeastBound) {
            if (tries_.is_over()) {
                roam_.ended = "the deadline passed";
                return std::move(roam_);
            }
            const auto program = roam_program(plan_, memory_, start_);
            if (!program) {
                return Failure(program.error());
            }
            ++roam_.packets;
            Tries once = tries_;
            once.retries = 0;
            const auto answer = ask(transport_, *program, static_cast<std::uint16_t>(share), at_, once);
            if (!answer && answer.error().code != Errc::TimedOut) {
                return Failure(answer.error());
            }
            const auto* const report = answer ? std::get_if<isa::Report>(&*answer) : nullptr;
            std::optional<RoamHaul> haul;
            if (report != nullptr) {
                note_dead_end(describe_from(at_, *report));
                haul = read_roam({report->stack.rbegin(), report->stack.rend()});
            } else if (answer) {
                haul = read_roam(std::get<Delivery>(*answer).values);
            }
            if (!haul) {
                // Lost, or known by an ICMP error only, which quotes too little of a packet to tell what it
                // had. Half the way may bring home what there is; under another id what was marked is
                // reported again. A node that remembers leaves by another interface the next time.
                start_.id = id_of(start_.id, 1);
                if (share > kLeastShare) {
                    share = std::max(share / 2, kLeastShare);
                    continue;
                }
                if (plan_.is_stateful && losses++ < kMostLosses) {
                    continue;
                }
                const std::string reason = report != nullptr ? roam_.dead_ends.back()
                                           : answer          ? "what comes back is no report of the way"
                                                             : "no report comes back either";
                if (roam_.rows.empty()) {
                    return fail(report != nullptr ? Errc::Reported : Errc::TimedOut,
                                fmt::format("{}: {}", at_.to_string(), reason));
                }
                roam_.is_lost = true;
                roam_.ended = fmt::format("packets from {} on get lost: {}", at_.to_string(), reason);
                return std::move(roam_);
            }
            losses = 0;
            if (report != nullptr && haul->steps == 0 && roam_.rows.empty()) {
                return fail(Errc::Reported, fmt::format("{}: {}", at_.to_string(), roam_.dead_ends.back()));
            }
            left -= haul->steps + kBoundOfTheWay;
            share = std::min<std::int64_t>(left, kDefaultBound);
            take(*haul);
            progress_(roam_);
        }
        roam_.ended = "the bound was used up";
        return std::move(roam_);
    }

private:
    static constexpr std::int64_t kLeastShare = 5;  ///< one node further, and home
    static constexpr unsigned kMostLosses = 16;     ///< in a row: more than a node has dead ends

    void note_dead_end(const std::string& reason) {
        if (std::ranges::find(roam_.dead_ends, reason) == roam_.dead_ends.end()) {
            roam_.dead_ends.push_back(reason);
        }
    }

    void take(const RoamHaul& haul) {
        roam_.steps += haul.steps;
        for (const NodeRow& row : haul.rows) {
            if (std::ranges::find(roam_.rows, row.address, &NodeRow::address) == roam_.rows.end()) {
                roam_.rows.push_back(row);
            }
        }
        if (haul.steps > 0) {
            at_ = Target{.text = haul.at.to_string(), .address = haul.at, .port = {}};
        }
        start_.link = haul.link < 0 ? -haul.link : haul.link;
    }

    Transport& transport_;
    const RoamPlan& plan_;
    Tries tries_;
    const RoamProgress& progress_;
    std::int64_t memory_ = 0;
    RoamStart start_;
    Target at_;
    Roam roam_;
};

}  // namespace

Result<isa::Packet> roam_program(const RoamPlan& plan, std::int64_t memory, const RoamStart& start) {
    const NodeTask& task = plan.task;
    Sections sections{{"once", push_line(start.id)}, {"where", {}}, {"react", {}}, {"remember", {}}};
    if (task.where) {
        sections["where"] = condition_lines(*task.where) + assembly_line("bez", "on-pc");
    }
    if (task.reaction) {
        sections["react"] = reaction_lines(*task.reaction);
    }
    std::string report;
    for (const Oid& object : task.objects) {
        report += get_lines(object);
    }
    const std::size_t values = task.objects.size() + (task.reaction ? 1 : 0);
    report += push_line(isa::Str{"name"}) + call_line("node_info") + assembly_line("pull", values + 3) +
              assembly_line("pull", values + 5) + assembly_line("mktup", values + 3);
    sections["report"] = report;
    if (plan.is_stateful) {
        const std::string name = push_line(isa::Str{fmt::format("roam.{:x}", memory)});
        sections["link"] = name + call_line("memmap_getint") + assembly_line("pull", std::size_t{0}) +
                           assembly_line("isx") + assembly_line("bez", "known-pc") + assembly_line("pop") +
                           assembly_line("pull", 1) + "known:\n";
        sections["remember"] =
            name + assembly_line("pull", 1) + call_line("memmap_addint") + assembly_line("pop");
    }
    sections["start"] = "#data 0\n" + data_line(start.link);
    return assemble_shipped("roam", sections);
}

std::optional<RoamHaul> read_roam(const std::vector<isa::Value>& values) {
    if (values.size() < 4) {
        return std::nullopt;
    }
    auto rows = read_rows(values[0]);
    const auto* const link = std::get_if<std::int64_t>(&values[2]);
    const auto* const steps = std::get_if<std::int64_t>(&values[3]);
    if (!rows || link == nullptr || steps == nullptr || *steps < 0) {
        return std::nullopt;
    }
    RoamHaul haul{.rows = *std::move(rows), .at = {}, .link = *link, .steps = *steps};
    if (const auto* const at = std::get_if<IpAddress>(&values[1])) {
        haul.at = *at;
    }
    return haul;
}

Result<Roam> roam(Transport& transport, const RoamPlan& plan, const Target& from, const Tries& tries,
                  const RoamProgress& progress) {
    return Roaming(transport, plan, tries, progress).run(from);
}

}  // namespace splash::cli
