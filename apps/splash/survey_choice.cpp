#include "survey_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "flights.hpp"
#include "programs.hpp"

namespace splash::cli {
namespace {

/// What route_program() brought.
KnownNodes::Entry entry_from(const Target& node, const Result<Answer>& answer) {
    if (!answer) {
        return answer.error().code == Errc::TimedOut
                   ? KnownNodes::Entry{.runs = Runs::Silent, .because = {}}
                   : KnownNodes::Entry{.runs = Runs::No, .because = answer.error().detail};
    }
    if (const auto* const report = std::get_if<isa::Report>(&*answer)) {
        return {.runs = Runs::No, .because = describe_from(node, *report)};
    }
    KnownNodes::Entry entry{.runs = Runs::Yes, .because = {}};
    for (const isa::Value& value : std::get<Delivery>(*answer).values) {
        if (const auto* const hop = std::get_if<IpAddress>(&value)) {
            entry.route.push_back(*hop);
        }
    }
    return entry;
}

class Choosing {
public:
    explicit Choosing(const SurveyQuestion& question)
        : question_(question),
          file_(KnownNodes::usual_file()),
          remembered_(file_ ? KnownNodes::load(*file_) : KnownNodes()) {
        const auto now = std::chrono::system_clock::now();
        for (const Target& node : question.nodes) {
            auto known = remembered_.find(KnownNodes::name_of(question.options.where, node.address), now);
            places_.push_back(
                {.node = node,
                 .known = known.value_or(KnownNodes::Entry{.runs = Runs::Unknown, .because = {}}),
                 .was_known = known.has_value()});
        }
    }

    Result<SurveyWays> choose() {
        const bool has_snap = question_.transport != nullptr;
        const auto snmp = question_.snmp(places_);
        if (!has_snap && !snmp) {
            return fail(snmp.error().code,
                        fmt::format("by SNAP: {}; by SNMP: {}", question_.snap_refusal, snmp.error().detail));
        }
        if (!has_snap) {
            return settle(Via::Snmp, question_.snap_refusal);
        }
        if (!snmp) {
            return settle(Via::Snap, "no SNMP: " + snmp.error().detail);
        }
        const bool is_asked = question_.options.explain == Explain::Yes || is_worth_asking();
        if (is_asked) {
            if (auto asked = ask_for_routes(); !asked) {
                return Failure(asked.error());
            }
        }
        const std::vector<SurveyPlace> splash = that_run(Runs::Yes);
        if (splash.empty()) {
            return settle(Via::Snmp, is_asked ? "no node of the list runs Splash"
                                              : "to find out who runs Splash costs more than it could save");
        }
        const auto tour = question_.snap(splash);
        if (!tour) {
            return settle(Via::Snmp, tour.error().detail);
        }
        const auto polls = question_.snmp(splash);
        const std::string both = fmt::format("SNAP {} octets, SNMP {}", tour->octets, polls->octets);
        details_.push_back(
            fmt::format("of the {} nodes that run Splash, on all links together: SNAP {} "
                        "messages, {} octets; SNMP {} messages, {} octets",
                        splash.size(), tour->messages, tour->octets, polls->messages, polls->octets));
        return settle(saves_enough(*tour, *polls) ? Via::Snap : Via::Snmp, both);
    }

private:
    /// As choose_way().
    static bool saves_enough(const WayCost& snap, const WayCost& snmp) {
        return snap.octets <= snmp.octets && (snmp.octets - snap.octets) * 10 >= snmp.octets &&
               snmp.octets > 0;
    }

    [[nodiscard]] std::vector<SurveyPlace> that_run(Runs runs) const {
        std::vector<SurveyPlace> found;
        std::ranges::copy_if(places_, std::back_inserter(found),
                             [runs](const SurveyPlace& place) { return place.known.runs == runs; });
        return found;
    }
    /// Of which it is not known whether they run Splash, or where they are.
    [[nodiscard]] std::vector<SurveyPlace> unknown() const {
        std::vector<SurveyPlace> found;
        std::ranges::copy_if(places_, std::back_inserter(found), [](const SurveyPlace& place) {
            return place.known.runs == Runs::Unknown ||
                   (place.known.runs == Runs::Yes && place.known.route.empty());
        });
        return found;
    }

