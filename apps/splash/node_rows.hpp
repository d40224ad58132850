// Nodes with what they said, as rows for people and programs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "base/address.hpp"
#include "isa/value.hpp"
#include "json_output.hpp"
#include "node_task.hpp"

namespace splash::cli {

/// A node as a program that visits many saw it. `values`: what came of the task's write, if it has one, then
/// its objects; empty where nothing was read.
struct NodeRow {
    std::string name;
    IpAddress address;
    std::vector<isa::Value> values;
};

/// Whether a node did not do what it was to write.
[[nodiscard]] bool has_refused_writes(const NodeTask& task, const std::vector<NodeRow>& rows);

/// {"node", "address", "did", "results": [json_object()...]}; did is json_typed() or null.
[[nodiscard]] Json json_row(const NodeTask& task, const NodeRow& row);

/// Text, csv or ndjson, as `format` says; nothing for Format::Json, whose document has more than rows.
void print_rows(Format format, const NodeTask& task, const std::vector<NodeRow>& rows, std::ostream& out);

/// Every value of a row of cells as a line of csv.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

/// One JSON object as a line.
[[nodiscard]] std::string ndjson_line(const Json& object);

}  // namespace splash::cli
