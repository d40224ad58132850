// The cells of a table as they come from an agent, column by column, until they are rows.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/error.hpp"
#include "base/oid.hpp"
#include "isa/value.hpp"
#include "row_query.hpp"

namespace splash::cli {

class RowCells {
public:
    /// `query` must outlive this.
    explicit RowCells(const RowQuery& query);

    /// A cell of one of query.columns(); others are left out.
    void take(const Oid& object, const isa::Value& value);
    /// Gives all rows to the tally. `instances`: values of query.instances().
    /// @error BadInput values the condition or the aggregate cannot deal with
    [[nodiscard]] Result<> tally(const std::vector<isa::Value>& instances, RowTally& tally) const;

private:
    /// All that one column has, by index.
    using Column = std::map<std::vector<std::uint32_t>, isa::Value>;

    const RowQuery& query_;
    std::vector<Oid> columns_;
    std::vector<Column> cells_;
};

}  // namespace splash::cli
