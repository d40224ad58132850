// splash table NODE OID
//
// JSON: {"node", "via", "root", "columns": [{"oid", "name"}...], "rows": [{"index", "cells": {name:
// value}}...], "complete", "elapsed_us"}; a cell that is not there is not in "cells". ndjson: one such row a
// line. csv: a header of names, then the rows.
#include <algorithm>
#include <ostream>

#include "arguments.hpp"
#include "json_output.hpp"
#include "objects.hpp"
#include "subtree.hpp"
#include "table_cells.hpp"
#include "table_text.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

std::vector<std::vector<std::string>> texts_of(const Table& table, const std::string& index_name,
                                               std::string (*text_of)(const Line&)) {
    std::vector<std::vector<std::string>> rows{{index_name}};
    for (const TableColumn& column : table.columns) {
        rows[0].push_back(column.name);
    }
    for (const TableRow& row : table.rows) {
        rows.push_back({index_text(row)});
        for (const Line* const cell : row.cells) {
            rows.back().push_back(cell == nullptr ? "" : text_of(*cell));
        }
    }
    return rows;
}

Json json_row(const Table& table, const TableRow& row) {
    Json cells = Json::object();
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        if (row.cells[i] != nullptr) {
            cells[table.columns[i].name] = json_value(row.cells[i]->value);
        }
    }
    return {{"index", index_text(row)}, {"cells", cells}};
}

void print_text(const Table& table, std::ostream& out) {
    std::vector<Align> aligns{Align::Right};
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const bool is_number = std::ranges::any_of(table.rows, [i](const TableRow& row) {
            return row.cells[i] != nullptr && std::holds_alternative<std::int64_t>(row.cells[i]->value);
        });
        aligns.push_back(is_number ? Align::Right : Align::Left);
    }
    out << print_table(texts_of(table, "INDEX", cell_text), aligns);
}

void print_csv(const Table& table, std::ostream& out) {
    for (const std::vector<std::string>& row : texts_of(table, "index", plain_text)) {
        std::string line;
        for (const std::string& text : row) {
            line += (&text == row.data() ? "" : ",") + csv_field(text);
        }
        out << line << '\n';
    }
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
    std::vector<Line> lines;
    const auto begin = std::chrono::steady_clock::now();
    const auto found = read_subtree({args.options, args.node, *named, args.ordering},
                                    [&lines](const Line& line) { lines.push_back(line); });
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    const Table table = arrange_table(*root, lines);
    switch (args.options.format) {
        case Format::Text:
            if (!table.rows.empty()) {
                print_text(table, streams.out);
            }
            break;
        case Format::Csv: print_csv(table, streams.out); break;
        case Format::Ndjson:
            for (const TableRow& row : table.rows) {
                streams.out << json_row(table, row).dump(-1, ' ', false, Json::error_handler_t::replace)
                            << '\n';
            }
            break;
        case Format::Json: {
            Json columns = Json::array();
            for (const TableColumn& column : table.columns) {
                columns.push_back({{"oid", column.object.to_string()}, {"name", column.name}});
            }
            Json rows = Json::array();
            for (const TableRow& row : table.rows) {
                rows.push_back(json_row(table, row));
            }
            print_json(streams.out, {{"node", args.node},
                                     {"via", args.options.via == Via::Snmp ? "snmp" : "snap"},
                                     {"root", root->to_string()},
                                     {"columns", columns},
                                     {"rows", rows},
                                     {"complete", found.has_value()},
                                     {"elapsed_us", elapsed.count()}});
            break;
        }
    }
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
