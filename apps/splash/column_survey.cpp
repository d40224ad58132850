#include "column_survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "value_text.hpp"

namespace splash::cli {
namespace {

std::optional<Aggregate> aggregate_of(Gathering gathering, unsigned top, const std::optional<Oid>& column) {
    using Function = Aggregate::Function;
    switch (gathering) {
        case Gathering::Sum: return Aggregate{.function = Function::Sum, .column = column};
        case Gathering::Average: return Aggregate{.function = Function::Average, .column = column};
        case Gathering::Minimum: return Aggregate{.function = Function::Minimum, .column = column};
        case Gathering::Maximum: return Aggregate{.function = Function::Maximum, .column = column};
        case Gathering::Top: return Aggregate{.function = Function::Top, .column = column, .most = top};
        case Gathering::Count: return Aggregate{.function = Function::Count, .column = {}};
        case Gathering::List: break;
    }
    return std::nullopt;
}

bool has_numbers(const Oid& column) {
    const auto syntax = syntax_of(column);
    return syntax != Syntax::OctetString && syntax != Syntax::DisplayString && syntax != Syntax::Oid &&
           syntax != Syntax::IpAddress;
}

bool picks_rows(Gathering aggregate) {
    return aggregate == Gathering::Minimum || aggregate == Gathering::Maximum || aggregate == Gathering::Top;
}

Oid parent_of(const Oid& column) {
    const auto subids = column.subids().first(column.subids().size() - 1);
    return Oid::from_subids({subids.begin(), subids.end()}).value_or(column);
}

Result<> check_objects(const SurveyArgs& args, const std::vector<Oid>& objects) {
    const auto instance = std::ranges::find_if_not(objects, is_column);
    if (instance != objects.end()) {
        return fail(Errc::BadInput, fmt::format("{} is a single object, others are whole columns: ask for "
                                                "columns only, or for single objects only",
                                                print_object(*instance)));
    }
    if (args.aggregate == Gathering::List) {
        return {};
    }
    if (objects.size() > 1) {
        return fail(Errc::BadInput, fmt::format("{} and {}: of whole columns a number is made of one",
                                                print_object(objects[0]), print_object(objects[1])));
    }
    if (args.aggregate != Gathering::Count && !objects.empty() && !has_numbers(objects.front())) {
        return fail(Errc::BadInput, fmt::format("{} has no numbers", print_object(objects.front())));
    }
    return {};
}

Result<std::optional<Condition>> column_threshold(const SurveyArgs& args) {
    if (args.until.empty()) {
        return std::optional<Condition>();
    }
    auto until = parse_threshold(args.aggregate, args.until);
    if (!until) {
        return Failure(until.error());
    }
    for (const Condition::Column& column : until->columns()) {
        const auto figure = figure_of(column.object);
        if (!figure || (*figure == "count" && picks_rows(args.aggregate))) {
            return fail(Errc::BadInput,
                        fmt::format("'{}': the threshold of a survey of columns asks for what was gathered, "
                                    "and {} is nothing of it",
                                    args.until, figure.value_or(column.text)));
        }
    }
    return std::optional(*std::move(until));
}

}  // namespace

bool is_column(const Oid& object) {
    const auto name = name_from_oid(object);
    return name && name->find('.') == std::string::npos && syntax_of(object) != Syntax::Node;
}

Result<std::optional<ColumnPlan>> read_column_plan(const SurveyArgs& args, const NodeTask& task) {
    std::optional<Oid> key;
    const auto look_at = [&key](const Oid& object) {
        if (!key && is_column(object)) {
            key = object;
        }
    };
    std::ranges::for_each(task.objects, look_at);
    if (task.where) {
        std::ranges::for_each(task.where->columns(), look_at, &Condition::Column::object);
    }
    if (!key) {
        return std::optional<ColumnPlan>();
    }
    if (auto good = check_objects(args, task.objects); !good) {
        return Failure(good.error());
    }
    if (task.reaction) {
        return fail(Errc::Usage, fmt::format("--do writes where a condition of single objects holds; {} is a "
                                             "whole column",
                                             print_object(*key)));
    }
    if (args.aggregate == Gathering::Top && args.top > kMostTop) {
        return fail(Errc::Usage,
                    fmt::format("--top {}: of the rows of columns at most {}", args.top, kMostTop));
    }
    auto until = column_threshold(args);
    if (!until) {
        return Failure(until.error());
    }
    ColumnPlan plan{.aggregate = args.aggregate,
                    .query = {.entry = parent_of(*key),
                              .shown = args.aggregate == Gathering::List ? task.objects : std::vector<Oid>{},
                              .where = task.where,
                              .aggregate = aggregate_of(args.aggregate, args.top, key)},
                    .until = *std::move(until)};
    // The rows are those of the column that was named first.
    const bool is_key_named = args.aggregate != Gathering::List && args.aggregate != Gathering::Count;
    if (!is_key_named && plan.query.shown.empty()) {
        plan.query.shown = {*key};
    }
    return std::optional(std::move(plan));
}

Survey begin_survey(const ColumnPlan& plan, const std::vector<Target>& nodes) {
    Survey survey;
    const bool has_sum = plan.aggregate == Gathering::Sum || plan.aggregate == Gathering::Average;
    survey.state.assign(has_sum ? 2 : 1, std::int64_t{0});
    for (const Target& node : nodes) {
        survey.order.emplace(node.address, survey.order.size());
    }
    return survey;
}

ColumnGathering::ColumnGathering(const ColumnPlan& plan, const std::vector<Target>& nodes, Via via,
                                 Survey so_far)
    : plan_(plan), nodes_(nodes), via_(via), survey_(std::move(so_far)), came_(nodes.size()) {}

void ColumnGathering::came(std::size_t node, RowAnswer answer) {
    came_[node] = {.answer = std::move(answer), .failure = {}, .is_known = true};
    settle();
}

void ColumnGathering::failed(std::size_t node, std::string reason) {
    came_[node] = {.answer = {}, .failure = std::move(reason), .is_known = true};
    settle();
}

void ColumnGathering::settle() {
    for (; !is_over() && came_[next_].is_known; ++next_) {
        const Came& result = came_[next_];
        if (result.answer) {
            add(nodes_[next_], *result.answer);
        } else {
            survey_.unanswered.push_back({nodes_[next_], result.failure});
        }
    }
}

void ColumnGathering::add(const Target& node, const RowAnswer& answer) {
    ++survey_.visited;
    survey_.answered[node.address] = via_;
    RowTally totals(plan_.query);
    totals.add(std::get<std::int64_t>(survey_.state.back()), survey_.state.front());
    std::int64_t counted = answer.count;
    if (!answer.rows.empty()) {
        counted = picks_rows(plan_.aggregate) ? 1 : static_cast<std::int64_t>(answer.rows.size());
    }
    totals.add(counted, answer.sum);
    survey_.state.front() = totals.so_far().sum;
    survey_.state.back() = totals.so_far().count;
    for (const ChosenRow& row : answer.rows) {
        SurveyRow next{.node = node.address, .values = row.values, .instance = row.instance};
        if (!picks_rows(plan_.aggregate)) {
            survey_.rows.push_back(std::move(next));
            continue;
        }
        const auto is_worse = [&](const SurveyRow& kept) {
            return plan_.aggregate == Gathering::Minimum ? is_greater(kept.values[0], next.values[0])
                                                         : is_greater(next.values[0], kept.values[0]);
        };
        survey_.rows.insert(std::ranges::find_if(survey_.rows, is_worse), std::move(next));
        if (survey_.rows.size() > plan_.query.aggregate->most) {
            survey_.rows.pop_back();
        }
    }
    if (counted > 0 && plan_.until && is_reached()) {
        survey_.is_stopped = true;
        survey_.stopped_at = node.address;
    }
}

bool ColumnGathering::is_reached() const {
    std::vector<isa::Value> values;
    const auto* const sum = std::get_if<std::int64_t>(&survey_.state.front());
    const auto* const count = std::get_if<std::int64_t>(&survey_.state.back());
    for (const Condition::Column& column : plan_.until->columns()) {
        const std::string_view figure = figure_of(column.object).value_or("");
        if (figure == "avg" && sum != nullptr) {
            values.emplace_back(*sum / *count);  // as a program divides; something was counted
        } else if (figure == "count") {
            values.emplace_back(*count);
        } else if (figure == "min" || figure == "max") {
            values.push_back(survey_.rows.front().values.front());
        } else {
            values.push_back(survey_.state.front());
        }
    }
    const auto holds = plan_.until->holds(values);
    return holds && *holds;
}

Survey ColumnGathering::take() {
    if (survey_.is_stopped) {
        survey_.not_needed += nodes_.size() - next_;
    }
    return std::move(survey_);
}

}  // namespace splash::cli
