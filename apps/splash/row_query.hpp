// Which rows of a table are wanted, and what of them: one question, whether the node or this process answers
// it.
//
// The rows are those of one column, the key: the first that is shown, else the one that is aggregated, else
// the first the condition names. What a row has not got in another column is missing there, which makes
// comparisons false and is left out of sums and orders. Columns of another table that is indexed alike may be
// named too (ifTable's rows with ifXTable's ifHCInOctets).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/oid.hpp"
#include "condition.hpp"
#include "isa/value.hpp"

namespace splash::cli {

/// What is made of all rows together.
struct Aggregate {
    enum class Function : std::uint8_t { Count, Sum, Average, Minimum, Maximum, Top };
    Function function = Function::Count;
    std::optional<Oid> column;  ///< none for Count
    unsigned most = 1;          ///< rows, for Top

    /// Minimum, Maximum, Top: the answer is rows.
    [[nodiscard]] bool picks_rows() const { return function >= Function::Minimum; }
};
[[nodiscard]] std::string_view name_of(Aggregate::Function function);

/// As a node's `gt` has it, of numbers. A column's values are all integers or all floats.
[[nodiscard]] bool is_greater(const isa::Value& a, const isa::Value& b);

/// A listed name with something behind it, or in figures anything that is no listed object: a single
/// instance. `entry`: what lies one arc below it is a column in any case.
[[nodiscard]] bool is_instance(const Oid& object, const Oid& entry);

struct RowQuery {
    Oid entry;
    std::vector<Oid> shown;  ///< columns; none where only a number is wanted
    std::optional<Condition> where;
    std::optional<Aggregate> aggregate;

    [[nodiscard]] const Oid& key() const;
    /// All columns it needs, the key first, each once.
    [[nodiscard]] std::vector<Oid> columns() const;
    /// Single instances the condition names.
    [[nodiscard]] std::vector<Oid> instances() const;
};

/// A row that is wanted. An exception stands for what it has not got.
struct ChosenRow {
    Oid instance;  ///< of the key column
    std::vector<isa::Value>
        values;  ///< one for each column shown; of a row that was picked its aggregated value
};

/// What the rows come to.
struct RowAnswer {
    std::vector<ChosenRow> rows;  ///< in order of their index; picked ones best first
    std::int64_t count = 0;       ///< of wanted rows; of a Sum or Average those that have the column
    isa::Value sum = std::int64_t{0};

    /// Of Count, Sum or Average; nullopt: the average of nothing.
    [[nodiscard]] std::optional<isa::Value> number(Aggregate::Function function) const;
};

/// Takes in what nodes or this process have counted, picked and added up.
class RowTally {
public:
    explicit RowTally(const RowQuery& query) : query_(query) {}

    /// One row with the values of query.columns() and query.instances().
    /// @error BadInput values the condition or the aggregate cannot deal with
    [[nodiscard]] Result<> consider(const Oid& instance, const std::vector<isa::Value>& columns,
                                    const std::vector<isa::Value>& instances);
    void take_row(ChosenRow row) { answer_.rows.push_back(std::move(row)); }
    void add(std::int64_t count, const isa::Value& sum);
    /// Keeps it if it is among the best.
    void pick(const Oid& instance, const isa::Value& value);

    [[nodiscard]] const RowAnswer& so_far() const { return answer_; }
    [[nodiscard]] RowAnswer take() { return std::move(answer_); }

private:
    const RowQuery& query_;
    RowAnswer answer_;
};

}  // namespace splash::cli
