#include "table_printing.hpp"

#include <algorithm>
#include <ostream>

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

std::string name_of_column(const Oid& column) {
    const std::string name = print_object(column);
    const std::size_t colons = name.find("::");
    return colons == std::string::npos ? name : name.substr(colons + 2);
}

}  // namespace

void print_table_text(const Table& table, std::ostream& out) {
    std::vector<Align> aligns{Align::Right};
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const bool is_number = std::ranges::any_of(table.rows, [i](const TableRow& row) {
            return row.cells[i] != nullptr && std::holds_alternative<std::int64_t>(row.cells[i]->value);
        });
        aligns.push_back(is_number ? Align::Right : Align::Left);
    }
    out << print_table(texts_of(table, "INDEX", cell_text), aligns);
}

void print_table_csv(const Table& table, std::ostream& out) {
    for (const std::vector<std::string>& row : texts_of(table, "index", plain_text)) {
        std::string line;
        for (const std::string& text : row) {
            line += (&text == row.data() ? "" : ",") + csv_field(text);
        }
        out << line << '\n';
    }
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

Table table_of_rows(const std::vector<Oid>& columns, std::size_t key_length,
                    const std::vector<ChosenRow>& rows, std::vector<Line>& cells) {
    Table table;
    for (const Oid& column : columns) {
        table.columns.push_back({column, name_of_column(column)});
    }
    cells.clear();
    cells.reserve(rows.size() * columns.size());  // the table points at them
    for (const ChosenRow& chosen : rows) {
        const auto index = chosen.instance.subids().subspan(key_length);
        TableRow row{.index = {index.begin(), index.end()}, .cells = {}};
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (i >= chosen.values.size() || std::holds_alternative<isa::Exc>(chosen.values[i])) {
                row.cells.push_back(nullptr);
                continue;
            }
            std::vector<std::uint32_t> subids(columns[i].subids().begin(), columns[i].subids().end());
            subids.insert(subids.end(), index.begin(), index.end());
            cells.push_back({Oid::from_subids(subids).value_or(columns[i]), chosen.values[i], {}, {}});
            row.cells.push_back(&cells.back());
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

}  // namespace splash::cli
