// A survey's visit to a node that does not run Splash: the survey's own program, executed here, with what the
// node's SNMP agent answered for its MIB. So conditions, sums and thresholds mean the same by both ways.
#pragma once

#include <map>

#include "base/address.hpp"
#include "base/error.hpp"
#include "survey_program.hpp"

namespace splash::cli {

/// What an agent answered.
struct AgentAnswers {
    std::map<Oid, isa::Value> objects;  ///< of objects_of(), as far as the visit comes to them
    isa::Value did = std::int64_t{1};   ///< what came of the survey's write
};

/// Goes on from `state` at one node. @error Reported the program failed there, as it would have on the node;
/// TooLarge the program itself
[[nodiscard]] Result<SurveyHaul> visit_agent(const SurveyPlan& plan, const SurveyState& state,
                                             const IpAddress& node, const AgentAnswers& answers);

}  // namespace splash::cli
