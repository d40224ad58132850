// splash survey NODE... --oid OID...
//
// JSON: {"aggregate", "nodes", "visited", "counted", "rows": [...], "not_numbers": [...], "answered": [...],
// "unanswered": [...], "stopped_at", "not_needed", "packets", "complete", "via", "elapsed_us"}. nodes,
// visited and not_needed are numbers of nodes; counted are those the condition held at, of whole columns
// rows. A row of a list is {"node", "address", "did", "results": [json_object()...]} with did what came of
// --do, 1 or null; of another aggregate {"node", "address", "value"}, node and address null for sum, avg and
// count. A row of a whole column has "index", too. not_numbers: {"node", "address", "value"}, what did not
// count. answered:
// {"node", "address", "via"}, how each node was asked. unanswered: {"node", "address", "reason"}. stopped_at:
// {"node", "address"} or null. packets: programs and requests sent. Of --via auto also "way": {"reason",
// "details"}. ndjson: a row a line. csv: a header, then the rows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <set>

#include "agents.hpp"
#include "arguments.hpp"
#include "column_agents.hpp"
#include "column_survey.hpp"
#include "json_output.hpp"
#include "progress.hpp"
#include "survey_choice.hpp"
#include "survey_printing.hpp"
#include "visiting.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

constexpr unsigned kSurveyRetries = 1;
/// A row may still be added to a packet of this size.
constexpr std::size_t kSurveyRoom = kRoomyPacket - 100;
/// Of more than so many the places would fill the packet: then all come home, and are chosen from here.
constexpr unsigned kMostPlaces = 8;

/// What is asked: of single objects, or of whole columns.
struct Plans {
    SurveyPlan objects;
    std::optional<ColumnPlan> columns;
};

Result<Plans> plans_from(const SurveyArgs& args) {
    const bool is_long = args.aggregate == Gathering::Top && args.top > kMostPlaces;
    Plans plans{.objects = {.aggregate = is_long ? Gathering::List : args.aggregate,
                            .task = {},
                            .top = args.top,
                            .until = {},
                            .room = kSurveyRoom},
                .columns = {}};
    auto task = read_task(args.at);
    if (!task) {
        return Failure(task.error());
    }
    plans.objects.task = *std::move(task);
    auto columns = read_column_plan(args, plans.objects.task);
    if (!columns) {
        return Failure(columns.error());
    }
    plans.columns = *std::move(columns);
    if (args.aggregate == Gathering::Count && !plans.columns && !args.at.objects.empty()) {
        return fail(
            Errc::Usage,
            fmt::format("--count counts nodes: {} is not needed for that, unless it is a whole column",
                        args.at.objects.front()));
    }
    if (!args.until.empty() && !plans.columns) {
        auto until = parse_threshold(plans.objects.aggregate, args.until);
        if (!until) {
            return Failure(until.error());
        }
        const auto column = std::ranges::find_if(
            until->columns(), [](const Condition::Column& named) { return is_column(named.object); });
        if (column != until->columns().end()) {
            return fail(Errc::BadInput,
                        fmt::format("--until '{}': {} is a whole column; a threshold asks for "
                                    "what was gathered, or for single objects",
                                    args.until, column->text));
        }
        plans.objects.until = *std::move(until);
    }
    return plans;
}

/// Every node once, however often it was named.
Result<std::vector<Target>> find_nodes(const SurveyArgs& args, const Whereabouts& whereabouts) {
    std::vector<Target> nodes;
    std::set<IpAddress> known;
    for (const std::string& name : args.nodes) {
        auto node = whereabouts.find(name);
        if (!node) {
            return Failure(node.error());
        }
        if (node->port && args.options.via != Via::Snmp) {
            return fail(Errc::Usage, fmt::format("{}: a survey travels by IP, which has no ports", name));
        }
        if (known.insert(node->address).second) {
            nodes.push_back(*std::move(node));
        }
    }
    return nodes;
}

/// A survey on its way: the nodes, in groups of those that are asked the same way.
class Surveying {
public:
    Surveying(const SurveyArgs& args, const Plans& plans, const std::vector<Target>& nodes)
        : args_(args),
          plans_(plans),
          nodes_(nodes),
          tries_(tries_from(args.options.patience, kSurveyRetries)) {}

    /// Opens the ways that may be needed. @error what the one that is wanted says
    Result<> open(const Whereabouts& whereabouts) {
        const Via via = args_.options.via;
        if (via != Via::Snmp) {
            auto opened = open_snap(whereabouts);
            if (!opened && via == Via::Snap) {
                return opened;
            }
            snap_refusal_ = opened ? std::string() : opened.error().detail;
        }
        if (via != Via::Snap) {
            auto agents = Agents::open(args_.options, whereabouts, kSurveyRetries);
            if (!agents && via == Via::Snmp) {
                return Failure(agents.error());
            }
            if (agents) {
                agents_.emplace(*std::move(agents));
            } else {
                snmp_refusal_ = agents.error();
            }
        }
        return {};
    }

