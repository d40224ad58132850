#include "table_cells.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "json_output.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

/// Whether the OID is that of an entry, not of its table: by its name, or because the cells say so. An entry
/// is its table's object 1.
bool is_entry(const Oid& root, const std::vector<Line>& lines) {
    const auto name = name_from_oid(root);
    if (name && name->find('.') == std::string::npos) {
        return name->ends_with("Entry");
    }
    const std::size_t at = root.subids().size();
    return std::ranges::any_of(lines, [&root, at](const Line& line) {
        return line.object.starts_with(root) && line.object.subids().size() > at &&
               line.object.subids()[at] != 1;
    });
}

std::string column_name(const Oid& column, std::uint32_t number) {
    const auto known = name_from_oid(column);
    const std::size_t colons = known ? known->find("::") : std::string::npos;
    const std::string name = colons == std::string::npos ? "" : known->substr(colons + 2);
    // A dot: only the entry has a name.
    return name.empty() || name.find('.') != std::string::npos ? std::to_string(number) : name;
}

}  // namespace

Table arrange_table(const Oid& root, const std::vector<Line>& lines) {
    std::vector<std::uint32_t> entry(root.subids().begin(), root.subids().end());
    if (!is_entry(root, lines)) {
        entry.push_back(1);
    }
    std::map<std::vector<std::uint32_t>, std::map<std::uint32_t, const Line*>> cells;
    std::set<std::uint32_t> numbers;
    for (const Line& line : lines) {
        const auto subids = line.object.subids();
        if (subids.size() < entry.size() + 2 || !std::ranges::equal(subids.first(entry.size()), entry)) {
            continue;
        }
        const std::uint32_t number = subids[entry.size()];
        const auto index = subids.subspan(entry.size() + 1);
        numbers.insert(number);
        cells[{index.begin(), index.end()}][number] = &line;
    }
    Table table;
    for (const std::uint32_t number : numbers) {
        std::vector<std::uint32_t> subids = entry;
        subids.push_back(number);
        const auto column = Oid::from_subids(subids);
        if (column) {
            table.columns.push_back({*column, column_name(*column, number)});
        }
    }
    for (const auto& [index, found] : cells) {
        TableRow row{.index = index, .cells = {}};
        for (const std::uint32_t number : numbers) {
            const auto cell = found.find(number);
            row.cells.push_back(cell == found.end() ? nullptr : cell->second);
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

std::string index_text(const TableRow& row) {
    std::string text;
    for (const std::uint32_t subid : row.index) {
        text += (text.empty() ? "" : ".") + std::to_string(subid);
    }
    return text;
}

std::string cell_text(const Line& line) {
    if (std::holds_alternative<isa::Exc>(line.value)) {
        return "";
    }
    const auto* text = std::get_if<isa::Str>(&line.value);
    return text != nullptr && is_text(text->octets) ? text->octets
                                                    : print_value(line.object, line.value).text;
}

std::string plain_text(const Line& line) {
    const Json value = json_value(line.value);
    return value.is_null() ? "" : value.is_string() ? value.get<std::string>() : value.dump();
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
        return text;
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    }
    return quoted + '"';
}

}  // namespace splash::cli
