// What a survey found, as it is printed.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "json_output.hpp"
#include "visiting.hpp"

namespace splash::cli {

/// What was surveyed, as far as the printing goes.
struct SurveyShape {
    Gathering aggregate = Gathering::List;
    std::vector<Oid> objects;    ///< instances, or columns
    bool has_reaction = false;   ///< of a list: what came of it is each row's first value
    std::optional<Oid> row_key;  ///< of whole columns: the column whose rows they are
};

/// One line of the answer: a node's, a row's, or of all together.
struct SurveyEntry {
    std::optional<IpAddress> node;
    std::vector<isa::Value> values;
    std::optional<Oid> instance = {};  ///< of a row of a column; else empty

    [[nodiscard]] bool is_row() const { return instance.has_value(); }
};

/// What was gathered comes to this. Without a single number there is nothing to say but of a sum or a count.
[[nodiscard]] std::vector<SurveyEntry> entries_of(const SurveyShape& shape, const Survey& survey);
/// The greatest of the nodes' sums, of a survey that brought them all home; rows without one stay behind as
/// what has no number.
[[nodiscard]] std::vector<SurveyEntry> choose_greatest(unsigned count, bool has_reaction, Survey& survey);

struct PrintedSurvey {
    const SurveyShape& shape;
    const Survey& survey;
    const std::vector<SurveyEntry>& entries;
    const std::vector<Target>& nodes;
};
/// The document without what came of the choice of ways.
[[nodiscard]] Json json_survey(const PrintedSurvey& printed);
/// Text, csv or ndjson.
void print_survey(const PrintedSurvey& printed, Format format, std::ostream& out);
/// For people: what is not in the rows.
void explain_survey(const PrintedSurvey& printed, std::ostream& err);

}  // namespace splash::cli
