// splash survey NODE... --oid OID...
//
// JSON: {"aggregate", "nodes", "visited", "counted", "rows": [...], "not_numbers": [...], "unanswered":
// [...], "stopped_at", "not_needed", "packets", "complete", "elapsed_us"}. nodes, visited, counted and
// not_needed are numbers of nodes; counted are those the condition held at. A row of a list is {"node",
// "address", "did", "results": [json_object()...]} with did what came of --do, 1 or null; of another
// aggregate {"node", "address", "value"}, node and address null for sum and avg. not_numbers: {"node",
// "address", "value"}, what did not count. unanswered: {"node", "address", "reason"}. stopped_at: {"node",
// "address"} or null. ndjson: a row a line. csv: a header, then the rows.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <ostream>
#include <set>

#include "arguments.hpp"
#include "json_output.hpp"
#include "progress.hpp"
#include "table_cells.hpp"
#include "table_text.hpp"
#include "value_text.hpp"
#include "visiting.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

constexpr unsigned kSurveyRetries = 1;
/// A row may still be added to a packet of this size.
constexpr std::size_t kSurveyRoom = kRoomyPacket - 100;

std::string_view word_of(Gathering aggregate) {
    switch (aggregate) {
        case Gathering::Sum: return "sum";
        case Gathering::Average: return "avg";
        case Gathering::Minimum: return "min";
        case Gathering::Maximum: return "max";
        case Gathering::Top: return "top";
        case Gathering::List: return "list";
    }
    return "";
}

/// One line of the answer: a node's, or of all together.
struct Entry {
    std::optional<IpAddress> node;
    std::vector<isa::Value> values;
};

/// Of more than so many the places would fill the packet: then all come home, and are chosen from here.
constexpr unsigned kMostPlaces = 8;

/// The greatest of the nodes' sums; rows without one stay behind as what has no number.
std::vector<Entry> choose_greatest(unsigned count, bool has_reaction, Survey& survey) {
    std::vector<Entry> entries;
    std::vector<SurveyRow> others;
    for (SurveyRow& row : survey.rows) {
        if (has_reaction && !std::holds_alternative<isa::Exc>(row.values.front())) {
            row.values.erase(row.values.begin());  // what came of the write
        }
        const auto strange = std::ranges::find_if_not(
            row.values, [](const isa::Value& value) { return std::holds_alternative<std::int64_t>(value); });
        if (strange != row.values.end()) {
            others.push_back({row.node, {*strange}});
            continue;
        }
        std::uint64_t sum = 0;  // wraps as on a node
        for (const isa::Value& value : row.values) {
            sum += static_cast<std::uint64_t>(std::get<std::int64_t>(value));
        }
        entries.push_back({row.node, {static_cast<std::int64_t>(sum)}});
    }
    std::ranges::stable_sort(entries, [](const Entry& a, const Entry& b) {
        return std::get<std::int64_t>(a.values.front()) > std::get<std::int64_t>(b.values.front());
    });
    survey.state = {static_cast<std::int64_t>(entries.size())};
    entries.resize(std::min<std::size_t>(entries.size(), count));
    survey.rows = std::move(others);
    return entries;
}

/// What the figures come to. Without a single number there is nothing to say but of a sum.
std::vector<Entry> entries_of(const SurveyPlan& plan, const Survey& survey) {
    const SurveyState& state = survey.state;
    const std::int64_t count = count_of(state);
    switch (plan.aggregate) {
        case Gathering::Sum: return {{{}, {state[0]}}};
        case Gathering::Average: {
            const auto* const sum = std::get_if<std::int64_t>(state.data());
            if (count == 0 || sum == nullptr) {
                return {};
            }
            return {{{}, {static_cast<double>(*sum) / static_cast<double>(count)}}};
        }
        case Gathering::Minimum:
        case Gathering::Maximum: {
            const auto* const node = std::get_if<IpAddress>(&state[1]);
            return node == nullptr ? std::vector<Entry>{} : std::vector<Entry>{{*node, {state[0]}}};
        }
        case Gathering::Top: {
            std::vector<Entry> entries;
            for (std::size_t at = state.size() - 1; at >= 2; at -= 2) {
                if (const auto* const node = std::get_if<IpAddress>(&state[at - 1])) {
                    entries.push_back({*node, {state[at - 2]}});
                }
            }
            return entries;
        }
        case Gathering::List: {
            std::vector<Entry> entries;
            for (const SurveyRow& row : survey.rows) {
                entries.push_back({row.node, row.values});
            }
            return entries;
        }
    }
    return {};
}

/// How the operator called the nodes.
class Names {
public:
    explicit Names(const std::vector<Target>& nodes) {
        for (const Target& node : nodes) {
            names_[node.address] = node.text;
        }
    }
    [[nodiscard]] std::string operator()(const IpAddress& address) const {
        const auto known = names_.find(address);
        return known == names_.end() ? address.to_string() : known->second;
    }

private:
    std::map<IpAddress, std::string> names_;
};

