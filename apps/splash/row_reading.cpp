#include "row_reading.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bulk_reading.hpp"
#include "reaching.hpp"
#include "row_cells.hpp"
#include "row_program.hpp"
#include "snmp_reader.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

Oid cell_of(const Oid& column, const Oid& instance, std::size_t key_length) {
    std::vector<std::uint32_t> subids(column.subids().begin(), column.subids().end());
    const auto index = instance.subids().subspan(key_length);
    subids.insert(subids.end(), index.begin(), index.end());
    return Oid::from_subids(subids).value_or(column);
}

/// What is asked, with the columns the agent turned out to have. nullopt: an empty table.
Result<std::optional<RowQuery>> complete(const RowRequest& request, const NextOf& next_of) {
    const auto entry = find_entry(request.root, next_of);
    if (!entry) {
        return Failure(entry.error());
    }
    RowQuery query{.entry = *entry, .shown = {}, .where = request.where, .aggregate = request.aggregate};
    if (!request.aggregate) {
        query.shown = request.columns;
    }
    const bool names_column =
        !query.shown.empty() || (query.aggregate && query.aggregate->column) ||
        (query.aggregate && query.where &&
         std::ranges::any_of(query.where->columns(), [&query](const Condition::Column& column) {
             return !is_instance(column.object, query.entry);
         }));
    if (names_column) {
        return std::optional(std::move(query));
    }
    auto found = find_columns(*entry, next_of);
    if (!found) {
        return Failure(found.error());
    }
    if (found->empty()) {
        const std::string name = print_object(request.root);
        return name.ends_with("Table") || name.ends_with("Entry")
                   ? Result<std::optional<RowQuery>>(std::optional<RowQuery>())
                   : fail(Errc::BadInput,
                          fmt::format("{} has no rows, and is not known to be a table", name));
    }
    if (request.aggregate) {
        found->erase(found->begin() + 1, found->end());  // something to count
    }
    query.shown = *std::move(found);
    return std::optional(std::move(query));
}

/// The columns that picked rows have beside the one they were picked by.
std::vector<Oid> further_columns(const RowRequest& request) {
    std::vector<Oid> further;
    if (request.aggregate && request.aggregate->picks_rows()) {
        std::ranges::copy_if(request.columns, std::back_inserter(further),
                             [&request](const Oid& column) { return column != *request.aggregate->column; });
    }
    return further;
}

/// Asks for further cells of the rows that were picked, in one go.
Result<> add_cells(const std::vector<Oid>& columns, std::size_t key_length, std::vector<ChosenRow>& rows,
                   const std::function<Result<std::vector<Line>>(const std::vector<Oid>&)>& get) {
    std::vector<Oid> cells;
    for (const ChosenRow& row : rows) {
        for (const Oid& column : columns) {
            cells.push_back(cell_of(column, row.instance, key_length));
        }
    }
    if (cells.empty()) {
        return {};
    }
    const auto lines = get(cells);
    if (!lines) {
        return Failure(lines.error());
    }
    if (lines->size() != cells.size()) {
        return fail(Errc::Protocol, fmt::format("{} objects for {}", lines->size(), cells.size()));
    }
    std::size_t next = 0;
    for (ChosenRow& row : rows) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            row.values.push_back((*lines)[next++].value);
        }
    }
    return {};
}

RowsRead finish(const RowRequest& request, const RowQuery& query, RowAnswer answer, Result<> read,
                const std::function<Result<std::vector<Line>>(const std::vector<Oid>&)>& get) {
    RowsRead result{.columns = query.shown,
                    .key_length = query.key().subids().size(),
                    .answer = std::move(answer),
                    .error = {}};
    if (read && query.aggregate && query.aggregate->picks_rows()) {
        const std::vector<Oid> further = further_columns(request);
        result.columns = {*query.aggregate->column};
        result.columns.insert(result.columns.end(), further.begin(), further.end());
        read = add_cells(further, result.key_length, result.answer.rows, get);
    }
    if (!read) {
        result.error = Error{read.error().code, fmt::format("{}: {}", request.node, read.error().detail)};
    }
    return result;
}

