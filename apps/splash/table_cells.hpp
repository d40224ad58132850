// A conceptual table (RFC 2578, section 7.1.12) put together from the objects of its subtree.
#pragma once

#include <string>
#include <vector>

#include "object_lines.hpp"

namespace splash::cli {

struct TableColumn {
    Oid object;
    std::string name;  ///< "ifDescr", or its number where no table names it
};
struct TableRow {
    std::vector<std::uint32_t> index;
    std::vector<const Line*> cells;  ///< one a column; nullptr where there is none
};
struct Table {
    std::vector<TableColumn> columns;  ///< in order
    std::vector<TableRow> rows;        ///< by index, in order
};

/// `root` is a table or its entry. Lines that are no cells of it are left out. `lines` must outlive the
/// table.
[[nodiscard]] Table arrange_table(const Oid& root, const std::vector<Line>& lines);

/// "2", "127.0.0.1"
[[nodiscard]] std::string index_text(const TableRow& row);

/// A value by itself: text without quotes, nothing for an exception.
[[nodiscard]] std::string cell_text(const Line& line);

/// A value for programs, as -o json has it: ticks as a number, an object identifier as numbers.
[[nodiscard]] std::string plain_text(const Line& line);

/// RFC 4180: quoted where it holds a comma, a quote or a line break.
[[nodiscard]] std::string csv_field(const std::string& text);

}  // namespace splash::cli
