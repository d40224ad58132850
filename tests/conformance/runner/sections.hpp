// The text of a case file cut into its sections, and the words of their lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace splash::conformance {

struct Section {
    std::string name;
    std::string first;               ///< the rest of the line that names it
    std::vector<std::string> lines;  ///< those that follow

    /// First line and others as one text.
    [[nodiscard]] std::string text() const;
    /// Those that hold anything, the first included.
    [[nodiscard]] std::vector<std::string> filled_lines() const;
};

/// The sections in order, or what is wrong.
[[nodiscard]] std::variant<std::vector<Section>, std::string> cut_sections(std::string_view text);

/// The text of one case of a file. What stands before the first line `== name` belongs to every case.
struct CaseText {
    std::string name;
    std::string text;
};
[[nodiscard]] std::vector<CaseText> cut_cases(std::string_view file);

/// Each line `stack | instructions | outcome` of a section `rows` as a case of its own, with `shared`
/// before what it says itself. Without such a section the case as it is.
[[nodiscard]] std::vector<CaseText> expand_rows(const CaseText& one);

[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::vector<std::string> words_of(std::string_view line);
/// The first word of a line and the rest.
struct Headed {
    std::string_view head;
    std::string_view rest;
};
[[nodiscard]] Headed behead(std::string_view line);

/// A decimal number from 0 to `max`.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max);
/// Octets as hex digits; blanks are free, `;` begins a comment.
[[nodiscard]] std::optional<std::vector<std::byte>> parse_hex(const std::vector<std::string>& lines);

}  // namespace splash::conformance
