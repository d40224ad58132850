// splash flood NODE [--where EXPR] [--oid OID...] [--do 'OID TYPE VALUE']
//
// JSON: {"start", "condition", "zone": [...], "edge": [{"node", "address"}...], "strangers": [{"address",
// "neighbour_of", "reason"}...], "packets", "answers", "complete", "elapsed_us"}. A node of the zone is a
// json_row() with "from", the address of the node whose packet was heard of first; null: from here. complete:
// every neighbour of every node in the zone is in zone, edge or strangers, and of no stranger nothing is
// known. packets: launched from here. ndjson: a node of the zone a line. csv: a header, then these.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <string_view>

#include "arguments.hpp"
#include "json_output.hpp"
#include "node_rows.hpp"
#include "progress.hpp"
#include "random_id.hpp"
#include "whereabouts.hpp"
#include "zones.hpp"

namespace splash::cli {
namespace {

constexpr unsigned kFloodRetries = 1;

NodeRow row_of(const ZoneNode& node) {
    return {.name = node.name, .address = node.address, .values = node.values};
}

Json json_address(const std::optional<IpAddress>& address) {
    return address ? Json(address->to_string()) : Json(nullptr);
}

bool is_complete(const Zone& zone) {
    return zone.is_closed && std::ranges::none_of(zone.strangers, &Stranger::is_silent);
}

std::string_view coverage_of(const Zone& zone) {
    return is_complete(zone) ? "every neighbour is accounted for"
           : zone.is_closed  ? "what is behind those that are silent is not known"
                             : "not all of it was reached";
}

Json json_zone(const FloodPlan& plan, const Zone& zone) {
    Json inside = Json::array();
    Json edge = Json::array();
    for (const ZoneNode& node : zone.nodes) {
        if (node.is_in_zone) {
            Json row = json_row(plan.task, row_of(node));
            row["from"] = json_address(node.from);
            inside.push_back(row);
        } else {
            edge.push_back({{"node", node.name}, {"address", node.address.to_string()}});
        }
    }
    Json strangers = Json::array();
    for (const Stranger& stranger : zone.strangers) {
        strangers.push_back({{"address", stranger.address.to_string()},
                             {"neighbour_of", json_address(stranger.neighbour_of)},
                             {"reason", stranger.reason}});
    }
    return {{"zone", inside},          {"edge", edge},
            {"strangers", strangers},  {"packets", zone.launches},
            {"answers", zone.answers}, {"complete", is_complete(zone)}};
}

/// For people: how much of it this is.
void explain(const Zone& zone, std::size_t inside, std::ostream& err) {
    for (const Stranger& stranger : zone.strangers) {
        const ZoneNode* const at = stranger.neighbour_of ? zone.find(*stranger.neighbour_of) : nullptr;
        err << fmt::format("{}{} did not take part: {}\n", stranger.address.to_string(),
                           at == nullptr ? "" : fmt::format(", a neighbour of {},", at->name),
                           stranger.reason);
    }
    err << remark_on_unreadable(zone);
    err << fmt::format(
        "{} node{} in the zone, {} at its edge, {} that did not take part; {}; {} packet{} sent, {} "
        "answers\n",
        inside, inside == 1 ? "" : "s", zone.nodes.size() - inside, zone.strangers.size(), coverage_of(zone),
        zone.launches, zone.launches == 1 ? "" : "s", zone.answers);
}

}  // namespace

Result<Finished> run(const FloodArgs& args, const Streams& streams) {
    auto task = read_task(args.at);
    if (!task) {
        return Failure(task.error());
    }
    const auto id = random_id();
    if (!id) {
        return Failure(id.error());
    }
    const FloodPlan plan{.task = *std::move(task),
                         .id = *id,
                         .bound = args.bound.value_or(kDefaultBound),
                         .tells_links = false};
    const auto whereabouts = Whereabouts::look(args.options.where, args.options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    const auto start = whereabouts->explicit_start("flood");
    if (!start) {
        return Failure(start.error());
    }
    const auto target = whereabouts->find(args.node);
    if (!target) {
        return Failure(target.error());
    }
    const Tries tries = tries_from(args.options.patience, kFloodRetries);
    const auto transport = open_transport(*start, *target, tries.next_deadline(), Travel::Direct);
    if (!transport) {
        return Failure(transport.error());
    }
    const auto begin = std::chrono::steady_clock::now();
    Result<Zone> zone = fail(Errc::Bug, "not asked");
    {
        Progress progress(streams.err, args.at.is_progress_told);
        zone = explore(**transport, plan, *target, tries, [&progress](const Zone& so_far) {
            progress.tell(fmt::format("{} nodes, {} packets, {} answers", so_far.nodes.size(),
                                      so_far.launches, so_far.answers));
        });
    }
    if (!zone) {
        return Failure(zone.error());
    }
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    std::vector<NodeRow> rows;
    for (const ZoneNode& node : zone->nodes) {
        if (node.is_in_zone) {
            rows.push_back(row_of(node));
        }
    }
    if (args.options.format == Format::Json) {
        Json document{{"start", args.node}, {"condition", nullptr}};
        if (plan.task.where) {
            document["condition"] = plan.task.where->text();
        }
        document.update(json_zone(plan, *zone));
        document["elapsed_us"] = elapsed.count();
        print_json(streams.out, document);
    } else {
        print_rows(args.options.format, plan.task, rows, streams.out);
    }
    explain(*zone, rows.size(), streams.err);
    const bool is_done = !rows.empty() && is_complete(*zone) && !has_refused_writes(plan.task, rows);
    return Finished{is_done ? 0 : 1};
}

}  // namespace splash::cli