    Result<SurveyWays> choose() {
        if (args_.options.via != Via::Auto) {
            return one_way(args_.options.via, nodes_);
        }
        auto each = agents_ ? cost_of_agent() : Result<WayCost>(Failure(*snmp_refusal_));
        return choose_ways(
            {.options = args_.options,
             .nodes = nodes_,
             .transport = transport_.get(),
             .snap_refusal = snap_refusal_,
             .snap = [this](const std::vector<SurveyPlace>& places) { return cost_by_programs(places); },
             .snmp = [each](const std::vector<SurveyPlace>& places) -> Result<WayCost> {
                 return each ? Result<WayCost>(cost_of_each(*each, places)) : Failure(each.error());
             },
             .tries = tries_});
    }

    Result<Survey> visit_all(const SurveyWays& ways, const SurveyProgress& progress) {
        Survey survey =
            plans_.columns ? begin_survey(*plans_.columns, nodes_) : begin_survey(plans_.objects, nodes_);
        for (const Group& group : groups(ways)) {
            if (auto done = visit_group(group, progress, survey); !done) {
                return Failure(done.error());
            }
        }
        // A write is never tried by the other way: the first may have been done.
        if (args_.options.via == Via::Auto && !plans_.objects.task.reaction) {
            if (auto done = ask_the_other_way(ways, progress, survey); !done) {
                return Failure(done.error());
            }
        }
        const bool is_by_value = plans_.columns && plans_.columns->query.aggregate;
        if (!is_by_value) {
            sort_by_nodes(survey);
        }
        return survey;
    }

private:
    struct Group {
        Via via = Via::Snap;
        std::vector<Target> nodes;
    };

    Result<> open_snap(const Whereabouts& whereabouts) {
        const auto start = whereabouts.explicit_start("survey");
        if (!start) {
            return Failure(start.error());
        }
        auto transport = open_transport(*start, nodes_.front(), tries_.next_deadline(), Travel::Direct);
        if (!transport) {
            return Failure(transport.error());
        }
        transport_ = *std::move(transport);
        return {};
    }

    Result<WayCost> cost_of_agent() const {
        const auto size = message_size_by_snmp(args_.options, nodes_.front());
        if (!size) {
            return Failure(size.error());
        }
        return cost_by_snmp(
            plans_.columns ? work_of_survey(*plans_.columns, false) : work_of_survey(plans_.objects), *size);
    }

    Result<WayCost> cost_by_programs(const std::vector<SurveyPlace>& places) const {
        if (!plans_.columns) {
            return tour_cost(plans_.objects, places);
        }
        const auto each = cost_by_snap(work_of_survey(*plans_.columns, true), transport_->journey(), 0);
        return each ? Result<WayCost>(cost_of_each(*each, places)) : each;
    }

    /// Those by SNAP before the others; with a threshold in the order given, since it says where to stop.
    [[nodiscard]] std::vector<Group> groups(const SurveyWays& ways) const {
        std::vector<Group> groups;
        if (plans_.objects.until || (plans_.columns && plans_.columns->until)) {
            for (const Target& node : nodes_) {
                if (groups.empty() || groups.back().via != ways.via(node)) {
                    groups.push_back({.via = ways.via(node), .nodes = {}});
                }
                groups.back().nodes.push_back(node);
            }
            return groups;
        }
        for (const Via via : {Via::Snap, Via::Snmp}) {
            Group group{.via = via, .nodes = {}};
            std::ranges::copy_if(nodes_, std::back_inserter(group.nodes),
                                 [&](const Target& node) { return ways.via(node) == via; });
            groups.push_back(std::move(group));
        }
        return groups;
    }

    Result<> visit_group(const Group& group, const SurveyProgress& progress, Survey& survey) {
        if (group.nodes.empty()) {
            return {};
        }
        if (survey.is_stopped) {
            survey.not_needed += group.nodes.size();
            return {};
        }
        auto done = visit_by(group, progress, survey);
        if (!done) {
            return Failure(done.error());
        }
        survey = *std::move(done);
        return {};
    }

    Result<Survey> visit_by(const Group& group, const SurveyProgress& progress, const Survey& so_far) {
        if (group.via == Via::Snap) {
            return plans_.columns
                       ? visit_columns(*transport_, *plans_.columns, group.nodes, tries_, progress, so_far)
                       : visit(*transport_, plans_.objects, group.nodes, tries_, progress, so_far);
        }
        return plans_.columns
                   ? visit_agents_columns(*agents_, *plans_.columns, group.nodes, progress, so_far)
                   : visit_agents(*agents_, plans_.objects, args_.at.reaction, group.nodes, progress, so_far);
    }

