// splash table NODE OID [--where CONDITION] [--columns COLUMN,...] [--count | --sum COLUMN | ...]
//
// JSON: {"node", "via", "root", "columns": [{"oid", "name"}...], "rows": [{"index", "cells": {name:
// value}}...], "complete", "elapsed_us"}; a cell that is not there is not in "cells". With a function also
// "aggregate": {"function", "column", "value"}, where value is null for those that pick rows; count, sum and
// avg have no rows. Of --via auto also "way": json_way(). ndjson: one such row a line, or the aggregate. csv:
// a header of names, then the rows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <ostream>

#include "arguments.hpp"
#include "auto_way.hpp"
#include "bulk_reading.hpp"
#include "json_output.hpp"
#include "objects.hpp"
#include "row_reading.hpp"
#include "snmp_reader.hpp"
#include "subtree.hpp"
#include "table_cells.hpp"
#include "table_printing.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

using std::chrono::steady_clock;

std::chrono::microseconds since(steady_clock::time_point begin) {
    return std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begin);
}

Result<Oid> parse_column(const std::string& text) {
    auto column = parse_object(text);
    const auto name = column ? name_from_oid(*column) : std::nullopt;
    if (name && syntax_of(*column) != Syntax::Node && name->find('.') != std::string::npos) {
        return fail(Errc::BadInput, fmt::format("{} is one object of a column, not the column", text));
    }
    return column;
}

Result<std::optional<Aggregate>> parse_aggregate(const RowWish& wish) {
    static constexpr std::array kFunctions{Aggregate::Function::Count,   Aggregate::Function::Sum,
                                           Aggregate::Function::Average, Aggregate::Function::Minimum,
                                           Aggregate::Function::Maximum, Aggregate::Function::Top};
    const auto* const function = std::ranges::find(kFunctions, std::string_view(wish.function),
                                                   [](Aggregate::Function known) { return name_of(known); });
    if (function == kFunctions.end()) {
        return std::optional<Aggregate>();
    }
    Aggregate aggregate{.function = *function, .column = {}, .most = wish.most};
    if (!aggregate.picks_rows() && !wish.columns.empty()) {
        return fail(Errc::Usage, fmt::format("--{} gives a number: leave out --columns", wish.function));
    }
    if (*function == Aggregate::Function::Count) {
        return std::optional(aggregate);
    }
    const auto column = parse_column(wish.column);
    if (!column) {
        return Failure(column.error());
    }
    const auto syntax = syntax_of(*column);
    if (syntax == Syntax::OctetString || syntax == Syntax::DisplayString || syntax == Syntax::Oid ||
        syntax == Syntax::IpAddress) {
        return fail(Errc::BadInput,
                    fmt::format("--{} wants a column of numbers; {} has none", wish.function, wish.column));
    }
    aggregate.column = *column;
    return std::optional(aggregate);
}

Result<RowRequest> parse_request(const TableArgs& args, const Oid& root) {
    RowRequest request{.options = args.options,
                       .node = args.node,
                       .root = root,
                       .columns = {},
                       .where = {},
                       .aggregate = {},
                       .ordering = args.ordering};
    for (const std::string& text : args.wish.columns) {
        auto column = parse_column(text);
        if (!column) {
            return Failure(column.error());
        }
        request.columns.push_back(*std::move(column));
    }
    if (!args.wish.where.empty()) {
        auto where = Condition::parse(args.wish.where);
        if (!where) {
            return Failure(where.error());
        }
        request.where = *std::move(where);
    }
    auto aggregate = parse_aggregate(args.wish);
    if (!aggregate) {
        return Failure(aggregate.error());
    }
    request.aggregate = *std::move(aggregate);
    return request;
}

