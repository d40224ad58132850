#include "survey_printing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <span>
#include <utility>

#include "table_cells.hpp"
#include "table_text.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

std::string_view word_of(Gathering aggregate) {
    switch (aggregate) {
        case Gathering::Sum: return "sum";
        case Gathering::Average: return "avg";
        case Gathering::Minimum: return "min";
        case Gathering::Maximum: return "max";
        case Gathering::Top: return "top";
        case Gathering::Count: return "count";
        case Gathering::List: return "list";
    }
    return "";
}

/// How the operator called the nodes.
class Names {
public:
    explicit Names(const std::vector<Target>& nodes) {
        for (const Target& node : nodes) {
            names_[node.address] = node.text;
        }
    }
    [[nodiscard]] std::string operator()(const IpAddress& address) const {
        const auto known = names_.find(address);
        return known == names_.end() ? address.to_string() : known->second;
    }

private:
    std::map<IpAddress, std::string> names_;
};

/// A row's index, as it stands behind its column's OID: "3", "10.9.0.7".
std::string index_of(const SurveyShape& shape, const Oid& instance) {
    const std::string column = shape.row_key->to_string();
    return instance.to_string().substr(std::min(column.size() + 1, instance.to_string().size()));
}

/// The cell of a row in another column.
Oid cell_of(const SurveyShape& shape, const Oid& column, const Oid& instance) {
    std::vector<std::uint32_t> subids(column.subids().begin(), column.subids().end());
    const auto index = instance.subids().subspan(shape.row_key->subids().size());
    subids.insert(subids.end(), index.begin(), index.end());
    return Oid::from_subids(subids).value_or(column);
}

Oid object_of(const SurveyShape& shape, const SurveyEntry& entry, std::size_t i) {
    return entry.is_row() ? cell_of(shape, shape.objects[i], *entry.instance) : shape.objects[i];
}

Json json_place(const std::optional<IpAddress>& node, const Names& names) {
    return node ? Json{{"node", names(*node)}, {"address", node->to_string()}}
                : Json{{"node", nullptr}, {"address", nullptr}};
}

Json json_entry(const SurveyShape& shape, const SurveyEntry& entry, const Names& names) {
    Json row = json_place(entry.node, names);
    if (entry.is_row()) {
        row["index"] = index_of(shape, *entry.instance);
    }
    if (shape.aggregate != Gathering::List) {
        row["value"] = json_value(entry.values.front());
        return row;
    }
    const std::size_t first = shape.has_reaction ? 1 : 0;
    row["did"] = first == 1 ? json_typed(entry.values.front()) : Json(nullptr);
    row["results"] = Json::array();
    for (std::size_t i = 0; i + first < entry.values.size(); ++i) {
        const Oid object = object_of(shape, entry, i);
        const isa::Value& value = entry.values[i + first];
        row["results"].push_back(json_object(object, print_value(object, value).type, value));
    }
    return row;
}

/// An average with as many digits as it has, others as they are.
std::string figure_text(const isa::Value& value) {
    const auto* const average = std::get_if<double>(&value);
    return average != nullptr ? fmt::format("{}", *average) : isa::to_string(value);
}

std::vector<std::string> header_of(const SurveyShape& shape) {
    std::vector<std::string> header{"node", "address"};
    const bool has_rows = shape.row_key && shape.aggregate != Gathering::Sum &&
                          shape.aggregate != Gathering::Average && shape.aggregate != Gathering::Count;
    if (has_rows) {
        header.emplace_back("index");
    }
    if (shape.aggregate != Gathering::List) {
        header.emplace_back(word_of(shape.aggregate));
        return header;
    }
    if (shape.has_reaction) {
        header.emplace_back("did");
    }
    for (const Oid& object : shape.objects) {
        header.push_back(print_object(object));
    }
    return header;
}

