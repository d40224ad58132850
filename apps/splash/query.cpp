#include "query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "json_output.hpp"
#include "network_namespace.hpp"
#include "node_name.hpp"
#include "value_text.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

/// An object and what came of it, as it is printed.
struct Line {
    Oid object;
    isa::Value value;
    std::string type;  ///< as net-snmp prints it
    std::string text;  ///< likewise, the whole
};

struct Outcome {
    std::string address;  ///< empty where net-snmp resolved it
    std::vector<Line> lines;
    std::chrono::microseconds elapsed{};
};

/// Without MIB files net-snmp quotes what our own table knows to be text: the quotes go, as with MIB files.
/// Lines in any other form, such as snmp.conf may ask for, stay as they are.
std::string without_quotes(const snmp::VarBind& bind) {
    const auto* octets = std::get_if<isa::Str>(&bind.value);
    if (octets != nullptr && syntax_of(bind.oid) == Syntax::DisplayString &&
        bind.text == fmt::format("{} = STRING: \"{}\"", print_object(bind.oid), octets->octets)) {
        return print_line(bind.oid, bind.value);
    }
    return bind.text;
}

std::vector<Line> lines_from(const std::vector<snmp::VarBind>& binds) {
    std::vector<Line> lines;
    lines.reserve(binds.size());
    for (const snmp::VarBind& bind : binds) {
        lines.push_back({bind.oid, bind.value, bind.type, without_quotes(bind)});
    }
    return lines;
}

std::vector<Line> lines_from(const std::vector<ObjectAnswer>& answers) {
    std::vector<Line> lines;
    lines.reserve(answers.size());
    for (const ObjectAnswer& answer : answers) {
        lines.push_back({answer.object, answer.value, print_value(answer.object, answer.value).type,
                         print_line(answer.object, answer.value)});
    }
    return lines;
}

std::chrono::microseconds since(Instant begin) {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
}

Result<Outcome> query_snmp_agent(const Query& query, const std::string& agent) {
    auto manager = snmp::Manager::open(manager_arguments(query.options, agent, query.snmp_retries));
    if (!manager) {
        return Failure(manager.error());
    }
    const Instant begin = std::chrono::steady_clock::now();
    const auto binds = query.request(*manager);
    const auto elapsed = since(begin);
    if (!binds) {
        return fail(binds.error().code, fmt::format("{}: {}", query.node, binds.error().detail));
    }
    return Outcome{.address = {}, .lines = lines_from(*binds), .elapsed = elapsed};
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
    auto transport = open_transport(*start, *target, tries.next_deadline(), query.options.travel);
    if (!transport) {
        return Failure(transport.error());
    }
    const Instant begin = std::chrono::steady_clock::now();
    const auto answers = ask_by_snap(**transport, *questions, *target, tries);
    if (!answers) {
        return Failure(answers.error());
    }
    return Outcome{
        .address = target->address.to_string(), .lines = lines_from(*answers), .elapsed = since(begin)};
}

void print_outcome(const Query& query, const Outcome& outcome, std::ostream& out) {
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
    const bool has_exception = std::ranges::any_of(
        outcome->lines, [](const Line& line) { return std::holds_alternative<isa::Exc>(line.value); });
    return Finished{has_exception ? 1 : 0};
}

}  // namespace splash::cli