Json json_place(const std::optional<IpAddress>& node, const Names& names) {
    return node ? Json{{"node", names(*node)}, {"address", node->to_string()}}
                : Json{{"node", nullptr}, {"address", nullptr}};
}

Json json_entry(const SurveyPlan& plan, const Entry& entry, const Names& names) {
    Json row = json_place(entry.node, names);
    if (plan.aggregate != Gathering::List) {
        row["value"] = json_value(entry.values.front());
        return row;
    }
    const std::size_t first = plan.task.reaction ? 1 : 0;
    row["did"] = first == 1 ? json_typed(entry.values.front()) : Json(nullptr);
    row["results"] = Json::array();
    for (std::size_t i = 0; i + first < entry.values.size(); ++i) {
        const Oid& object = plan.task.objects[i];
        const isa::Value& value = entry.values[i + first];
        row["results"].push_back(json_object(object, print_value(object, value).type, value));
    }
    return row;
}

Json json_survey(const SurveyPlan& plan, const Survey& survey, const std::vector<Entry>& entries,
                 std::size_t nodes, const Names& names) {
    Json rows = Json::array();
    for (const Entry& entry : entries) {
        rows.push_back(json_entry(plan, entry, names));
    }
    Json not_numbers = Json::array();
    if (plan.aggregate != Gathering::List) {
        for (const SurveyRow& row : survey.rows) {
            Json missing = json_place(row.node, names);
            missing["value"] = json_typed(row.values.front());
            not_numbers.push_back(missing);
        }
    }
    Json unanswered = Json::array();
    for (const Unanswered& node : survey.unanswered) {
        Json missing = json_place(node.node.address, names);
        missing["reason"] = node.reason;
        unanswered.push_back(missing);
    }
    return {{"aggregate", word_of(plan.aggregate)},
            {"nodes", nodes},
            {"visited", survey.visited},
            {"counted", count_of(survey.state)},
            {"rows", rows},
            {"not_numbers", not_numbers},
            {"unanswered", unanswered},
            {"stopped_at", survey.is_stopped ? json_place(survey.stopped_at, names) : Json(nullptr)},
            {"not_needed", survey.not_needed},
            {"packets", survey.packets},
            {"complete", survey.unanswered.empty()}};
}

/// An average with as many digits as it has, others as they are.
std::string figure_text(const isa::Value& value) {
    const auto* const average = std::get_if<double>(&value);
    return average != nullptr ? fmt::format("{}", *average) : isa::to_string(value);
}

std::vector<std::string> header_of(const SurveyPlan& plan) {
    std::vector<std::string> header{"node", "address"};
    if (plan.aggregate != Gathering::List) {
        header.emplace_back(word_of(plan.aggregate));
        return header;
    }
    if (plan.task.reaction) {
        header.emplace_back("did");
    }
    for (const Oid& object : plan.task.objects) {
        header.push_back(print_object(object));
    }
    return header;
}

std::vector<std::string> cells_of(const SurveyPlan& plan, const Entry& entry, const Names& names) {
    std::vector<std::string> cells{entry.node ? names(*entry.node) : "",
                                   entry.node ? entry.node->to_string() : ""};
    const std::size_t first = plan.aggregate == Gathering::List && plan.task.reaction ? 1 : 0;
    for (std::size_t i = 0; i < entry.values.size(); ++i) {
        const bool is_object = plan.aggregate == Gathering::List && i >= first;
        cells.push_back(is_object ? print_value(plan.task.objects[i - first], entry.values[i]).text
                                  : figure_text(entry.values[i]));
    }
    return cells;
}

void print_table_of(const SurveyPlan& plan, const std::vector<Entry>& entries, const Names& names,
                    std::ostream& out) {
    if (plan.aggregate == Gathering::Sum || plan.aggregate == Gathering::Average) {
        out << (entries.empty() ? "no number" : figure_text(entries.front().values.front())) << '\n';
        return;
    }
    std::vector<std::vector<std::string>> rows{header_of(plan)};
    rows.front()[0] = "NODE";
    rows.front()[1] = "ADDRESS";
    if (plan.aggregate != Gathering::List) {
        rows.front()[2] = "VALUE";
    }
    for (const Entry& entry : entries) {
        rows.push_back(cells_of(plan, entry, names));
    }
    out << print_table(rows, {});
}

void print_csv(const SurveyPlan& plan, const std::vector<Entry>& entries, const Names& names,
               std::ostream& out) {
    const auto print = [&out](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            out << (i == 0 ? "" : ",") << csv_field(cells[i]);
        }
        out << '\n';
    };
    print(header_of(plan));
    for (const Entry& entry : entries) {
        print(cells_of(plan, entry, names));
    }
}

