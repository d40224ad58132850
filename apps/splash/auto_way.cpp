#include "auto_way.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "known_nodes.hpp"
#include "linux/client.hpp"
#include "reaching.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

/// SNMP goes from this process, wherever programs start.
Options options_for_snmp(Options options) {
    options.where.socket.clear();
    return options;
}

Result<WayCost> measure_snmp(const Options& options, const std::string& node, const Work& work) {
    auto agent = reach_by_snmp(options_for_snmp(options), node, 0);
    if (!agent) {
        return Failure(agent.error());
    }
    return cost_by_snmp(work, [&agent](const std::vector<Binding>& bindings) {
        std::vector<std::pair<Oid, std::optional<isa::Value>>> pairs;
        pairs.reserve(bindings.size());
        for (const Binding& binding : bindings) {
            pairs.emplace_back(binding.object, binding.value);
        }
        return agent->manager.message_size(pairs);
    });
}

KnownNodes::Entry probe(const SnapNode& node) {
    Tries one = node.tries;
    one.retries = 0;
    const auto answer = ask(*node.transport, node_info_program("version", node.transport->journey()),
                            kDefaultBound, node.target, one);
    if (!answer) {
        return answer.error().code == Errc::TimedOut ? KnownNodes::Entry{Runs::Silent, {}}
                                                     : KnownNodes::Entry{Runs::No, answer.error().detail};
    }
    if (const auto* const report = std::get_if<isa::Report>(&*answer)) {
        return {Runs::No, describe_from(node.target, *report)};
    }
    return {Runs::Yes, {}};
}

std::string cost_line(std::string_view way, const std::optional<WayCost>& cost, const std::string& refusal,
                      std::size_t links) {
    if (!cost) {
        return fmt::format("{}: not possible: {}", way, refusal);
    }
    const std::string crossed = links == 0 ? ""
                                           : fmt::format(", {} on {} link{} together", cost->octets * links,
                                                         links, links == 1 ? "" : "s");
    return fmt::format("{}: {} messages, {} octets{}", way, cost->messages, cost->octets, crossed);
}

/// The Splash nodes up to the target, the first being the start; empty if that cannot be known.
std::vector<std::string> splash_nodes_on_path(const Options& options, const std::string& node) {
    const auto whereabouts = Whereabouts::look(options.where, options.patience);
    const auto target = whereabouts ? whereabouts->find(node) : Result<Target>(Failure(whereabouts.error()));
    const auto start = target ? whereabouts->start(*target) : Result<Start>(Failure(target.error()));
    if (!start || start->socket.empty()) {
        return {};
    }
    Tries one = tries_from(options.patience, 0);
    one.retries = 0;
    const auto transport = open_transport(*start, *target, one.next_deadline(), Travel::Hops);
    const auto answer = transport ? ask(**transport, path_program({}), kDefaultBound, *target, one)
                                  : Result<Answer>(Failure(transport.error()));
    if (!answer) {
        return {};
    }
    const auto* const report = std::get_if<isa::Report>(&*answer);
    const auto hops = report != nullptr ? Result<std::vector<Hop>>(hops_of(*report, 0))
                                        : read_hops(std::get<Delivery>(*answer).values, 0);
    std::vector<std::string> names;
    if (hops) {
        std::ranges::transform(*hops, std::back_inserter(names), [](const Hop& hop) {
            return fmt::format("{} ({})", name_of(hop), hop.address.to_string());
        });
    }
    return names;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text;
}

/// What is said of the target, for --explain.
std::string runs_line(const Facts& facts, bool was_known) {
    const std::string_view since = was_known ? " (known from before)" : "";
    switch (facts.runs) {
        case Runs::Yes: return fmt::format("the target runs Splash{}", since);
        case Runs::No:
            return fmt::format("the target cannot be asked by SNAP{}: {}", since, facts.runs_because);
        case Runs::Silent: return fmt::format("no Splash node answered at the target{}", since);
        case Runs::Unknown: break;
    }
    return "whether the target runs Splash was not asked";
}

}  // namespace

