// What a condition says, as a tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "isa/value.hpp"

namespace splash::cli {

enum class Operation : std::uint8_t {
    Literal,
    Column,
    Negative,
    Add,
    Subtract,
    Multiply,
    Divide,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    Not
};

/// What comes out of an expression, as far as its text and spec/names.def tell.
enum class Kind : std::uint8_t { Truth, Number, Text, Address, Object, Unknown };

/// "a condition", "a number", "text", ...
[[nodiscard]] std::string_view name_of(Kind kind);

struct Expression {
    Operation operation = Operation::Literal;
    Kind kind = Kind::Unknown;
    isa::Value literal;                ///< of a Literal
    std::size_t column = 0;            ///< of a Column: its place among the condition's columns
    std::vector<Expression> operands;  ///< none, one or two, as the operation wants
};

}  // namespace splash::cli
