#include "visiting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <span>
#include <utility>

#include "flights.hpp"

namespace splash::cli {
namespace {

using Sector = std::vector<Target>;

/// The next node could not be reached from the last one; from elsewhere it might be.
bool is_of_the_way(isa::Reason reason) {
    return reason == isa::reason_from_exc(isa::Exc::NoRoute) || reason == isa::Reason::TtlExceeded;
}
bool is_of_the_node(isa::Reason reason) {
    return reason == isa::Reason::NoSplash || reason == isa::Reason::NotAdmitted;
}
/// The packet was whole when it was refused: its stack is what it had gathered.
bool is_of_the_packet(isa::Reason reason) {
    return reason == isa::reason_from_exc(isa::Exc::DoesNotFit) ||
           reason == isa::reason_from_exc(isa::Exc::NotEnoughBound) ||
           reason == isa::reason_from_exc(isa::Exc::BoundNotPositive) ||
           reason == isa::reason_from_exc(isa::Exc::NotPermitted);
}

class Visit {
public:
    Visit(Transport& transport, const SurveyPlan& plan, const Tries& tries, const SurveyProgress& progress,
          Survey so_far)
        : plan_(plan),
          tries_(tries),
          progress_(progress),
          flights_(transport, tries, plan.until ? 1 : kMostBesides),
          packets_before_(so_far.packets),
          survey_(std::move(so_far)) {}

    Result<Survey> run(const std::vector<Target>& nodes) {
        if (nodes.empty()) {
            return std::move(survey_);
        }
        waiting_.push_back(nodes);
        while (!waiting_.empty() || !flights_.is_empty()) {
            auto going = waiting_.empty() || flights_.is_full() ? flights_.wait() : launch_next();
            if (!going) {
                return Failure(going.error());
            }
            survey_.packets = packets_before_ + flights_.sent();
            progress_(survey_);
        }
        sort_by_nodes(survey_);
        return std::move(survey_);
    }

private:
    Result<> launch_next() {
        Sector sector = std::move(waiting_.front());
        waiting_.pop_front();
        if (survey_.is_stopped) {
            survey_.not_needed += sector.size();
            return {};
        }
        if (tries_.is_over()) {
            give_up(sector, "the deadline passed before it was its turn");
            return {};
        }
        const auto program = fit(sector);
        if (!program) {
            return Failure(program.error());
        }
        // A sector that falls silent is asked again in halves; only of a single node nothing else is left to
        // try.
        const unsigned retries = sector.size() > 1 ? 0 : tries_.retries;
        Target first = sector.front();
        return flights_.launch(
            {.program = *program,
             .target = std::move(first),
             .retries = retries,
             .landed = [this, sector = std::move(sector)](const Result<Answer>& answer) mutable {
                 return take_answer(std::move(sector), answer);
             }});
    }

    Result<> take_answer(Sector sector, const Result<Answer>& answer) {
        if (!answer && answer.error().code == Errc::TimedOut) {
            halve(std::move(sector), "no answer");
            return {};
        }
        if (!answer && answer.error().code == Errc::Refused) {
            drop(std::move(sector), 0, answer.error().detail);
            return {};
        }
        if (!answer) {
            return Failure(answer.error());
        }
        if (const auto* report = std::get_if<isa::Report>(&*answer)) {
            take_report(std::move(sector), *report);
            return {};
        }
        auto haul = read_survey(plan_, std::get<Delivery>(*answer).values);
        if (!haul || haul->rest.size() >= sector.size()) {
            halve(std::move(sector), "what came back is no survey");
            return {};
        }
        take(sector, *haul);
        if (haul->is_stopped) {
            survey_.is_stopped = true;
            survey_.stopped_at = sector[sector.size() - haul->rest.size() - 1].address;
            survey_.not_needed += haul->rest.size();
        } else {
            put_back({sector.end() - static_cast<std::ptrdiff_t>(haul->rest.size()), sector.end()});
        }
        return {};
    }

    /// Where there is a threshold packets follow each other, and each goes on from what is known.
    [[nodiscard]] SurveyState state_to_begin_with() const {
        return plan_.until ? survey_.state : initial_state(plan_);
    }

    /// The program for as many nodes as fit the room; the others wait.
    Result<isa::Packet> fit(Sector& sector) {
        while (true) {
            std::vector<IpAddress> rest;
            for (const Target& node : std::span(sector).subspan(1)) {
                rest.push_back(node.address);
            }
            auto program = survey_program(plan_, state_to_begin_with(), rest);
            if (!program || sector.size() == 1) {
                return program;
            }
            const std::size_t size = program->to_wire().size();
            if (size <= plan_.room) {
                return program;
            }
            const std::size_t words_too_many = (size - plan_.room + isa::kWordSize - 1) / isa::kWordSize;
            const std::size_t kept = sector.size() - std::min(sector.size() - 1, words_too_many);
            put_back({sector.begin() + static_cast<std::ptrdiff_t>(kept), sector.end()});
            sector.resize(kept);
        }
    }

