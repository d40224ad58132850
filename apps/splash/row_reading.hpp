// Rows of a table chosen, counted or picked: by SNAP on the node itself, by SNMP here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "base/error.hpp"
#include "row_query.hpp"

namespace splash::cli {

/// What the operator asked; which columns there are is found out on the way.
struct RowRequest {
    const Options& options;
    const std::string& node;
    Oid root;                  ///< a table or its entry
    std::vector<Oid> columns;  ///< to be shown; none: all the agent has
    std::optional<Condition> where;
    std::optional<Aggregate> aggregate;
    Ordering ordering{};
};

/// What came, also when something went wrong behind it.
struct RowsRead {
    std::vector<Oid> columns;    ///< of the rows' values
    std::size_t key_length = 0;  ///< arcs in front of a row's index
    RowAnswer answer;
    std::optional<Error> error;
};

/// @param via  Snmp or Snap
/// @error before anything came: what reaching the node and the columns say; BadInput it is no table
[[nodiscard]] Result<RowsRead> read_rows(const RowRequest& request, Via via);

}  // namespace splash::cli
