// Rows of text in aligned columns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace splash::cli {

enum class Align : std::uint8_t { Left, Right };

/// One line a row, columns two spaces apart, no space at the end of lines. Columns beyond `aligns` are
/// left-aligned. Widths count characters of UTF-8.
[[nodiscard]] std::string print_table(const std::vector<std::vector<std::string>>& rows,
                                      const std::vector<Align>& aligns);

}  // namespace splash::cli
