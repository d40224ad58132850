// splash roam NODE [--oid OID...] [--stateful]
//
// JSON: {"start", "stateful", "rows": [json_row()...], "steps", "packets", "dead_ends": [text...], "ended",
// "elapsed_us"}. A node is in rows once, in the order of the first visits; steps counts every visit; ended
// says why it came home. ndjson: a row a line. csv: a header, then the rows.
#include <fmt/format.h>

#include <chrono>
#include <ostream>

#include "arguments.hpp"
#include "json_output.hpp"
#include "node_rows.hpp"
#include "progress.hpp"
#include "roaming.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

/// A row may still be added to a packet of this size.
constexpr std::size_t kRoamRoom = kRoomyPacket - 100;

}  // namespace

Result<Finished> run(const RoamArgs& args, const Streams& streams) {
    auto task = read_task(args.at);
    if (!task) {
        return Failure(task.error());
    }
    const RoamPlan plan{.task = *std::move(task),
                        .bound = args.bound.value_or(kDefaultBound),
                        .is_stateful = args.is_stateful,
                        .room = kRoamRoom};
    const auto whereabouts = Whereabouts::look(args.options.where, args.options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    const auto start = whereabouts->explicit_start("roam");
    if (!start) {
        return Failure(start.error());
    }
    const auto target = whereabouts->find(args.node);
    if (!target) {
        return Failure(target.error());
    }
    const Tries tries = tries_from(args.options.patience, 0);
    const auto transport = open_transport(*start, *target, tries.next_deadline(), Travel::Direct);
    if (!transport) {
        return Failure(transport.error());
    }
    const auto begin = std::chrono::steady_clock::now();
    Result<Roam> roamed = fail(Errc::Bug, "not asked");
    {
        Progress progress(streams.err, args.at.is_progress_told);
        roamed = roam(**transport, plan, *target, tries, [&progress](const Roam& so_far) {
            progress.tell(fmt::format("{} nodes, {} steps, {} packets", so_far.rows.size(), so_far.steps,
                                      so_far.packets));
        });
    }
    if (!roamed) {
        return Failure(roamed.error());
    }
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    if (args.options.format == Format::Json) {
        Json rows = Json::array();
        for (const NodeRow& row : roamed->rows) {
            rows.push_back(json_row(plan.task, row));
        }
        print_json(streams.out, {{"start", args.node},
                                 {"stateful", args.is_stateful},
                                 {"rows", rows},
                                 {"steps", roamed->steps},
                                 {"packets", roamed->packets},
                                 {"dead_ends", roamed->dead_ends},
                                 {"ended", roamed->ended},
                                 {"elapsed_us", elapsed.count()}});
    } else {
        print_rows(args.options.format, plan.task, roamed->rows, streams.out);
    }
    for (const std::string& dead_end : roamed->dead_ends) {
        streams.err << dead_end << '\n';
    }
    streams.err << fmt::format("{} nodes in {} steps, {} packet{}; {}\n", roamed->rows.size(), roamed->steps,
                               roamed->packets, roamed->packets == 1 ? "" : "s", roamed->ended);
    const bool is_done =
        !roamed->is_lost && !roamed->rows.empty() && !has_refused_writes(plan.task, roamed->rows);
    return Finished{is_done ? 0 : 1};
}

}  // namespace splash::cli
