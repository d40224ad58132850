#include "node_rows.hpp"

#include <algorithm>
#include <ostream>

#include "table_cells.hpp"
#include "table_text.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

std::size_t first_object(const NodeTask& task) {
    return task.reaction ? 1 : 0;
}

std::vector<std::string> header_of(const NodeTask& task, Format format) {
    const bool is_text = format == Format::Text;
    std::vector<std::string> header{is_text ? "NODE" : "node", is_text ? "ADDRESS" : "address"};
    if (task.reaction) {
        header.emplace_back(is_text ? "DID" : "did");
    }
    for (const Oid& object : task.objects) {
        header.push_back(print_object(object));
    }
    return header;
}

std::vector<std::string> cells_of(const NodeTask& task, const NodeRow& row) {
    std::vector<std::string> cells{row.name, row.address.to_string()};
    for (std::size_t i = 0; i < row.values.size(); ++i) {
        const bool is_object = i >= first_object(task);
        cells.push_back(is_object ? print_value(task.objects[i - first_object(task)], row.values[i]).text
                                  : isa::to_string(row.values[i]));
    }
    return cells;
}

}  // namespace

bool has_refused_writes(const NodeTask& task, const std::vector<NodeRow>& rows) {
    return task.reaction && std::ranges::any_of(rows, [](const NodeRow& row) {
               return !row.values.empty() && std::holds_alternative<isa::Exc>(row.values.front());
           });
}

Json json_row(const NodeTask& task, const NodeRow& row) {
    const std::size_t first = first_object(task);
    Json results = Json::array();
    for (std::size_t i = first; i < row.values.size(); ++i) {
        const Oid& object = task.objects[i - first];
        results.push_back(json_object(object, print_value(object, row.values[i]).type, row.values[i]));
    }
    Json did = nullptr;
    if (first == 1 && !row.values.empty()) {
        did = json_typed(row.values.front());
    }
    return {{"node", row.name}, {"address", row.address.to_string()}, {"did", did}, {"results", results}};
}

void print_rows(Format format, const NodeTask& task, const std::vector<NodeRow>& rows, std::ostream& out) {
    std::vector<std::vector<std::string>> table{header_of(task, format)};
    switch (format) {
        case Format::Json: return;
        case Format::Ndjson:
            for (const NodeRow& row : rows) {
                out << ndjson_line(json_row(task, row));
            }
            return;
        case Format::Text:
        case Format::Csv: break;
    }
    for (const NodeRow& row : rows) {
        table.push_back(cells_of(task, row));
    }
    if (format == Format::Text) {
        out << print_table(table, {});
        return;
    }
    for (const std::vector<std::string>& cells : table) {
        out << csv_line(cells);
    }
}

std::string csv_line(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& cell : cells) {
        line += (&cell == cells.data() ? "" : ",") + csv_field(cell);
    }
    return line + '\n';
}

std::string ndjson_line(const Json& object) {
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace splash::cli
