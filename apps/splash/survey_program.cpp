#include "survey_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <string>

#include "base/assert.hpp"
#include "shipped_programs.hpp"

namespace splash::cli {
namespace {

/// What an empty place among the first N holds: every number is larger.
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

/// Figures of what was gathered, under the arc for examples (ITU-T X.660): no agent's object is called so.
struct Figure {
    std::string_view word;
    std::string_view oid;
};
constexpr auto kFigures = std::to_array<Figure>({{"sum", ".2.999.1"},
                                                 {"count", ".2.999.2"},
                                                 {"avg", ".2.999.3"},
                                                 {"min", ".2.999.4"},
                                                 {"max", ".2.999.5"}});

std::size_t size_of_state(const SurveyPlan& plan) {
    switch (plan.aggregate) {
        case Gathering::Sum:
        case Gathering::Average: return 2;
        case Gathering::Minimum:
        case Gathering::Maximum: return 3;
        case Gathering::Top: return 2 * std::size_t{plan.top} + 1;
        case Gathering::Count:
        case Gathering::List: return 1;
    }
    return 0;
}

/// The code that pushes a figure, of a stack with `above` values on the gathered state. Empty: there is none.
std::string figure_lines(Gathering aggregate, std::string_view oid, std::size_t above) {
    const auto is = [oid](std::string_view word) {
        return std::ranges::any_of(kFigures, [&](const Figure& f) { return f.word == word && f.oid == oid; });
    };
    const bool sums = aggregate == Gathering::Sum || aggregate == Gathering::Average;
    if (is("count")) {
        return assembly_line("pull", above);
    }
    if (is("sum") && sums) {
        return assembly_line("pull", above + 1);
    }
    if (is("avg") && sums) {
        return assembly_line("pull", above + 1) + assembly_line("pull", above + 1) + assembly_line("div");
    }
    if ((is("min") && aggregate == Gathering::Minimum) || (is("max") && aggregate == Gathering::Maximum)) {
        return assembly_line("pull", above + 2);
    }
    if (is("max") && aggregate == Gathering::Top) {
        return assembly_line("pull", above + 2);
    }
    return {};
}

/// The code of a condition on top of the gathered state.
std::string lines_of(const SurveyPlan& plan, const Condition& condition) {
    return condition_lines(condition, [&plan](const Oid& object, std::size_t above) {
        return figure_lines(plan.aggregate, object.to_string(), above);
    });
}

std::string where_section(const SurveyPlan& plan) {
    return plan.task.where ? lines_of(plan, *plan.task.where) + assembly_line("bez", "next-pc")
                           : std::string();
}

/// A refusal is remembered as a value that is no number; a list tells what came of it in any case.
std::string react_section(const SurveyPlan& plan) {
    if (!plan.task.reaction) {
        return {};
    }
    std::string lines = reaction_lines(*plan.task.reaction);
    if (plan.aggregate != Gathering::List) {
        lines += assembly_line("pull", 0U) + assembly_line("isx") + assembly_line("bne", "missing-pc") +
                 assembly_line("pop");
    }
    return lines;
}

std::string value_section(const SurveyPlan& plan) {
    std::string lines;
    for (const Oid& object : plan.task.objects) {
        lines += get_lines(object);
        if (plan.aggregate != Gathering::List && &object != plan.task.objects.data()) {
            lines += assembly_line("add");
        }
    }
    if (plan.aggregate != Gathering::List && plan.aggregate != Gathering::Count) {
        lines += assembly_line("pull", 0U) + assembly_line("isint") + assembly_line("bez", "missing-pc");
    }
    return lines;
}

/// rows best node count value; the first value is the best so far.
std::string best_lines(std::string_view comparison) {
    return assembly_line("pull", 1) + assembly_line("bez", "take-pc") + assembly_line("pull", 0U) +
           assembly_line("pull", 4) + assembly_line(comparison) + assembly_line("bez", "keep-pc") +
           "take:\n" + assembly_line("getdst") + assembly_line("store", 3) + assembly_line("store", 3) +
           assembly_line("ji", "taken-pc") + "keep:\n" + assembly_line("pop") + "taken:\n" +
           assembly_line("addi", 1);
}

/// ... value2 node2 value1 node1 count value: past every place, the greater of the two stays in it.
std::string top_lines(unsigned top) {
    std::string lines = assembly_line("getdst");
    for (unsigned i = 1; i <= top; ++i) {
        const std::size_t node = 1 + 2 * std::size_t{i};
        const std::size_t value = node + 1;
        const std::string below = fmt::format("below{}", i);
        lines += assembly_line("pull", 1) + assembly_line("pull", value + 1) + assembly_line("gt") +
                 assembly_line("bez", below + "-pc");
        lines += assembly_line("pull", value) + assembly_line("pull", 2) + assembly_line("store", value + 2) +
                 assembly_line("store", 2);
        lines += assembly_line("pull", node) + assembly_line("pull", 1) + assembly_line("store", node + 2) +
                 assembly_line("store", 1);
        lines += below + ":\n";
    }
    return lines + assembly_line("popi", 2) + assembly_line("addi", 1);
}

std::string aggregate_section(const SurveyPlan& plan) {
    switch (plan.aggregate) {
        case Gathering::Sum:
        case Gathering::Average:
            return assembly_line("pull", 2) + assembly_line("add") + assembly_line("store", 2) +
                   assembly_line("addi", 1);
        case Gathering::Minimum: return best_lines("lt");
        case Gathering::Maximum: return best_lines("gt");
        case Gathering::Top: return top_lines(plan.top);
        case Gathering::Count: return assembly_line("addi", 1);
        case Gathering::List: {
            // rows count values: all of them and the node in front of the rows there are
            const std::size_t values = plan.task.objects.size() + (plan.task.reaction ? 1 : 0);
            return assembly_line("getdst") + assembly_line("pull", values + 2) +
                   assembly_line("mktup", values + 2) + assembly_line("store", 2) + assembly_line("addi", 1);
        }
    }
    return {};
}

std::string missing_section(const SurveyPlan& plan) {
    if (plan.aggregate == Gathering::List) {
        return {};
    }
    const std::size_t rows = size_of_state(plan);
    return "missing:\n" + assembly_line("getdst") + assembly_line("pull", rows + 2) +
           assembly_line("mktup", 3) + assembly_line("store", rows + 1);
}

/// next rows state: everything above the next node moves down by one, and the packet goes there.
std::string next_section(const SurveyPlan& plan) {
    const std::size_t next = size_of_state(plan) + 1;
    std::string lines = "next:\n" + assembly_line("pull", next) + assembly_line("isaddr") +
                        assembly_line("bez", "home-pc") + assembly_line("pull", next) +
                        assembly_line("ishere") + assembly_line("bne", "home-pc") + assembly_line("getsize") +
                        assembly_line("gti", plan.room) + assembly_line("getrb") + assembly_line("lti", 2) +
                        assembly_line("or") + assembly_line("bne", "home-pc") + assembly_line("pull", next);
    for (std::size_t value = next; value > 0; --value) {
        lines += assembly_line("pull", value) + assembly_line("store", value + 2);
    }
    return lines + assembly_line("swap") + assembly_line("pop") + assembly_line("dforwto");
}

Sections sections_of(const SurveyPlan& plan) {
    Sections sections{{"where", where_section(plan)},     {"react", react_section(plan)},
                      {"value", value_section(plan)},     {"aggregate", aggregate_section(plan)},
                      {"missing", missing_section(plan)}, {"next", next_section(plan)}};
    if (plan.until) {
        sections["until"] = lines_of(plan, *plan.until) + assembly_line("bne", "stop-pc");
        sections["stop"] = "stop:\n" + assembly_line("push", 1) + assembly_line("ji", "leave-pc");
    }
    return sections;
}

/// The rows of a chain (values..., node, the chain before), the last one visited first.
std::optional<std::vector<SurveyRow>> read_rows(const isa::Value& chain) {
    std::vector<SurveyRow> rows;
    const isa::Value* link = &chain;
    while (const auto* tuple = std::get_if<std::shared_ptr<const isa::Tuple>>(link)) {
        const std::vector<isa::Value>& fields = (*tuple)->fields;
        const auto* node = fields.size() < 2 ? nullptr : std::get_if<IpAddress>(&fields[fields.size() - 2]);
        if (node == nullptr) {
            return std::nullopt;
        }
        rows.push_back({*node, {fields.begin(), fields.end() - 2}});
        link = &fields.back();
    }
    if (*link != isa::Value(std::int64_t{0})) {
        return std::nullopt;
    }
    std::ranges::reverse(rows);
    return rows;
}

/// The bottom of the stack, whatever lies above it: 0, the list, the rows, the state.
std::optional<SurveyHaul> read_bottom(const SurveyPlan& plan, std::span<const isa::Value> values) {
    if (values.empty() || values.front() != isa::Value(std::int64_t{0})) {
        return std::nullopt;
    }
    SurveyHaul haul;
    std::size_t at = 1;
    while (at < values.size() && std::holds_alternative<IpAddress>(values[at])) {
        haul.rest.push_back(std::get<IpAddress>(values[at++]));
    }
    std::ranges::reverse(haul.rest);
    const std::size_t state = size_of_state(plan);
    if (values.size() < at + 1 + state) {
        return std::nullopt;
    }
    auto rows = read_rows(values[at]);
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(at + 1);
    haul.state.assign(begin, begin + static_cast<std::ptrdiff_t>(state));
    if (!rows || !std::holds_alternative<std::int64_t>(haul.state.back())) {
        return std::nullopt;
    }
    haul.rows = *std::move(rows);
    return haul;
}

bool is_letter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == ':';
}

/// Figures by their OIDs, outside of quotes.
std::string name_figures(std::string_view text) {
    std::string named;
    char quote = 0;
    while (!text.empty()) {
        const auto end = std::ranges::find_if_not(text, is_letter);
        const std::string_view word =
            text.substr(0, std::max<std::size_t>(1, static_cast<std::size_t>(end - text.begin())));
        if (quote == 0 ? word == "\"" || word == "'" : word.front() == quote) {
            quote = quote == 0 ? word.front() : '\0';
        }
        const auto* const figure = std::ranges::find(kFigures, word, &Figure::word);
        named += quote == 0 && figure != kFigures.end() ? figure->oid : word;
        text.remove_prefix(word.size());
    }
    return named;
}

}  // namespace

