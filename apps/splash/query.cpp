#include "query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ostream>

#include "json_output.hpp"
#include "object_lines.hpp"
#include "reaching.hpp"
#include "snmp_lines.hpp"

namespace splash::cli {
namespace {

struct Outcome {
    std::string address;  ///< empty where net-snmp resolved it
    std::vector<Line> lines;
    std::chrono::microseconds elapsed{};
};

std::chrono::microseconds since(Instant begin) {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
}

Result<Outcome> query_by_snmp(const Query& query) {
    Options options = query.options;
    if (options.via == Via::Auto) {
        options.where.socket.clear();  // which says where programs start
    }
    auto agent = reach_by_snmp(options, query.node, query.snmp_retries);
    if (!agent) {
        return Failure(agent.error());
    }
    const Instant begin = std::chrono::steady_clock::now();
    const auto binds = query.request(agent->manager);
    const auto elapsed = since(begin);
    if (!binds) {
        return fail(binds.error().code, fmt::format("{}: {}", query.node, binds.error().detail));
    }
    return Outcome{.address = agent->address, .lines = lines_from(*binds), .elapsed = elapsed};
}

Result<Outcome> query_by_snap(const Query& query) {
    const auto questions = query.questions();
    if (!questions) {
        return Failure(questions.error());
    }
    const auto node = reach_by_snap(query.options, query.node, query.snap_retries);
    if (!node) {
        return Failure(node.error());
    }
    const Instant begin = std::chrono::steady_clock::now();
    const auto answers = ask_by_snap(*node->transport, *questions, node->target, node->tries);
    if (!answers) {
        return Failure(answers.error());
    }
    return Outcome{
        .address = node->target.address.to_string(), .lines = lines_from(*answers), .elapsed = since(begin)};
}

void print_outcome(const Query& query, Via via, const std::optional<Way>& way, const Outcome& outcome,
                   std::ostream& out) {
    if (query.options.format == Format::Text) {
        for (const Line& line : outcome.lines) {
            out << line.text << '\n';
        }
        return;
    }
    Json results = Json::array();
    for (const Line& line : outcome.lines) {
        results.push_back(json_object(line.object, line.type, line.value));
    }
    Json address = nullptr;
    if (!outcome.address.empty()) {
        address = outcome.address;
    }
    Json document{{"node", query.node},
                  {"address", address},
                  {"via", via == Via::Snmp ? "snmp" : "snap"},
                  {"results", results},
                  {"elapsed_us", outcome.elapsed.count()}};
    if (way) {
        document["way"] = json_way(*way);
    }
    print_json(out, document);
}

}  // namespace

Result<Finished> run_query(const Query& query, const Streams& streams) {
    const auto ask_by = [&query](Via via) {
        return via == Via::Snmp ? query_by_snmp(query) : query_by_snap(query);
    };
    std::optional<Way> way;
    if (query.options.via == Via::Auto) {
        auto questions = query.questions();
        if (!questions) {
            return Failure(questions.error());
        }
        auto decided = decide_way(query.options, query.node, work_of(*std::move(questions)));
        if (!decided) {
            return Failure(decided.error());
        }
        way = *std::move(decided);
    }
    const auto outcome = way ? by_way<Outcome>(
                                   *way, query.fallback, [] { return true; }, ask_by)
                             : ask_by(query.options.via);
    if (way) {
        tell_way(*way, query.node, query.options, streams.err);
    }
    if (!outcome) {
        return Failure(outcome.error());
    }
    print_outcome(query, way ? way->via : query.options.via, way, *outcome, streams.out);
    const bool has_exception = std::ranges::any_of(
        outcome->lines, [](const Line& line) { return std::holds_alternative<isa::Exc>(line.value); });
    return Finished{has_exception ? 1 : 0};
}

}  // namespace splash::cli
