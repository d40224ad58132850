// splash bench get NODE OID... [--count N]
//
// JSON: {"node", "address", "count", "snmp": times, "snap": times, "ratio"}; times is {"lower_quartile_us",
// "median_us", "upper_quartile_us", "samples_us": [...]}, ratio SNAP's median divided by SNMP's.
#include <fmt/format.h>

#include <functional>
#include <ostream>

#include "arguments.hpp"
#include "asking.hpp"
#include "json_output.hpp"
#include "network_namespace.hpp"
#include "objects.hpp"
#include "quartiles.hpp"
#include "snmp/manager.hpp"
#include "table_text.hpp"
#include "value_text.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

/// Both ways to one node, open.
struct Ways {
    snmp::Manager manager;
    std::unique_ptr<Transport> transport;
};

Result<Ways> open_ways(const BenchArgs& args, const Whereabouts& whereabouts, const Target& target,
                       const Tries& tries) {
    const auto start = whereabouts.start(target);
    if (!start) {
        return Failure(start.error());
    }
    if (!start->netns.empty()) {
        if (auto entered = enter_network_namespace(start->netns); !entered) {
            return Failure(entered.error());
        }
    }
    Options options = args.options;
    options.patience.retries = tries.retries;
    auto manager = snmp::Manager::open(manager_arguments(options, agent_address(target)));
    if (!manager) {
        return Failure(manager.error());
    }
    Target by_snap = target;
    by_snap.port.reset();
    auto transport = open_transport(*start, by_snap, tries.next_deadline(), args.options.travel);
    if (!transport) {
        return Failure(transport.error());
    }
    return Ways{*std::move(manager), *std::move(transport)};
}

Result<double> microseconds_of(const std::function<Result<>()>& request) {
    const Instant begin = std::chrono::steady_clock::now();
    if (auto done = request(); !done) {
        return Failure(done.error());
    }
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

struct Samples {
    std::vector<double> snmp;
    std::vector<double> snap;
};

/// One by SNMP, one by SNAP, and again: what else the machine does meets both alike. The first pair opens
/// caches and is not counted.
Result<Samples> measure(Ways& ways, const BenchArgs& args, const std::vector<Oid>& objects,
                        const Target& target, const Tries& tries) {
    const auto questions = questions_about(Question::Kind::Get, objects);
    std::vector<std::string> lines;
    const auto by_snmp = [&]() -> Result<> {
        const auto binds = ways.manager.get(objects);
        return binds ? Result<>()
                     : fail(binds.error().code, fmt::format("{}: {}", args.node, binds.error().detail));
    };
    const auto by_snap = [&]() -> Result<> {
        const auto answers = ask_by_snap(*ways.transport, questions, target, tries);
        if (!answers) {
            return Failure(answers.error());
        }
        // The manager gives names and values as text too, with one look-up of the name: so must this.
        for (const ObjectAnswer& answer : *answers) {
            lines.push_back(print_object(answer.object) + isa::to_string(answer.value));
        }
        lines.clear();
        return {};
    };
    Samples samples;
    for (unsigned i = 0; i <= args.count; ++i) {
        if (tries.is_over()) {
            return fail(Errc::TimedOut, fmt::format("{}: {} of {} pairs done by the deadline", args.node,
                                                    samples.snap.size(), args.count));
        }
        const auto snmp = microseconds_of(by_snmp);
        if (!snmp) {
            return Failure(snmp.error());
        }
        const auto snap = microseconds_of(by_snap);
        if (!snap) {
            return Failure(snap.error());
        }
        if (i > 0) {
            samples.snmp.push_back(*snmp);
            samples.snap.push_back(*snap);
        }
    }
    return samples;
}

Json json_times(const Quartiles& q, const std::vector<double>& samples) {
    return {{"lower_quartile_us", q.lower},
            {"median_us", q.median},
            {"upper_quartile_us", q.upper},
            {"samples_us", samples}};
}

std::vector<std::string> row_of(const char* name, const Quartiles& q) {
    return {name, fmt::format("{:.1f}", q.lower), fmt::format("{:.1f}", q.median),
            fmt::format("{:.1f}", q.upper)};
}

}  // namespace

Result<Finished> run(const BenchArgs& args, const Streams& streams) {
    const auto objects = parse_objects(args.objects);
    if (!objects) {
        return Failure(objects.error());
    }
    const auto whereabouts = Whereabouts::look(args.options.where, args.options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    const auto target = whereabouts->find(args.node);
    if (!target) {
        return Failure(target.error());
    }
    // A lost request is a failure here: a second try would be measured as a slow answer.
    const Tries tries = tries_from(args.options.patience, 0);
    auto ways = open_ways(args, *whereabouts, *target, tries);
    if (!ways) {
        return Failure(ways.error());
    }
    const auto samples = measure(*ways, args, *objects, *target, tries);
    if (!samples) {
        return Failure(samples.error());
    }
    const Quartiles snmp = quartiles(samples->snmp);
    const Quartiles snap = quartiles(samples->snap);
    const double ratio = snap.median / snmp.median;
    if (args.options.format == Format::Json) {
        print_json(streams.out, {{"node", args.node},
                                 {"address", target->address.to_string()},
                                 {"count", args.count},
                                 {"snmp", json_times(snmp, samples->snmp)},
                                 {"snap", json_times(snap, samples->snap)},
                                 {"ratio", ratio}});
        return Finished{};
    }
    streams.out << print_table({{"microseconds", "lower quartile", "median", "upper quartile"},
                                row_of("SNMP", snmp),
                                row_of("SNAP", snap)},
                               {Align::Left, Align::Right, Align::Right, Align::Right});
    streams.out << fmt::format("SNAP takes {:.2f} times as long as SNMP (medians of {} requests each)\n",
                               ratio, args.count);
    return Finished{};
}

}  // namespace splash::cli