std::vector<std::string> cells_of(const SurveyShape& shape, const SurveyEntry& entry, const Names& names) {
    std::vector<std::string> cells{entry.node ? names(*entry.node) : "",
                                   entry.node ? entry.node->to_string() : ""};
    if (entry.is_row()) {
        cells.push_back(index_of(shape, *entry.instance));
    }
    const std::size_t first = shape.aggregate == Gathering::List && shape.has_reaction ? 1 : 0;
    for (std::size_t i = 0; i < entry.values.size(); ++i) {
        const bool is_object = shape.aggregate == Gathering::List && i >= first;
        cells.push_back(is_object ? print_value(object_of(shape, entry, i - first), entry.values[i]).text
                                  : figure_text(entry.values[i]));
    }
    return cells;
}

void print_text(const PrintedSurvey& printed, const Names& names, std::ostream& out) {
    const Gathering aggregate = printed.shape.aggregate;
    if (aggregate == Gathering::Sum || aggregate == Gathering::Average || aggregate == Gathering::Count) {
        out << (printed.entries.empty() ? "no number" : figure_text(printed.entries.front().values.front()))
            << '\n';
        return;
    }
    std::vector<std::vector<std::string>> rows{header_of(printed.shape)};
    const std::size_t fixed = aggregate == Gathering::List ? (printed.shape.row_key ? 3 : 2) : rows[0].size();
    rows[0].back() = aggregate == Gathering::List ? rows[0].back() : "value";
    for (std::size_t i = 0; i < fixed; ++i) {
        std::ranges::transform(rows[0][i], rows[0][i].begin(),
                               [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    }
    for (const SurveyEntry& entry : printed.entries) {
        rows.push_back(cells_of(printed.shape, entry, names));
    }
    out << print_table(rows, {});
}

void print_csv(const PrintedSurvey& printed, const Names& names, std::ostream& out) {
    const auto print = [&out](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            out << (i == 0 ? "" : ",") << csv_field(cells[i]);
        }
        out << '\n';
    };
    print(header_of(printed.shape));
    for (const SurveyEntry& entry : printed.entries) {
        print(cells_of(printed.shape, entry, names));
    }
}

/// Rows that are no part of the answer: of nodes whose value is no number.
bool has_strange_rows(const SurveyShape& shape) {
    return shape.aggregate != Gathering::List && !shape.row_key;
}

/// A survey of columns: the answer is in its rows.
std::vector<SurveyEntry> entries_of_rows(const Survey& survey) {
    std::vector<SurveyEntry> entries;
    for (const SurveyRow& row : survey.rows) {
        entries.push_back({row.node, row.values, row.instance});
    }
    return entries;
}

}  // namespace

std::vector<SurveyEntry> entries_of(const SurveyShape& shape, const Survey& survey) {
    const SurveyState& state = survey.state;
    const std::int64_t count = count_of(state);
    switch (shape.aggregate) {
        case Gathering::Sum:
        case Gathering::Count: return {{{}, {state[0]}}};
        case Gathering::Average: {
            const auto* const sum = std::get_if<std::int64_t>(state.data());
            if (count == 0 || sum == nullptr) {
                return {};
            }
            return {{{}, {static_cast<double>(*sum) / static_cast<double>(count)}}};
        }
        case Gathering::Minimum:
        case Gathering::Maximum:
        case Gathering::Top: {
            if (shape.row_key) {
                return entries_of_rows(survey);
            }
            std::vector<SurveyEntry> entries;
            for (std::size_t at = state.size() - 1; at >= 2; at -= 2) {
                if (const auto* const node = std::get_if<IpAddress>(&state[at - 1])) {
                    entries.push_back({*node, {state[at - 2]}});
                }
            }
            return entries;
        }
        case Gathering::List: return entries_of_rows(survey);
    }
    return {};
}

