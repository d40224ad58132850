// Values as the assembler writes them, in both directions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "asm/assembler.hpp"
#include "lexer.hpp"

namespace splash::assembly {

/// A place in the code used as an operand: `label`, `label-pc` or `3-pc`.
struct LabelUse {
    std::string name;          ///< empty: `index` is meant
    std::int64_t index = 0;    ///< of an instruction
    bool is_distance = false;  ///< counted from the instruction that uses it
};

using OperandValue = std::variant<isa::Value, LabelUse>;

/// Tuples inside tuples, at most so deep.
inline constexpr unsigned kMaxTupleDepth = 32;

/// What values look like, for hints.
inline constexpr const char* kValueHint =
    "a value is 42, 0x2a, 1.5, \"text\", 10.0.0.1, 2001:db8::1, oid:sysName.0, exc:12 or (1, \"a\")";

/// Reads a value or a use of a label.
[[nodiscard]] std::variant<OperandValue, Problem> read_operand(TokenCursor& tokens, const Names& names);
/// Reads a value.
[[nodiscard]] std::variant<isa::Value, Problem> read_value(TokenCursor& tokens, const Names& names);

}  // namespace splash::assembly