    /// Who did not answer by the way chosen may answer by the other; whoever does not, both reasons are told
    /// of.
    Result<> ask_the_other_way(const SurveyWays& ways, const SurveyProgress& progress, Survey& survey) {
        std::vector<Unanswered> before;
        std::swap(before, survey.unanswered);
        for (const Via via : {Via::Snmp, Via::Snap}) {
            Group group{.via = via, .nodes = {}};
            for (const Unanswered& missing : before) {
                const Runs runs = ways.known.at(missing.node.address).runs;
                const bool may_answer =
                    via == Via::Snmp ? agents_.has_value()
                                     : transport_ != nullptr && runs != Runs::No && runs != Runs::Silent;
                if (ways.via(missing.node) != via && may_answer && !survey.is_stopped) {
                    group.nodes.push_back(missing.node);
                }
            }
            if (auto done = visit_group(group, progress, survey); !done) {
                return done;
            }
        }
        for (const Unanswered& missing : before) {
            const auto again = std::ranges::find(survey.unanswered, missing.node.address,
                                                 [](const auto& one) { return one.node.address; });
            if (again != survey.unanswered.end()) {
                again->reason = fmt::format("{}; {}", missing.reason, again->reason);
            } else if (!survey.answered.contains(missing.node.address)) {
                survey.unanswered.push_back(missing);
            } else if (ways.via(missing.node) == Via::Snap) {
                forget(missing.node);
            }
        }
        return {};
    }

    void forget(const Target& node) const {
        if (const auto file = KnownNodes::usual_file()) {
            KnownNodes known = KnownNodes::load(*file);
            // What cannot be forgotten is forgotten with its time to live.
            static_cast<void>(known.forget(KnownNodes::name_of(args_.options.where, node.address),
                                           std::chrono::system_clock::now()));
        }
    }

    const SurveyArgs& args_;
    const Plans& plans_;
    const std::vector<Target>& nodes_;
    Tries tries_;
    std::unique_ptr<Transport> transport_;
    std::optional<Agents> agents_;
    std::string snap_refusal_;
    std::optional<Error> snmp_refusal_;
};

SurveyShape shape_of(const SurveyArgs& args, const Plans& plans) {
    SurveyShape shape{.aggregate = args.aggregate,
                      .objects = plans.objects.task.objects,
                      .has_reaction = plans.objects.task.reaction.has_value(),
                      .row_key = {}};
    if (plans.columns) {
        shape.row_key = plans.columns->query.key();
        shape.objects = plans.columns->query.shown;
    }
    return shape;
}

}  // namespace

Result<Finished> run(const SurveyArgs& args, const Streams& streams) {
    const auto plans = plans_from(args);
    if (!plans) {
        return Failure(plans.error());
    }
    const auto whereabouts = Whereabouts::look(args.options.where, args.options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    const auto nodes = find_nodes(args, *whereabouts);
    if (!nodes) {
        return Failure(nodes.error());
    }
    Surveying surveying(args, *plans, *nodes);
    if (auto opened = surveying.open(*whereabouts); !opened) {
        return Failure(opened.error());
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto ways = surveying.choose();
    if (!ways) {
        return Failure(ways.error());
    }
    Result<Survey> survey = fail(Errc::Bug, "not asked");
    {
        Progress progress(streams.err, args.at.is_progress_told);
        survey = surveying.visit_all(*ways, [&](const Survey& so_far) {
            progress.tell(fmt::format("{} of {} nodes visited, {} did not answer, {} packets", so_far.visited,
                                      nodes->size(), so_far.unanswered.size(), so_far.packets));
        });
    }
    if (!survey) {
        return Failure(survey.error());
    }
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    const SurveyShape shape = shape_of(args, *plans);
    const bool is_chosen_here = !plans->columns && args.aggregate != plans->objects.aggregate;
    const std::vector<SurveyEntry> entries =
        is_chosen_here ? choose_greatest(args.top, shape.has_reaction, *survey) : entries_of(shape, *survey);
    const PrintedSurvey printed{shape, *survey, entries, *nodes};
    if (args.options.format == Format::Json) {
        static constexpr std::array<std::string_view, 3> kWords{"snmp", "snap", "auto"};
        Json document = json_survey(printed);
        document["via"] = kWords.at(static_cast<std::size_t>(args.options.via));
        if (args.options.via == Via::Auto) {
            document["way"] = {{"reason", ways->reason}, {"details", ways->details}};
        }
        document["elapsed_us"] = elapsed.count();
        print_json(streams.out, document);
    } else {
        print_survey(printed, args.options.format, streams.out);
    }
    if (args.options.via == Via::Auto) {
        tell_ways(*survey, *ways, args.options, streams.err);
    }
    explain_survey(printed, streams.err);
    const bool has_refused =
        shape.has_reaction && std::ranges::any_of(survey->rows, [](const SurveyRow& row) {
            return !row.values.empty() && std::holds_alternative<isa::Exc>(row.values[0]);
        });
    return Finished{survey->unanswered.empty() && !has_refused ? 0 : 1};
}

}  // namespace splash::cli
