// Conditions as operators write them: `ifInErrors > 0 and not ifDescr = "lo"`.
//
//     condition   comparison | not condition | condition and condition | condition or condition | (condition)
//     comparison  value op value        op: = == != <> < <= > >=
//     value       object | 42 | 0x2a | 1.5 | "text" | 'text' | 10.0.0.1 | 2001:db8::1 | oid:NAME
//                 | -value | value + value, likewise - * / | (value)
//     object      ifInErrors | IF-MIB::ifInErrors | sysUpTime.0 | .1.3.6.1.2.1.2.2.1.14
//
// not binds before and, and before or; && || ! are the same. Numbers are SNAP's: a division of integers
// truncates. A comparison in which a value is missing, or could not be computed, is false, also with !=.
//
// There is one meaning of it all, that of the code which to_code() writes: nodes execute it, and holds() runs
// the same code in the interpreter here. So an answer does not depend on where the rows are chosen.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/oid.hpp"
#include "expression.hpp"
#include "isa/opcodes.hpp"
#include "programs.hpp"

namespace splash::cli {

class Condition {
public:
    /// An object the condition names. Each is listed once.
    struct Column {
        std::string text;  ///< as it was first written
        Oid object;        ///< a column of a table, or an instance: whoever pushes its value knows
    };

    /// @error BadInput the text is no condition; the detail shows it with a caret where it goes wrong.
    [[nodiscard]] static Result<Condition> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
    [[nodiscard]] const Expression& expression() const { return root_; }

    /// One step of the code: an instruction, a constant to push, or a column's value to push.
    struct Step {
        enum class Kind : std::uint8_t { Instruction, Constant, Column };
        Kind kind = Kind::Instruction;
        isa::Opcode opcode{};
        std::int32_t immediate = 0;
        isa::Value constant;
        std::size_t column = 0;
        std::size_t depth = 0;  ///< of a Column: values the condition's own code has on the stack by then
    };
    /// Code without jumps that leaves 1 or 0 on top of what was on the stack. It faults where values of
    /// different types are put in order or computed with.
    [[nodiscard]] std::vector<Step> to_code() const;

    /// Pushes a column's value. `depth`: so many values lie above the stack as it was when the condition
    /// began.
    using PushColumn = std::function<void(ProgramWriter& program, std::size_t column, std::size_t depth)>;
    void append_to(ProgramWriter& program, const PushColumn& push_column) const;

    /// The same as lines of assembly text, each with its line feed.
    using ColumnText = std::function<std::string(std::size_t column, std::size_t depth)>;
    [[nodiscard]] std::string to_assembly(const ColumnText& column_text) const;

    /// Whether it holds. `values` has one value for each of columns(); an exception is a missing one.
    /// @error BadInput values of different types are put in order or computed with
    [[nodiscard]] Result<bool> holds(std::span<const isa::Value> values) const;

private:
    Condition(std::string text, std::vector<Column> columns, Expression root)
        : text_(std::move(text)), columns_(std::move(columns)), root_(std::move(root)) {}

    std::string text_;
    std::vector<Column> columns_;
    Expression root_;
};

}  // namespace splash::cli