/// For people: what is not in the rows.
void explain(const SurveyPlan& plan, const Survey& survey, std::size_t nodes, const Names& names,
             std::ostream& err) {
    if (plan.aggregate != Gathering::List) {
        for (const SurveyRow& row : survey.rows) {
            err << fmt::format("{} has no number: {}\n", names(row.node), isa::to_string(row.values.front()));
        }
    }
    for (const Unanswered& node : survey.unanswered) {
        err << fmt::format("{} was not visited: {}\n", node.node.to_string(), node.reason);
    }
    if (survey.is_stopped) {
        err << fmt::format("the threshold was reached at {}; {} nodes were not needed\n",
                           names(survey.stopped_at), survey.not_needed);
    }
    err << fmt::format("{} of {} nodes visited, {} counted, {} packet{}\n", survey.visited, nodes,
                       count_of(survey.state), survey.packets, survey.packets == 1 ? "" : "s");
}

Result<SurveyPlan> plan_from(const SurveyArgs& args) {
    const bool is_long = args.aggregate == Gathering::Top && args.top > kMostPlaces;
    SurveyPlan plan{.aggregate = is_long ? Gathering::List : args.aggregate,
                    .task = {},
                    .top = args.top,
                    .until = {},
                    .room = kSurveyRoom};
    auto task = read_task(args.at);
    if (!task) {
        return Failure(task.error());
    }
    plan.task = *std::move(task);
    if (!args.until.empty()) {
        auto until = parse_threshold(plan.aggregate, args.until);
        if (!until) {
            return Failure(until.error());
        }
        plan.until = *std::move(until);
    }
    return plan;
}

/// Every node once, however often it was named.
Result<std::vector<Target>> find_nodes(const std::vector<std::string>& names,
                                       const Whereabouts& whereabouts) {
    std::vector<Target> nodes;
    std::set<IpAddress> known;
    for (const std::string& name : names) {
        auto node = whereabouts.find(name);
        if (!node) {
            return Failure(node.error());
        }
        if (node->port) {
            return fail(Errc::Usage, fmt::format("{}: a survey travels by IP, which has no ports", name));
        }
        if (known.insert(node->address).second) {
            nodes.push_back(*std::move(node));
        }
    }
    return nodes;
}

}  // namespace

Result<Finished> run(const SurveyArgs& args, const Streams& streams) {
    auto plan = plan_from(args);
    if (!plan) {
        return Failure(plan.error());
    }
    const auto whereabouts = Whereabouts::look(args.options.where, args.options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    const auto start = whereabouts->explicit_start("survey");
    if (!start) {
        return Failure(start.error());
    }
    const auto nodes = find_nodes(args.nodes, *whereabouts);
    if (!nodes) {
        return Failure(nodes.error());
    }
    const Tries tries = tries_from(args.options.patience, kSurveyRetries);
    const auto transport = open_transport(*start, nodes->front(), tries.next_deadline(), Travel::Direct);
    if (!transport) {
        return Failure(transport.error());
    }
    const auto begin = std::chrono::steady_clock::now();
    Result<Survey> survey = fail(Errc::Bug, "not asked");
    {
        Progress progress(streams.err, args.at.is_progress_told);
        survey = visit(**transport, *plan, *nodes, tries, [&](const Survey& so_far) {
            progress.tell(fmt::format("{} of {} nodes visited, {} did not answer, {} packets", so_far.visited,
                                      nodes->size(), so_far.unanswered.size(), so_far.packets));
        });
    }
    if (!survey) {
        return Failure(survey.error());
    }
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    const Names names(*nodes);
    const bool is_chosen_here = args.aggregate != plan->aggregate;
    const std::vector<Entry> entries =
        is_chosen_here ? choose_greatest(args.top, plan->task.reaction.has_value(), *survey)
                       : entries_of(*plan, *survey);
    plan->aggregate = args.aggregate;
    switch (args.options.format) {
        case Format::Text: print_table_of(*plan, entries, names, streams.out); break;
        case Format::Json: {
            Json document = json_survey(*plan, *survey, entries, nodes->size(), names);
            document["elapsed_us"] = elapsed.count();
            print_json(streams.out, document);
            break;
        }
        case Format::Ndjson:
            for (const Entry& entry : entries) {
                streams.out
                    << json_entry(*plan, entry, names).dump(-1, ' ', false, Json::error_handler_t::replace)
                    << '\n';
            }
            break;
        case Format::Csv: print_csv(*plan, entries, names, streams.out); break;
    }
    explain(*plan, *survey, nodes->size(), names, streams.err);
    return Finished{survey->unanswered.empty() ? 0 : 1};
}

}  // namespace splash::cli