    /// If all of whom nothing is known ran Splash: would it save more than to find out costs?
    [[nodiscard]] bool is_worth_asking() const {
        const std::vector<SurveyPlace> open = unknown();
        if (open.empty()) {
            return false;
        }
        std::vector<SurveyPlace> might = that_run(Runs::Yes);
        std::ranges::copy(that_run(Runs::Unknown), std::back_inserter(might));
        const auto snap = question_.snap(might);
        const auto snmp = question_.snmp(might);
        return snap && snmp && saves_enough(*snap, *snmp) &&
               snmp->octets - snap->octets > cost_of_routes(open).octets;
    }

    Result<> ask_for_routes() {
        constexpr std::size_t kAtOnce = 32;
        const std::vector<SurveyPlace> open = unknown();
        Flights flights(*question_.transport, question_.tries, kAtOnce);
        std::map<std::string, KnownNodes::Entry> learnt;
        for (auto next = open.begin(); next != open.end() || !flights.is_empty();) {
            if (next == open.end() || flights.is_full()) {
                if (auto waited = flights.wait(); !waited) {
                    return waited;
                }
                continue;
            }
            const Target node = (next++)->node;
            auto landed = [this, node, &learnt](const Result<Answer>& answer) -> Result<> {
                const auto place = std::ranges::find(
                    places_, node.address, [](const SurveyPlace& known) { return known.node.address; });
                place->known = entry_from(node, answer);
                learnt[KnownNodes::name_of(question_.options.where, node.address)] = place->known;
                return {};
            };
            if (auto sent = flights.launch(
                    {.program = route_program(), .target = node, .retries = 0, .landed = std::move(landed)});
                !sent) {
                return sent;
            }
        }
        const auto stored =
            file_ ? remembered_.remember(learnt, std::chrono::system_clock::now()) : Result<>();
        if (!stored) {
            details_.push_back("not remembered: " + stored.error().detail);
        }
        return {};
    }

    /// The line --explain has about a node.
    [[nodiscard]] std::string describe(const SurveyPlace& place) const {
        const std::string_view since = place.was_known ? " (known from before)" : "";
        switch (place.known.runs) {
            case Runs::Yes:
                return place.known.route.empty()
                           ? fmt::format("{} runs Splash{}", place.node.to_string(), since)
                           : fmt::format("{} runs Splash{}, {} link{} away", place.node.to_string(), since,
                                         links_to(place), links_to(place) == 1 ? "" : "s");
            case Runs::No:
                return fmt::format("{} cannot be asked by SNAP{}: {}", place.node.to_string(), since,
                                   place.known.because);
            case Runs::Silent:
                return fmt::format("no Splash node answered at {}{}", place.node.to_string(), since);
            case Runs::Unknown: break;
        }
        return fmt::format("whether {} runs Splash was not asked", place.node.to_string());
    }

    /// SNAP is for those that run Splash; where there is no SNMP for all that may.
    SurveyWays settle(Via via, std::string reason) {
        SurveyWays ways{.of = {}, .reason = std::move(reason), .details = std::move(details_), .known = {}};
        const bool has_snmp = question_.snmp(places_).has_value();
        for (const SurveyPlace& place : places_) {
            const bool is_snap = via == Via::Snap && (place.known.runs == Runs::Yes || !has_snmp);
            ways.of[place.node.address] = is_snap ? Via::Snap : Via::Snmp;
            ways.known[place.node.address] = place.known;
            ways.details.push_back(describe(place));
        }
        return ways;
    }

    const SurveyQuestion& question_;
    std::optional<std::filesystem::path> file_;
    KnownNodes remembered_;
    std::vector<SurveyPlace> places_;
    std::vector<std::string> details_;
};

}  // namespace

Result<SurveyWays> choose_ways(const SurveyQuestion& question) {
    return Choosing(question).choose();
}

SurveyWays one_way(Via via, const std::vector<Target>& nodes) {
    SurveyWays ways{.of = {}, .reason = {}, .details = {}, .known = {}};
    for (const Target& node : nodes) {
        ways.of[node.address] = via;
    }
    return ways;
}

void tell_ways(const Survey& survey, const SurveyWays& ways, const Options& options, std::ostream& err) {
    if (options.explain == Explain::Yes) {
        for (const std::string& line : ways.details) {
            err << "splash: " << line << '\n';
        }
    }
    const auto by = [&survey](Via via) {
        return std::ranges::count_if(survey.answered, [via](const auto& node) { return node.second == via; });
    };
    const auto snap = by(Via::Snap);
    const auto snmp = by(Via::Snmp);
    err << fmt::format("splash: {} node{} by SNAP, {} by SNMP: {}\n", snap, snap == 1 ? "" : "s", snmp,
                       ways.reason);
}

}  // namespace splash::cli