std::optional<std::string_view> figure_of(const Oid& object) {
    const auto* const figure = std::ranges::find(kFigures, object.to_string(), &Figure::oid);
    return figure == kFigures.end() ? std::nullopt : std::optional(figure->word);
}

std::vector<Oid> objects_of(const SurveyPlan& plan) {
    std::vector<Oid> objects = plan.task.objects;
    for (const auto* const condition : {&plan.task.where, &plan.until}) {
        if (!*condition) {
            continue;
        }
        for (const Condition::Column& column : (*condition)->columns()) {
            if (!figure_of(column.object) && std::ranges::find(objects, column.object) == objects.end()) {
                objects.push_back(column.object);
            }
        }
    }
    if (objects.empty()) {
        objects.push_back(*oid_from_name("sysUpTime.0"));  // whether it answers at all
    }
    return objects;
}

Result<Condition> parse_threshold(Gathering aggregate, std::string_view text) {
    auto condition = Condition::parse(name_figures(text));
    if (!condition) {
        return condition;
    }
    for (const Condition::Column& column : condition->columns()) {
        const auto* const figure = std::ranges::find(kFigures, column.object.to_string(), &Figure::oid);
        if (figure != kFigures.end() && figure_lines(aggregate, figure->oid, 0).empty()) {
            return fail(Errc::BadInput, fmt::format("'{}': this survey gathers no {}", text, figure->word));
        }
    }
    return condition;
}

