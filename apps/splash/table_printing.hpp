// Tables as text, CSV and JSON, and from rows that were chosen.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <vector>

#include "arguments.hpp"
#include "json_output.hpp"
#include "row_query.hpp"
#include "table_cells.hpp"

namespace splash::cli {

void print_table_text(const Table& table, std::ostream& out);
void print_table_csv(const Table& table, std::ostream& out);
/// {"index", "cells": {name: value}}
[[nodiscard]] Json json_row(const Table& table, const TableRow& row);

/// The table that chosen rows make. `cells` is filled and must outlive it. `key_length`: arcs in front of an
/// index.
[[nodiscard]] Table table_of_rows(const std::vector<Oid>& columns, std::size_t key_length,
                                  const std::vector<ChosenRow>& rows, std::vector<Line>& cells);

}  // namespace splash::cli
