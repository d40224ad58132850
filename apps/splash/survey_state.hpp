// What surveys have gathered, put together: packets that went beside each other each bring a part.
#pragma once

#include <cstddef>
#include <map>

#include "base/address.hpp"
#include "survey_program.hpp"

namespace splash::cli {

/// The place of every node in the operator's list: of equal values the first node's counts, as it would for
/// one packet that visits them in that order.
using VisitOrder = std::map<IpAddress, std::size_t>;

/// `all` together with what another packet gathered that began at initial_state(), at other nodes.
void add_state(const SurveyPlan& plan, const VisitOrder& order, const SurveyState& more, SurveyState& all);

}  // namespace splash::cli
