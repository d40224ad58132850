#include "table_text.hpp"

#include <algorithm>

#include "value_text.hpp"

namespace splash::cli {
namespace {

std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace

std::string print_table(const std::vector<std::vector<std::string>>& cells,
                        const std::vector<Align>& aligns) {
    std::vector<std::vector<std::string>> rows = cells;
    std::vector<std::size_t> widths;
    for (auto& row : rows) {
        std::ranges::transform(row, row.begin(), one_line);
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - width_of(row[i]), ' ');
            const bool is_right = i < aligns.size() && aligns[i] == Align::Right;
            line += (i == 0 ? "" : "  ") + (is_right ? padding + row[i] : row[i] + padding);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

}  // namespace splash::cli