Result<Way> decide_way(const Options& options, const std::string& node, const Work& work) {
    Facts facts{
        .snmp = {}, .snmp_refusal = {}, .snap = {}, .snap_refusal = {}, .runs_because = {}, .probe = {}};
    Way way{.reason = {}, .details = {}, .remembered_as = {}};
    const auto snmp = measure_snmp(options, node, work);
    if (snmp) {
        facts.snmp = *snmp;
    } else {
        facts.snmp_refusal = snmp.error().detail;
    }
    bool was_known = false;
    const auto snap_node = reach_by_snap(options, node, 0);
    if (snap_node) {
        const Journey journey = snap_node->transport->journey();
        const std::size_t padded = journey == Journey::Stays ? linux::kPaddedRequest : 0;
        const auto snap = cost_by_snap(work, journey, padded);
        if (snap) {
            facts.snap = *snap;
        } else {
            facts.snap_refusal = snap.error().detail;
        }
        facts.probe = cost_of_probe(journey, padded);
        way.remembered_as = KnownNodes::name_of(options.where, snap_node->target.address);
    } else {
        facts.snap_refusal = snap_node.error().detail;
    }
    if (!snmp && !snap_node) {
        return fail(snap_node.error().code,
                    fmt::format("by SNAP: {}; by SNMP: {}", facts.snap_refusal, facts.snmp_refusal));
    }
    if (facts.snap) {
        const auto file = KnownNodes::usual_file();
        KnownNodes known = file ? KnownNodes::load(*file) : KnownNodes();
        const auto now = std::chrono::system_clock::now();
        auto entry = known.find(way.remembered_as, now);
        was_known = entry.has_value();
        if (!entry && (is_worth_probing(facts) || options.explain == Explain::Yes)) {
            entry = probe(*snap_node);
            const auto stored = file ? known.remember(way.remembered_as, *entry, now) : Result<>();
            if (!stored) {
                way.details.push_back("not remembered: " + stored.error().detail);
            }
        }
        if (entry) {
            facts.runs = entry->runs;
            facts.runs_because = entry->because;
        }
    }
    const Choice choice = choose_way(facts);
    way.via = choice.via;
    way.reason = choice.reason;
    if (options.explain == Explain::Yes) {
        const auto path = facts.snap ? splash_nodes_on_path(options, node) : std::vector<std::string>{};
        const std::size_t links = path.size() > 1 ? path.size() - 1 : 0;
        way.details.push_back(cost_line("SNMP", facts.snmp, facts.snmp_refusal, links));
        way.details.push_back(cost_line("SNAP", facts.snap, facts.snap_refusal, links));
        way.details.push_back(runs_line(facts, was_known));
        way.details.push_back(path.empty() ? "which nodes on the way run Splash is not known"
                                           : "Splash nodes on the way: " + joined(path));
        if (work.questions.empty()) {
            way.details.push_back(
                fmt::format("taken for granted: tables of {} rows, of which a condition chooses one in {}",
                            kAssumedRows, kOneIn));
        }
    }
    return way;
}

void tell_way(const Way& way, const std::string& node, const Options& options, std::ostream& err) {
    if (options.explain == Explain::Yes) {
        for (const std::string& line : way.details) {
            err << "splash: " << line << '\n';
        }
    }
    err << fmt::format("splash: {} by {}: {}\n", node, way.via == Via::Snap ? "SNAP" : "SNMP", way.reason);
}

Json json_way(const Way& way) {
    return {
        {"via", way.via == Via::Snap ? "snap" : "snmp"}, {"reason", way.reason}, {"details", way.details}};
}

bool is_no_answer(const Error& error) {
    switch (error.code) {
        case Errc::TimedOut:
        case Errc::NoDaemon:
        case Errc::Refused:
        case Errc::Reported:
        case Errc::Unsupported:
        case Errc::Usage:  // what SNMP wants to know of its options
        case Errc::System:
        case Errc::TooLarge: return true;
        default: return false;
    }
}

void forget_node(const Way& way) {
    const auto file = KnownNodes::usual_file();
    if (file && !way.remembered_as.empty()) {
        KnownNodes known = KnownNodes::load(*file);
        // What cannot be forgotten is forgotten with its time to live.
        static_cast<void>(known.forget(way.remembered_as, std::chrono::system_clock::now()));
    }
}

}  // namespace splash::cli
