// visit_columns() by SNMP: the columns of all agents at once by GETBULK; the rows are gone through here.
#pragma once

#include <vector>

#include "agents.hpp"
#include "column_survey.hpp"

namespace splash::cli {

/// @error System
[[nodiscard]] Result<Survey> visit_agents_columns(Agents& agents, const ColumnPlan& plan,
                                                  const std::vector<Target>& nodes,
                                                  const SurveyProgress& progress, Survey so_far);

}  // namespace splash::cli