/// The request's size, with the columns that are listed where none are given.
Work work_of_request(const RowRequest& request) {
    const NextOf from_names = [](const std::vector<Oid>& asked) -> Result<std::vector<Line>> {
        std::vector<Line> lines;
        for (const Oid& oid : asked) {
            std::vector<std::uint32_t> subids(oid.subids().begin(), oid.subids().end());
            subids.push_back(1);
            const auto name = name_from_oid(oid);
            const bool is_listed = name && name->find('.') == std::string::npos;
            isa::Value value = isa::Exc::EndOfMibView;
            if (is_listed) {
                value = std::int64_t{1};
            }
            lines.push_back({Oid::from_subids(subids).value_or(oid), std::move(value), {}, {}});
        }
        return lines;
    };
    const auto entry = find_entry(request.root, from_names);
    RowQuery query{.entry = entry ? *entry : request.root,
                   .shown = request.aggregate ? std::vector<Oid>{} : request.columns,
                   .where = request.where,
                   .aggregate = request.aggregate};
    if (query.shown.empty() && !(query.aggregate && query.aggregate->column)) {
        const auto found = find_columns(query.entry, from_names);
        query.shown = found && !found->empty() ? *found : std::vector<Oid>{query.entry};
        if (query.aggregate) {
            query.shown.erase(query.shown.begin() + 1, query.shown.end());
        }
    }
    return work_of_rows(query, request.where || request.aggregate || !request.columns.empty());
}

/// By SNMP the columns beside each other; an agent that has none there may still have an instance.
Result<bool> read_whole_by_snmp(const TableArgs& args, const Oid& root, std::vector<Line>& lines) {
    auto snmp = SnmpReader::open(args.options, args.node);
    if (!snmp) {
        return Failure(snmp.error());
    }
    BulkReader bulk = (*snmp)->bulk_reader();
    const NextOf next_of = [&bulk](const std::vector<Oid>& oids) { return bulk.next_of(oids); };
    const auto failed = [&](const Error& error) {
        return fail(error.code,
                    fmt::format("{}: {} objects came; {}", args.node, lines.size(), error.detail));
    };
    const auto entry = find_entry(root, next_of);
    if (!entry) {
        return failed(entry.error());
    }
    const auto columns = find_columns(*entry, next_of);
    if (!columns) {
        return failed(columns.error());
    }
    if (columns->empty()) {
        const SubtreeRoot subtree(root);
        return read_subtree({args.options, args.node, subtree, args.ordering}, Via::Snmp,
                            [&lines](const Line& line) { lines.push_back(line); });
    }
    const auto read =
        read_columns(*columns, args.ordering, bulk, [&lines](const Line& line) { lines.push_back(line); });
    return read ? Result<bool>(true) : failed(read.error());
}

Result<bool> read_whole(const TableArgs& args, const Oid& root, Via via, std::vector<Line>& lines) {
    lines.clear();
    const SubtreeRoot subtree(root);
    return via == Via::Snmp ? read_whole_by_snmp(args, root, lines)
                            : read_subtree({args.options, args.node, subtree, args.ordering}, via,
                                           [&lines](const Line& line) { lines.push_back(line); });
}

struct Printed {
    const TableArgs& args;
    const Oid& root;
    Via via;
    const std::optional<Way>& way;
    bool is_complete;
    std::chrono::microseconds elapsed;
};

Json document_of(const Printed& printed, const Table& table) {
    Json columns = Json::array();
    for (const TableColumn& column : table.columns) {
        columns.push_back({{"oid", column.object.to_string()}, {"name", column.name}});
    }
    Json rows = Json::array();
    for (const TableRow& row : table.rows) {
        rows.push_back(json_row(table, row));
    }
    Json document{{"node", printed.args.node},
                  {"via", printed.via == Via::Snmp ? "snmp" : "snap"},
                  {"root", printed.root.to_string()},
                  {"columns", columns},
                  {"rows", rows},
                  {"complete", printed.is_complete},
                  {"elapsed_us", printed.elapsed.count()}};
    if (printed.way) {
        document["way"] = json_way(*printed.way);
    }
    return document;
}

void print_rows(const Printed& printed, const Table& table, const Json& aggregate, std::ostream& out) {
    switch (printed.args.options.format) {
        case Format::Text:
            if (!table.columns.empty()) {
                print_table_text(table, out);
            }
            break;
        case Format::Csv: print_table_csv(table, out); break;
        case Format::Ndjson:
            for (const TableRow& row : table.rows) {
                out << json_row(table, row).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
            }
            break;
        case Format::Json: {
            Json document = document_of(printed, table);
            if (!aggregate.is_null()) {
                document["aggregate"] = aggregate;
            }
            print_json(out, document);
            break;
        }
    }
}