    void take_report(Sector sector, const isa::Report& report) {
        auto haul = read_partial_survey(plan_, report.stack);
        const bool is_whole = haul && haul->rest.size() < sector.size() &&
                              (is_of_the_way(report.reason) || is_of_the_node(report.reason) ||
                               is_of_the_packet(report.reason));
        const std::string reason = describe_from(sector.front(), report);
        if (!is_whole) {
            // Of a large packet an ICMP error quotes the beginning only, and a faulting one may have gathered
            // half.
            const auto same = std::ranges::find(sector, report.node, &Target::address);
            if (same != sector.end() && is_of_the_node(report.reason)) {
                const auto place = static_cast<std::size_t>(same - sector.begin());
                drop(std::move(sector), place, reason, report.reason);
            } else {
                halve(std::move(sector), reason, report.reason);
            }
            return;
        }
        const std::size_t failed = sector.size() - haul->rest.size() - 1;
        const bool is_hopeless = failed == 0 || is_of_the_node(report.reason);
        haul->rest.clear();
        haul->rest.resize(sector.size() - failed);
        take(sector, *haul);
        sector.erase(sector.begin(), sector.begin() + static_cast<std::ptrdiff_t>(failed));
        if (is_hopeless) {
            const std::string why = describe_from(sector.front(), report);
            drop(std::move(sector), 0, why, report.reason);
        } else {
            put_back(std::move(sector));
        }
    }

    void take(const Sector& sector, SurveyHaul& haul) {
        const std::size_t visited = sector.size() - haul.rest.size();
        survey_.visited += visited;
        for (const Target& node : std::span(sector).first(visited)) {
            survey_.answered[node.address] = Via::Snap;
        }
        if (plan_.until) {
            survey_.state = std::move(haul.state);
        } else {
            add_state(plan_, survey_.order, haul.state, survey_.state);
        }
        std::ranges::move(haul.rows, std::back_inserter(survey_.rows));
    }

    void drop(Sector sector, std::size_t index, const std::string& reason,
              std::optional<isa::Reason> report = {}) {
        survey_.unanswered.push_back({sector[index], reason, report});
        sector.erase(sector.begin() + static_cast<std::ptrdiff_t>(index));
        put_back(std::move(sector));
    }

    void halve(Sector sector, const std::string& reason, std::optional<isa::Reason> report = {}) {
        if (sector.size() == 1) {
            drop(std::move(sector), 0, reason, report);
            return;
        }
        const auto middle = sector.begin() + static_cast<std::ptrdiff_t>(sector.size() / 2);
        put_back({middle, sector.end()});
        put_back({sector.begin(), middle});
    }

    void give_up(const Sector& sector, const std::string& reason) {
        for (const Target& node : sector) {
            survey_.unanswered.push_back({node, reason});
        }
    }

    void put_back(Sector sector) {
        if (!sector.empty()) {
            waiting_.push_front(std::move(sector));
        }
    }

    const SurveyPlan& plan_;
    Tries tries_;
    const SurveyProgress& progress_;
    std::deque<Sector> waiting_;
    Flights flights_;
    std::size_t packets_before_;
    Survey survey_;
};

}  // namespace

Survey begin_survey(const SurveyPlan& plan, const std::vector<Target>& nodes) {
    Survey survey;
    survey.state = initial_state(plan);
    for (const Target& node : nodes) {
        survey.order.emplace(node.address, survey.order.size());
    }
    return survey;
}

void sort_by_nodes(Survey& survey) {
    const auto place_of = [&survey](const IpAddress& node) {
        const auto found = survey.order.find(node);
        return found == survey.order.end() ? survey.order.size() : found->second;
    };
    std::vector<std::size_t> from(survey.rows.size());
    std::iota(from.begin(), from.end(), std::size_t{0});
    std::ranges::stable_sort(from, {}, [&](std::size_t at) { return place_of(survey.rows[at].node); });
    std::vector<SurveyRow> rows;
    rows.reserve(from.size());
    for (const std::size_t at : from) {
        rows.push_back(std::move(survey.rows[at]));
    }
    survey.rows = std::move(rows);
    std::ranges::sort(survey.unanswered, {},
                      [&](const Unanswered& node) { return place_of(node.node.address); });
}

Result<Survey> visit(Transport& transport, const SurveyPlan& plan, const std::vector<Target>& nodes,
                     const Tries& tries, const SurveyProgress& progress, Survey so_far) {
    return Visit(transport, plan, tries, progress, std::move(so_far)).run(nodes);
}

Result<Survey> visit(Transport& transport, const SurveyPlan& plan, const std::vector<Target>& nodes,
                     const Tries& tries, const SurveyProgress& progress) {
    return visit(transport, plan, nodes, tries, progress, begin_survey(plan, nodes));
}

}  // namespace splash::cli
