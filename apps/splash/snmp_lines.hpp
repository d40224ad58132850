// What net-snmp's library answered, as lines.
#pragma once

#include <vector>

#include "object_lines.hpp"
#include "snmp/manager.hpp"

namespace splash::cli {

[[nodiscard]] std::vector<Line> lines_from(const std::vector<snmp::VarBind>& binds);

}  // namespace splash::cli
