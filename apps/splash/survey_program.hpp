// The packet that `splash survey` sends: programs/survey.snap with its sections filled in, and what it brings
// home.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "arguments.hpp"
#include "base/address.hpp"
#include "base/error.hpp"
#include "condition.hpp"
#include "isa/packet.hpp"
#include "isa/value.hpp"
#include "node_task.hpp"

namespace splash::cli {

struct SurveyPlan {
    Gathering aggregate = Gathering::List;
    NodeTask task;     ///< a list has each of its objects, an aggregate their sum at a node
    unsigned top = 0;  ///< for Top: so many
    std::optional<Condition> until;
    std::size_t room = 0;  ///< octets at which a packet goes home early
};

/// What an operator's word for a threshold means: "sum > 1000" asks for what was gathered so far, not for an
/// object.
/// @error BadInput as Condition::parse(), or the aggregate has no such figure
[[nodiscard]] Result<Condition> parse_threshold(Gathering aggregate, std::string_view text);

/// "sum", "count", "avg", "min" or "max" where an object of a threshold stands for that figure of what was
/// gathered.
[[nodiscard]] std::optional<std::string_view> figure_of(const Oid& object);
/// What a node's agent is asked for, each object once; at least one.
[[nodiscard]] std::vector<Oid> objects_of(const SurveyPlan& plan);

/// A node by itself: a row of a list, or one whose value is no number.
struct SurveyRow {
    IpAddress node;
    std::vector<isa::Value> values;
    std::optional<Oid> instance = {};  ///< of a survey of columns: the row, in the column it goes by
};

/// What was gathered: bottom of the stack first, as the packet carries it; the last one counts.
///   Sum, Average      sum, count
///   Minimum, Maximum  best, node, count
///   Top               value and node of the last ... of the first, count
///   Count, List       count
using SurveyState = std::vector<isa::Value>;
[[nodiscard]] SurveyState initial_state(const SurveyPlan& plan);
[[nodiscard]] std::int64_t count_of(const SurveyState& state);

/// A packet for the destination it is sent to, then for `rest` in that order. Going on from `state`.
/// @error TooLarge the constants are more than instructions can name
[[nodiscard]] Result<isa::Packet> survey_program(const SurveyPlan& plan, const SurveyState& state,
                                                 const std::vector<IpAddress>& rest);

struct SurveyHaul {
    std::vector<IpAddress> rest;  ///< not visited, in order
    std::vector<SurveyRow> rows;  ///< in the order of the visit
    SurveyState state;
    bool is_stopped = false;  ///< by the threshold
};
/// Reads a delivery's values, bottom first; nullopt if the program did not make them.
[[nodiscard]] std::optional<SurveyHaul> read_survey(const SurveyPlan& plan,
                                                    const std::vector<isa::Value>& values);
/// The same of a report's stack, top first: of a packet that was refused on its way, or part of one.
[[nodiscard]] std::optional<SurveyHaul> read_partial_survey(const SurveyPlan& plan,
                                                            const std::vector<isa::Value>& stack);

}  // namespace splash::cli
