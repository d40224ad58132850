// Values in case files: read as the assembler reads them, compared as canonical text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "isa/value.hpp"
#include "isa/word.hpp"

namespace splash::conformance {

/// Two values have the same text if and only if a program could not tell them apart by content and type
/// (every NaN is float:nan).
[[nodiscard]] std::string canonical(const isa::Value& value);
/// Likewise of a word; "?" if it is of no type or points nowhere.
[[nodiscard]] std::string canonical(isa::Word word, ConstBytes heap);
[[nodiscard]] std::vector<std::string> canonical(const std::vector<isa::Word>& words, ConstBytes heap);

/// Cuts a line at blanks outside of strings and parentheses.
[[nodiscard]] std::vector<std::string> split_values(std::string_view line);

[[nodiscard]] std::optional<isa::Value> parse_value(std::string_view literal);

/// The values of a line as canonical text; "empty" is none, "?" a word that reads as nothing.
/// nullopt if one of them is malformed; `bad` then holds it.
[[nodiscard]] std::optional<std::vector<std::string>> parse_canonical(std::string_view line,
                                                                      std::string& bad);

}  // namespace splash::conformance
