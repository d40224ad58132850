#include "row_query.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

double real_from(const isa::Value& value) {
    const auto* const integer = std::get_if<std::int64_t>(&value);
    return integer != nullptr ? static_cast<double>(*integer) : std::get<double>(value);
}

bool is_number(const isa::Value& value) {
    return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

/// As the node's `add` has it: integers wrap.
isa::Value sum_of(const isa::Value& a, const isa::Value& b) {
    const auto* const x = std::get_if<std::int64_t>(&a);
    const auto* const y = std::get_if<std::int64_t>(&b);
    if (x != nullptr && y != nullptr) {
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(*x) + static_cast<std::uint64_t>(*y));
    }
    return real_from(a) + real_from(b);
}

void add_once(std::vector<Oid>& oids, const Oid& oid) {
    if (std::ranges::find(oids, oid) == oids.end()) {
        oids.push_back(oid);
    }
}

}  // namespace

bool is_greater(const isa::Value& a, const isa::Value& b) {
    const auto* const x = std::get_if<std::int64_t>(&a);
    const auto* const y = std::get_if<std::int64_t>(&b);
    return x != nullptr && y != nullptr ? *x > *y : real_from(a) > real_from(b);
}

std::string_view name_of(Aggregate::Function function) {
    switch (function) {
        case Aggregate::Function::Count: return "count";
        case Aggregate::Function::Sum: return "sum";
        case Aggregate::Function::Average: return "avg";
        case Aggregate::Function::Minimum: return "min";
        case Aggregate::Function::Maximum: return "max";
        case Aggregate::Function::Top: return "top";
    }
    return "?";
}

bool is_instance(const Oid& object, const Oid& entry) {
    if (object.starts_with(entry)) {
        return object.subids().size() != entry.subids().size() + 1;
    }
    const auto name = name_from_oid(object);
    const auto syntax = syntax_of(object);
    const bool is_listed = name && name->find('.') == std::string::npos;
    return !is_listed || syntax == Syntax::Node;
}

const Oid& RowQuery::key() const {
    if (!shown.empty()) {
        return shown.front();
    }
    if (aggregate && aggregate->column) {
        return *aggregate->column;
    }
    SPLASH_ASSERT(where.has_value(), "a query has a column to go by");
    const auto column = std::ranges::find_if(where->columns(), [this](const Condition::Column& named) {
        return !is_instance(named.object, entry);
    });
    SPLASH_ASSERT(column != where->columns().end(), "a query has a column to go by");
    return column->object;
}

std::vector<Oid> RowQuery::columns() const {
    std::vector<Oid> needed{key()};
    for (const Oid& column : shown) {
        add_once(needed, column);
    }
    if (aggregate && aggregate->column) {
        add_once(needed, *aggregate->column);
    }
    if (where) {
        for (const Condition::Column& named : where->columns()) {
            if (!is_instance(named.object, entry)) {
                add_once(needed, named.object);
            }
        }
    }
    return needed;
}

std::vector<Oid> RowQuery::instances() const {
    std::vector<Oid> needed;
    if (where) {
        for (const Condition::Column& named : where->columns()) {
            if (is_instance(named.object, entry)) {
                needed.push_back(named.object);
            }
        }
    }
    return needed;
}

std::optional<isa::Value> RowAnswer::number(Aggregate::Function function) const {
    switch (function) {
        case Aggregate::Function::Count: return count;
        case Aggregate::Function::Sum: return sum;
        case Aggregate::Function::Average:
            return count == 0 ? std::nullopt
                              : std::optional<isa::Value>(real_from(sum) / static_cast<double>(count));
        case Aggregate::Function::Minimum:
        case Aggregate::Function::Maximum:
        case Aggregate::Function::Top: break;
    }
    return std::nullopt;
}

Result<> RowTally::consider(const Oid& instance, const std::vector<isa::Value>& columns,
                            const std::vector<isa::Value>& instances) {
    const std::vector<Oid> needed = query_.columns();
    const auto value_of = [&](const Oid& column) -> const isa::Value& {
        return columns[static_cast<std::size_t>(std::ranges::find(needed, column) - needed.begin())];
    };
    if (query_.where) {
        std::vector<isa::Value> values;
        std::size_t next = 0;
        for (const Condition::Column& named : query_.where->columns()) {
            values.push_back(is_instance(named.object, query_.entry) ? instances[next++]
                                                                     : value_of(named.object));
        }
        const auto holds = query_.where->holds(values);
        if (!holds) {
            return Failure(holds.error());
        }
        if (!*holds) {
            return {};
        }
    }
    if (!query_.aggregate) {
        ChosenRow row{.instance = instance, .values = {}};
        for (const Oid& column : query_.shown) {
            row.values.push_back(value_of(column));
        }
        take_row(std::move(row));
        return {};
    }
    if (!query_.aggregate->column) {
        add(1, std::int64_t{0});
        return {};
    }
    const isa::Value& value = value_of(*query_.aggregate->column);
    if (std::holds_alternative<isa::Exc>(value)) {
        return {};
    }
    if (!is_number(value)) {
        return fail(Errc::BadInput, fmt::format("{}: {} is no number", name_of(query_.aggregate->function),
                                                print_object(instance)));
    }
    if (query_.aggregate->picks_rows()) {
        pick(instance, value);
    } else {
        add(1, value);
    }
    return {};
}

void RowTally::add(std::int64_t count, const isa::Value& sum) {
    answer_.count += count;
    answer_.sum = sum_of(answer_.sum, sum);
}

void RowTally::pick(const Oid& instance, const isa::Value& value) {
    const bool is_least = query_.aggregate->function == Aggregate::Function::Minimum;
    const auto is_better = [&](const ChosenRow& kept) {
        return is_least ? is_greater(kept.values[0], value) : is_greater(value, kept.values[0]);
    };
    std::vector<ChosenRow>& rows = answer_.rows;
    rows.insert(std::ranges::find_if(rows, is_better), {.instance = instance, .values = {value}});
    if (rows.size() > query_.aggregate->most) {
        rows.pop_back();
    }
}

}  // namespace splash::cli