std::vector<SurveyEntry> choose_greatest(unsigned count, bool has_reaction, Survey& survey) {
    std::vector<std::pair<std::int64_t, IpAddress>> sums;
    std::vector<SurveyRow> others;
    for (SurveyRow& row : survey.rows) {
        if (has_reaction && !std::holds_alternative<isa::Exc>(row.values.front())) {
            row.values.erase(row.values.begin());  // what came of the write
        }
        const auto strange = std::ranges::find_if_not(
            row.values, [](const isa::Value& value) { return std::holds_alternative<std::int64_t>(value); });
        if (strange != row.values.end()) {
            others.push_back({row.node, {*strange}});
            continue;
        }
        std::uint64_t sum = 0;  // wraps as on a node
        for (const isa::Value& value : row.values) {
            sum += static_cast<std::uint64_t>(std::get<std::int64_t>(value));
        }
        sums.emplace_back(static_cast<std::int64_t>(sum), row.node);
    }
    survey.state = {static_cast<std::int64_t>(sums.size())};
    std::ranges::stable_sort(sums, std::ranges::greater(), &std::pair<std::int64_t, IpAddress>::first);
    std::vector<SurveyEntry> entries;
    for (const auto& [sum, node] : std::span(sums).first(std::min<std::size_t>(sums.size(), count))) {
        entries.push_back({node, {sum}});
    }
    survey.rows = std::move(others);
    return entries;
}

Json json_survey(const PrintedSurvey& printed) {
    const Survey& survey = printed.survey;
    const Names names(printed.nodes);
    Json rows = Json::array();
    for (const SurveyEntry& entry : printed.entries) {
        rows.push_back(json_entry(printed.shape, entry, names));
    }
    Json not_numbers = Json::array();
    if (has_strange_rows(printed.shape)) {
        for (const SurveyRow& row : survey.rows) {
            Json missing = json_place(row.node, names);
            missing["value"] = json_typed(row.values.front());
            not_numbers.push_back(missing);
        }
    }
    Json answered = Json::array();
    for (const Target& node : printed.nodes) {
        if (const auto found = survey.answered.find(node.address); found != survey.answered.end()) {
            Json one = json_place(node.address, names);
            one["via"] = found->second == Via::Snap ? "snap" : "snmp";
            answered.push_back(one);
        }
    }
    Json unanswered = Json::array();
    for (const Unanswered& node : survey.unanswered) {
        Json missing = json_place(node.node.address, names);
        missing["reason"] = node.reason;
        unanswered.push_back(missing);
    }
    return {{"aggregate", word_of(printed.shape.aggregate)},
            {"nodes", printed.nodes.size()},
            {"visited", survey.visited},
            {"counted", count_of(survey.state)},
            {"rows", rows},
            {"not_numbers", not_numbers},
            {"answered", answered},
            {"unanswered", unanswered},
            {"stopped_at", survey.is_stopped ? json_place(survey.stopped_at, names) : Json(nullptr)},
            {"not_needed", survey.not_needed},
            {"packets", survey.packets},
            {"complete", survey.unanswered.empty()}};
}

void print_survey(const PrintedSurvey& printed, Format format, std::ostream& out) {
    const Names names(printed.nodes);
    switch (format) {
        case Format::Text: print_text(printed, names, out); break;
        case Format::Json: print_json(out, json_survey(printed)); break;
        case Format::Csv: print_csv(printed, names, out); break;
        case Format::Ndjson:
            for (const SurveyEntry& entry : printed.entries) {
                out << json_entry(printed.shape, entry, names)
                           .dump(-1, ' ', false, Json::error_handler_t::replace)
                    << '\n';
            }
            break;
    }
}

void explain_survey(const PrintedSurvey& printed, std::ostream& err) {
    const Survey& survey = printed.survey;
    const Names names(printed.nodes);
    if (has_strange_rows(printed.shape)) {
        for (const SurveyRow& row : survey.rows) {
            err << fmt::format("{} has no number: {}\n", names(row.node), isa::to_string(row.values.front()));
        }
    }
    for (const Unanswered& node : survey.unanswered) {
        err << fmt::format("{} was not visited: {}\n", node.node.to_string(), node.reason);
    }
    if (survey.is_stopped) {
        err << fmt::format("the threshold was reached at {}; {} nodes were not needed\n",
                           names(survey.stopped_at), survey.not_needed);
    }
    err << fmt::format("{} of {} nodes visited, {} counted, {} packet{}\n", survey.visited,
                       printed.nodes.size(), count_of(survey.state), survey.packets,
                       survey.packets == 1 ? "" : "s");
}

}  // namespace splash::cli