/// Count, sum and average: the number by itself.
void print_number(const Printed& printed, const Json& aggregate, std::ostream& out) {
    const Json& value = aggregate["value"];
    switch (printed.args.options.format) {
        case Format::Text: out << (value.is_null() ? "no rows" : value.dump()) << '\n'; break;
        case Format::Csv:
            out << aggregate["function"].get<std::string>() << '\n'
                << (value.is_null() ? "" : value.dump()) << '\n';
            break;
        case Format::Ndjson: out << aggregate.dump() << '\n'; break;
        case Format::Json: {
            Json document = document_of(printed, {});
            document["aggregate"] = aggregate;
            print_json(out, document);
            break;
        }
    }
}

Result<Finished> run_chosen(const TableArgs& args, const Oid& root, const Streams& streams) {
    const auto request = parse_request(args, root);
    if (!request) {
        return Failure(request.error());
    }
    const auto begin = steady_clock::now();
    std::optional<Way> way;
    if (args.options.via == Via::Auto) {
        auto decided = decide_way(args.options, args.node, work_of_request(*request));
        if (!decided) {
            return Failure(decided.error());
        }
        way = *std::move(decided);
    }
    // What stopped midway is an error to the choice of ways, too; nothing has been printed.
    std::optional<RowsRead> partial;
    const auto read_by = [&](Via via) -> Result<RowsRead> {
        auto read = read_rows(*request, via);
        if (read && read->error) {
            partial = *read;
            return Failure(*read->error);
        }
        return read;
    };
    const auto read = way ? by_way<RowsRead>(
                                *way, Fallback::Allowed, [] { return true; }, read_by)
                          : read_by(args.options.via);
    if (way) {
        tell_way(*way, args.node, args.options, streams.err);
    }
    if (!read && (!partial || request->aggregate)) {
        return Failure(read.error());
    }
    const RowsRead& rows = read ? *read : *partial;
    const Printed printed{args, root, way ? way->via : args.options.via, way, read.has_value(), since(begin)};
    Json aggregate = nullptr;
    if (request->aggregate) {
        aggregate = {
            {"function", name_of(request->aggregate->function)}, {"column", nullptr}, {"value", nullptr}};
        if (request->aggregate->column) {
            aggregate["column"] = print_object(*request->aggregate->column);
        }
        if (const auto number = rows.answer.number(request->aggregate->function)) {
            aggregate["value"] = json_value(*number);
        }
    }
    if (request->aggregate && !request->aggregate->picks_rows()) {
        print_number(printed, aggregate, streams.out);
        return Finished{};
    }
    std::vector<Line> cells;
    const Table table = table_of_rows(rows.columns, rows.key_length, rows.answer.rows, cells);
    print_rows(printed, table, aggregate, streams.out);
    return read ? Result<Finished>(Finished{}) : Failure(read.error());
}

}  // namespace

Result<Finished> run(const TableArgs& args, const Streams& streams) {
    const auto named = parse_root(args.object);
    if (!named) {
        return Failure(named.error());
    }
    if (named->is_arc()) {
        return fail(Errc::BadInput, named->to_string() + " is neither a table nor its entry");
    }
    const Oid* const root = &named->asked();
    if (!args.wish.is_empty()) {
        return run_chosen(args, *root, streams);
    }
    std::vector<Line> lines;
    const auto begin = steady_clock::now();
    std::optional<Way> way;
    if (args.options.via == Via::Auto) {
        const auto request = parse_request(args, *root);
        if (!request) {
            return Failure(request.error());
        }
        auto decided = decide_way(args.options, args.node, work_of_request(*request));
        if (!decided) {
            return Failure(decided.error());
        }
        way = *std::move(decided);
    }
    const auto read_by = [&](Via via) { return read_whole(args, *root, via, lines); };
    const auto found = way ? by_way<bool>(
                                 *way, Fallback::Allowed, [] { return true; }, read_by)
                           : read_by(args.options.via);
    if (way) {
        tell_way(*way, args.node, args.options, streams.err);
    }
    const Table table = arrange_table(*root, lines);
    print_rows({args, *root, way ? way->via : args.options.via, way, found.has_value(), since(begin)}, table,
               nullptr, streams.out);
    if (!found) {
        return Failure(found.error());
    }
    if (*found && table.rows.empty()) {
        return fail(Errc::BadInput,
                    print_object(*root) + " has objects, but is neither a table nor its entry");
    }
    if (!*found && args.options.format == Format::Text) {
        for (const Line& line : lines) {
            streams.out << line.text << '\n';
        }
    }
    return Finished{*found ? 0 : 1};
}

}  // namespace splash::cli