SurveyState initial_state(const SurveyPlan& plan) {
    SurveyState state;
    switch (plan.aggregate) {
        case Gathering::Sum:
        case Gathering::Average: state = {std::int64_t{0}}; break;
        case Gathering::Minimum:
        case Gathering::Maximum: state = {std::int64_t{0}, std::int64_t{0}}; break;
        case Gathering::Top:
            for (unsigned i = 0; i < plan.top; ++i) {
                state.insert(state.end(), {kLeast, std::int64_t{0}});
            }
            break;
        case Gathering::Count:
        case Gathering::List: break;
    }
    state.emplace_back(std::int64_t{0});
    return state;
}

std::int64_t count_of(const SurveyState& state) {
    return std::get<std::int64_t>(state.back());
}

Result<isa::Packet> survey_program(const SurveyPlan& plan, const SurveyState& state,
                                   const std::vector<IpAddress>& rest) {
    Sections sections = sections_of(plan);
    // The first line of data is the top of the stack.
    for (auto value = state.rbegin(); value != state.rend(); ++value) {
        sections["state"] += data_line(*value);
    }
    sections["list"];
    for (const IpAddress& node : rest) {
        sections["list"] += data_line(node);
    }
    return assemble_shipped("survey", sections);
}

std::optional<SurveyHaul> read_survey(const SurveyPlan& plan, const std::vector<isa::Value>& values) {
    if (values.empty()) {
        return std::nullopt;
    }
    auto haul = read_bottom(plan, values);
    const auto* mark = std::get_if<std::int64_t>(&values.back());
    if (!haul || mark == nullptr) {
        return std::nullopt;
    }
    haul->is_stopped = *mark == 1;
    return haul;
}

std::optional<SurveyHaul> read_partial_survey(const SurveyPlan& plan, const std::vector<isa::Value>& stack) {
    const std::vector<isa::Value> bottom_first(stack.rbegin(), stack.rend());
    return read_bottom(plan, bottom_first);
}

}  // namespace splash::cli
