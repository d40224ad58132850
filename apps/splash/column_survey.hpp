// A survey of whole columns: every node goes through its rows, or its agent's rows are gone through here, and
// what they come to is put together node by node.
//
// A packet that travels would carry along the place of every row it has passed; a node's rows are a program's
// own work (row_program.hpp), and the nodes do it beside each other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "base/error.hpp"
#include "row_query.hpp"
#include "visiting.hpp"

namespace splash::cli {

struct ColumnPlan {
    Gathering aggregate = Gathering::List;
    RowQuery query;
    std::optional<Condition> until;  ///< of figures only
};

/// A listed name without an instance behind it.
[[nodiscard]] bool is_column(const Oid& object);

/// The plan of a survey that names columns; nullopt: it names instances only.
/// @error BadInput columns and instances beside each other, several columns for a number, a column that has
/// no numbers, a threshold that asks for an object; Usage --do, --top beyond kMostTop
[[nodiscard]] Result<std::optional<ColumnPlan>> read_column_plan(const SurveyArgs& args,
                                                                 const NodeTask& task);

/// Nothing gathered so far.
[[nodiscard]] Survey begin_survey(const ColumnPlan& plan, const std::vector<Target>& nodes);

/// Puts together what nodes' rows come to, in the order of the nodes whoever is ready first: so that a
/// threshold is reached at the same node however they are asked.
///
/// In the survey's state are sum and count, or only the count: of rows; of Minimum, Maximum and Top of nodes
/// that have any. In its rows are those listed, or picked, best first.
class ColumnGathering {
public:
    /// `via`: how these nodes are asked.
    ColumnGathering(const ColumnPlan& plan, const std::vector<Target>& nodes, Via via, Survey so_far);

    /// Each node once, or not at all once is_over().
    void came(std::size_t node, RowAnswer answer);
    void failed(std::size_t node, std::string reason);
    /// All nodes came, or the threshold was reached.
    [[nodiscard]] bool is_over() const { return survey_.is_stopped || next_ == nodes_.size(); }

    [[nodiscard]] const Survey& so_far() const { return survey_; }
    void count_packets(std::size_t more) { survey_.packets += more; }
    [[nodiscard]] Survey take();

private:
    struct Came {
        std::optional<RowAnswer> answer;
        std::string failure;
        bool is_known = false;
    };
    void settle();
    void add(const Target& node, const RowAnswer& answer);
    [[nodiscard]] bool is_reached() const;

    const ColumnPlan& plan_;
    const std::vector<Target>& nodes_;
    Via via_;
    Survey survey_;
    std::vector<Came> came_;
    std::size_t next_ = 0;  ///< the first node that is not in the survey yet
};

/// By SNAP: a program on every node, up to kMostBesides at once. What does not fit a packet is asked for in
/// several.
/// @error what Transport says of the own node; TooLarge the program itself
[[nodiscard]] Result<Survey> visit_columns(Transport& transport, const ColumnPlan& plan,
                                           const std::vector<Target>& nodes, const Tries& tries,
                                           const SurveyProgress& progress, Survey so_far);

}  // namespace splash::cli
