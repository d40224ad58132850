// Objects and their values as lines of net-snmp's tools, whichever way they came.
#pragma once

#include <string>
#include <vector>

#include "asking.hpp"
#include "base/oid.hpp"
#include "isa/value.hpp"

namespace splash::cli {

/// An object and what came of it, as it is printed.
struct Line {
    Oid object;
    isa::Value value;
    std::string type;  ///< as net-snmp prints it
    std::string text;  ///< likewise, the whole
};

[[nodiscard]] std::vector<Line> lines_from(const std::vector<ObjectAnswer>& answers);

}  // namespace splash::cli
