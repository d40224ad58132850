// splash path NODE [OID...]
//
// JSON: {"node", "address", "hops": [{"hop", "address", "name", "now_us", "since_previous_us", "results":
// [json_object()...]}], "report": json_report() or null, "packets", "complete", "elapsed_us"}. name is null
// if the node did not tell it.
#include <fmt/format.h>

#include <ostream>

#include "answers.hpp"
#include "arguments.hpp"
#include "asking.hpp"
#include "json_output.hpp"
#include "objects.hpp"
#include "path_tracing.hpp"
#include "progress.hpp"
#include "table_text.hpp"
#include "value_text.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

std::string difference(const std::vector<Hop>& hops, std::size_t i) {
    return i == 0 ? "" : fmt::format("{:+} us", hops[i].now_us - hops[i - 1].now_us);
}

std::string hops_text(const std::vector<Hop>& hops, const std::vector<Oid>& objects) {
    std::vector<std::vector<std::string>> rows{{"HOP", "ADDRESS", "NAME", "SINCE THE LAST"}};
    for (const Oid& object : objects) {
        rows[0].push_back(print_object(object));
    }
    for (std::size_t i = 0; i < hops.size(); ++i) {
        rows.push_back({std::to_string(hops[i].number), hops[i].address.to_string(), name_of(hops[i]),
                        difference(hops, i)});
        for (std::size_t k = 0; k < objects.size(); ++k) {
            rows.back().push_back(print_value(objects[k], hops[i].values[k]).text);
        }
    }
    return print_table(rows, {Align::Right, Align::Left, Align::Left, Align::Right});
}

Json hops_json(const std::vector<Hop>& hops, const std::vector<Oid>& objects) {
    Json list = Json::array();
    for (std::size_t i = 0; i < hops.size(); ++i) {
        Json results = Json::array();
        for (std::size_t k = 0; k < objects.size(); ++k) {
            const isa::Value& value = hops[i].values[k];
            results.push_back(json_object(objects[k], print_value(objects[k], value).type, value));
        }
        Json since = nullptr;
        if (i > 0) {
            since = hops[i].now_us - hops[i - 1].now_us;
        }
        list.push_back({{"hop", hops[i].number},
                        {"address", hops[i].address.to_string()},
                        {"name", json_value(hops[i].name)},
                        {"now_us", hops[i].now_us},
                        {"since_previous_us", since},
                        {"results", results}});
    }
    return list;
}

}  // namespace

Result<Finished> run(const PathArgs& args, const Streams& streams) {
    constexpr unsigned kRetries = 1;
    const auto objects = parse_objects(args.objects);
    if (!objects) {
        return Failure(objects.error());
    }
    const auto whereabouts = Whereabouts::look(args.options.where, args.options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    const auto start = whereabouts->explicit_start("path");
    if (!start) {
        return Failure(start.error());
    }
    const auto target = whereabouts->find(args.node);
    if (!target) {
        return Failure(target.error());
    }
    const Tries tries = tries_from(args.options.patience, kRetries);
    const auto transport = open_transport(*start, *target, tries.next_deadline(), Travel::Hops);
    if (!transport) {
        return Failure(transport.error());
    }
    const Instant begin = std::chrono::steady_clock::now();
    Result<TracedPath> path = fail(Errc::Bug, "not asked");
    {
        Progress progress(streams.err, args.is_progress_told);
        path = trace_path(**transport, *objects, *target, tries, [&](const TracedPath& so_far) {
            progress.tell(fmt::format("{} hops, {} packets", so_far.hops.size(), so_far.packets));
        });
    }
    if (!path) {
        return Failure(path.error());
    }
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    if (args.options.format == Format::Json) {
        Json told = nullptr;
        if (path->report) {
            told = json_report(*path->report);
        }
        print_json(streams.out, {{"node", args.node},
                                 {"address", target->address.to_string()},
                                 {"hops", hops_json(path->hops, *objects)},
                                 {"report", told},
                                 {"packets", path->packets},
                                 {"complete", !path->error},
                                 {"elapsed_us", elapsed.count()}});
    } else if (!path->hops.empty()) {
        streams.out << hops_text(path->hops, *objects);
    }
    if (path->report) {
        const isa::Report& report = *path->report;
        return Failure(report_error(*target, report, describe(report, whereabouts->name_of(report.node))));
    }
    return path->error ? Result<Finished>(Failure(*path->error)) : Finished{};
}

}  // namespace splash::cli