Result<RowsRead> read_by_snap(const RowRequest& request) {
    const auto node = reach_by_snap(request.options, request.node, 1);
    if (!node) {
        return Failure(node.error());
    }
    Transport& transport = *node->transport;
    const auto ask_for = [&](Question::Kind kind, const std::vector<Oid>& oids) -> Result<std::vector<Line>> {
        const auto answers = ask_by_snap(transport, questions_about(kind, oids), node->target, node->tries);
        return answers ? Result<std::vector<Line>>(lines_from(*answers)) : Failure(answers.error());
    };
    const auto query =
        complete(request, [&](const std::vector<Oid>& oids) { return ask_for(Question::Kind::Next, oids); });
    if (!query) {
        return Failure(query.error());
    }
    if (!*query) {
        return RowsRead{};
    }
    RowTally tally(**query);
    std::size_t room = kRoomyPacket;
    const auto read = [&]() -> Result<> {
        std::optional<Oid> after = (*query)->key();
        while (after) {
            const auto delivery =
                ask_with_room(transport, node->target, node->tries, room, [&](std::size_t octets) {
                    return row_program(**query, *after, octets, transport.journey());
                });
            if (!delivery) {
                return Failure(delivery.error());
            }
            auto next = read_rows(**query, *after, *delivery, node->target, tally);
            if (!next) {
                return Failure(next.error());
            }
            after = *std::move(next);
        }
        return {};
    }();
    return finish(request, **query, tally.take(), read,
                  [&](const std::vector<Oid>& oids) { return ask_for(Question::Kind::Get, oids); });
}

/// GET in messages that every agent takes.
Result<std::vector<Line>> get_in_parts(SnmpReader& snmp, const std::vector<Oid>& oids) {
    constexpr std::size_t kMostBindings = 40;
    std::vector<Line> found;
    for (std::size_t at = 0; at < oids.size(); at += kMostBindings) {
        const auto begin = oids.begin() + static_cast<std::ptrdiff_t>(at);
        auto lines =
            snmp.get({begin, begin + static_cast<std::ptrdiff_t>(std::min(kMostBindings, oids.size() - at))});
        if (!lines) {
            return lines;
        }
        std::ranges::move(*lines, std::back_inserter(found));
    }
    return found;
}

Result<RowsRead> read_by_snmp(const RowRequest& request) {
    auto snmp = SnmpReader::open(request.options, request.node);
    if (!snmp) {
        return Failure(snmp.error());
    }
    BulkReader bulk = (*snmp)->bulk_reader();
    const auto failed = [&request](const Error& error) {
        return fail(error.code, fmt::format("{}: {}", request.node, error.detail));
    };
    const auto query =
        complete(request, [&bulk](const std::vector<Oid>& oids) { return bulk.next_of(oids); });
    if (!query) {
        return failed(query.error());
    }
    if (!*query) {
        return RowsRead{};
    }
    std::vector<isa::Value> instances;
    if (const std::vector<Oid> named = (*query)->instances(); !named.empty()) {
        const auto lines = (*snmp)->get(named);
        if (!lines) {
            return failed(lines.error());
        }
        std::ranges::transform(*lines, std::back_inserter(instances), &Line::value);
    }
    const std::vector<Oid> columns = (*query)->columns();
    RowCells cells(**query);
    auto read = read_columns(columns, request.ordering, bulk,
                             [&cells](const Line& line) { cells.take(line.object, line.value); });
    RowTally tally(**query);
    const auto tallied = cells.tally(instances, tally);
    if (read) {
        read = tallied;
    }
    return finish(request, **query, tally.take(), read,
                  [&](const std::vector<Oid>& oids) { return get_in_parts(**snmp, oids); });
}

}  // namespace

Result<RowsRead> read_rows(const RowRequest& request, Via via) {
    return via == Via::Snap ? read_by_snap(request) : read_by_snmp(request);
}

}  // namespace splash::cli
