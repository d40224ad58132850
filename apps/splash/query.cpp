#include "query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "json_output.hpp"
#include "network_namespace.hpp"
#include "node_name.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

struct Outcome {
    std::string address;  ///< empty where net-snmp resolved it
    std::vector<ObjectAnswer> answers;
    std::chrono::microseconds elapsed{};
};

std::chrono::microseconds since(Instant begin) {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
}

Result<Outcome> query_snmp_agent(const Query& query, const std::string& agent) {
    auto manager = snmp::Manager::open(manager_arguments(query.options, agent));
    if (!manager) {
        return Failure(manager.error());
    }
    const Instant begin = std::chrono::steady_clock::now();
    auto binds = query.request(*manager);
    const auto elapsed = since(begin);
    if (!binds) {
        return fail(binds.error().code, fmt::format("{}: {}", query.node, binds.error().detail));
    }
    return Outcome{.address = {}, .answers = answers_from(*std::move(binds)), .elapsed = elapsed};
}

Result<Outcome> query_by_snmp(const Query& query) {
    const Where& where = query.options.where;
    if (!where.socket.empty()) {
        return fail(Errc::Usage, "--socket is for --via snap: SNMP goes to the node itself");
    }
    if (names_transport(query.node)) {
        return where.lab.empty() ? query_snmp_agent(query, query.node)
                                 : fail(Errc::Usage, "with --lab give a node's name or address");
    }
    const auto whereabouts = Whereabouts::look(where, query.options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    const auto target = whereabouts->find(query.node);
    if (!target) {
        return Failure(target.error());
    }
    if (!where.lab.empty()) {
        const auto start = whereabouts->start(*target);
        if (!start) {
            return Failure(start.error());
        }
        if (auto entered = enter_network_namespace(start->netns); !entered) {
            return Failure(entered.error());
        }
    }
    auto outcome = query_snmp_agent(query, agent_address(*target));
    if (outcome) {
        outcome->address = target->address.to_string();
    }
    return outcome;
}

Result<Outcome> query_by_snap(const Query& query) {
    const auto questions = query.questions();
    if (!questions) {
        return Failure(questions.error());
    }
    const auto whereabouts = Whereabouts::look(query.options.where, query.options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    const auto target = whereabouts->find(query.node);
    if (!target) {
        return Failure(target.error());
    }
    const auto start = whereabouts->start(*target);
    if (!start) {
        return Failure(start.error());
    }
    const Tries tries = tries_from(query.options.patience, query.snap_retries);
    auto transport = open_transport(*start, *target, tries.next_deadline());
    if (!transport) {
        return Failure(transport.error());
    }
    const Instant begin = std::chrono::steady_clock::now();
    auto answers = ask_by_snap(**transport, *questions, *target, tries);
    if (!answers) {
        return Failure(answers.error());
    }
    return Outcome{
        .address = target->address.to_string(), .answers = *std::move(answers), .elapsed = since(begin)};
}

void print_outcome(const Query& query, const Outcome& outcome, std::ostream& out) {
    if (query.options.format == Format::Text) {
        for (const ObjectAnswer& answer : outcome.answers) {
            out << answer.line << '\n';
        }
        return;
    }
    Json results = Json::array();
    for (const ObjectAnswer& answer : outcome.answers) {
        results.push_back(json_object(answer.object, answer.type, answer.value));
    }
    Json address = nullptr;
    if (!outcome.address.empty()) {
        address = outcome.address;
    }
    print_json(out, {{"node", query.node},
                     {"address", address},
                     {"via", query.options.via == Via::Snmp ? "snmp" : "snap"},
                     {"results", results},
                     {"elapsed_us", outcome.elapsed.count()}});
}

}  // namespace

Result<Finished> run_query(const Query& query, const Streams& streams) {
    const auto outcome = query.options.via == Via::Snmp ? query_by_snmp(query) : query_by_snap(query);
    if (!outcome) {
        return Failure(outcome.error());
    }
    print_outcome(query, *outcome, streams.out);
    const bool has_exception = std::ranges::any_of(outcome->answers, [](const ObjectAnswer& answer) {
        return std::holds_alternative<isa::Exc>(answer.value);
    });
    return Finished{has_exception ? 1 : 0};
}

}  // namespace splash::cli
