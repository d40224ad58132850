#include <fmt/format.h>

#include <utility>

#include "column_survey.hpp"
#include "flights.hpp"
#include "row_program.hpp"

namespace splash::cli {
namespace {

/// Where there is a threshold fewer are asked for nothing.
constexpr std::size_t kBesidesWithThreshold = 4;

class ColumnVisit {
public:
    ColumnVisit(Transport& transport, const ColumnPlan& plan, const std::vector<Target>& nodes,
                const Tries& tries, Survey so_far)
        : transport_(transport),
          plan_(plan),
          nodes_(nodes),
          tries_(tries),
          flights_(transport, tries, plan.until ? kBesidesWithThreshold : kMostBesides),
          gathering_(plan, nodes, Via::Snap, std::move(so_far)) {}

    Result<Survey> run(const SurveyProgress& progress) {
        readings_.reserve(nodes_.size());
        while (!gathering_.is_over()) {
            const bool is_one_more = !flights_.is_full() && readings_.size() < nodes_.size();
            if (is_one_more) {
                readings_.push_back({.tally = RowTally(plan_.query), .after = plan_.query.key()});
            }
            auto going = is_one_more ? launch(readings_.size() - 1) : flights_.wait();
            if (!going) {
                return Failure(going.error());
            }
            progress(gathering_.so_far());
        }
        gathering_.count_packets(flights_.sent());
        return gathering_.take();
    }

private:
    /// How far a node's rows are known.
    struct Reading {
        RowTally tally;
        Oid after;
        std::size_t room = kRoomyPacket;      ///< that turned out to fit
        std::size_t room_now = kRoomyPacket;  ///< of this try
        unsigned tried = 0;
    };

    Result<> launch(std::size_t index) {
        Reading& reading = readings_[index];
        const auto program = row_program(plan_.query, reading.after, reading.room_now, transport_.journey());
        if (!program) {
            return Failure(program.error());
        }
        return flights_.launch(
            {.program = *program,
             .target = nodes_[index],
             .retries = 0,  // the next try has less room
             .landed = [this, index](const Result<Answer>& answer) { return take(index, answer); }});
    }

    Result<> take(std::size_t index, const Result<Answer>& answer) {
        Reading& reading = readings_[index];
        const Target& node = nodes_[index];
        if (!answer && answer.error().code == Errc::TimedOut) {
            ++reading.tried;
            if (reading.tried > tries_.retries || tries_.is_over()) {
                gathering_.failed(index, "no answer");
                return {};
            }
            reading.room_now = narrower(reading.room_now);  // a large answer may be what gets lost
            return launch(index);
        }
        if (!answer && answer.error().code == Errc::Refused) {
            gathering_.failed(index, answer.error().detail);
            return {};
        }
        if (!answer) {
            return Failure(answer.error());
        }
        if (const auto* const report = std::get_if<isa::Report>(&*answer)) {
            if (!is_too_much(*report) || reading.room_now == 0) {
                gathering_.failed(index, describe_from(node, *report));
                return {};
            }
            reading.room = reading.room_now = narrower(reading.room_now);
            return launch(index);
        }
        const auto next =
            read_rows(plan_.query, reading.after, std::get<Delivery>(*answer), node, reading.tally);
        if (!next) {
            gathering_.failed(index, next.error().detail);
            return {};
        }
        if (!*next) {
            gathering_.came(index, reading.tally.take());
            return {};
        }
        reading.after = **next;
        reading.room_now = reading.room;
        reading.tried = 0;
        return launch(index);
    }

    Transport& transport_;
    const ColumnPlan& plan_;
    const std::vector<Target>& nodes_;
    Tries tries_;
    Flights flights_;
    ColumnGathering gathering_;
    std::vector<Reading> readings_;  ///< of the nodes so far
};

}  // namespace

Result<Survey> visit_columns(Transport& transport, const ColumnPlan& plan, const std::vector<Target>& nodes,
                             const Tries& tries, const SurveyProgress& progress, Survey so_far) {
    return ColumnVisit(transport, plan, nodes, tries, std::move(so_far)).run(progress);
}

}  // namespace splash::cli
