#include "condition.hpp"

#include <fmt/format.h>

#include <utility>

#include "asm/assembler.hpp"
#include "base/assert.hpp"
#include "vm/execution.hpp"

namespace splash::cli {
namespace {

using isa::Opcode;
using Step = Condition::Step;

/// The opcodes of a comparison or of arithmetic: of two values, and with an immediate.
struct Pair {
    Opcode two;
    Opcode immediate;
};

Pair opcodes_of(Operation operation) {
    switch (operation) {
        case Operation::Add: return {Opcode::Add, Opcode::Addi};
        case Operation::Subtract: return {Opcode::Sub, Opcode::Subi};
        case Operation::Multiply: return {Opcode::Mult, Opcode::Multi};
        case Operation::Divide: return {Opcode::Div, Opcode::Divi};
        case Operation::Equal: return {Opcode::Eq, Opcode::Eqi};
        case Operation::NotEqual: return {Opcode::Neq, Opcode::Neqi};
        case Operation::Less: return {Opcode::Lt, Opcode::Lti};
        case Operation::LessEqual: return {Opcode::Leq, Opcode::Leqi};
        case Operation::Greater: return {Opcode::Gt, Opcode::Gti};
        case Operation::GreaterEqual: return {Opcode::Geq, Opcode::Geqi};
        case Operation::Literal:
        case Operation::Column:
        case Operation::Negative:
        case Operation::And:
        case Operation::Or:
        case Operation::Not: break;
    }
    SPLASH_ASSERT(false, "an operation of two values");
    return {};
}

bool is_literal(const Expression& expression) {
    return expression.operation == Operation::Literal;
}

class CodeWriter {
public:
    std::vector<Step> take() { return std::move(steps_); }

    void write(const Expression& expression) {
        switch (expression.operation) {
            case Operation::Literal:
                push({.kind = Step::Kind::Constant, .constant = expression.literal});
                break;
            case Operation::Column:
                push({.kind = Step::Kind::Column,
                      .constant = {},
                      .column = expression.column,
                      .depth = depth_});
                break;
            case Operation::Negative:
                write(expression.operands[0]);
                op(Opcode::Neg, 0);
                break;
            case Operation::Not:
                write(expression.operands[0]);
                op(Opcode::Eqi, 0);
                break;
            case Operation::And:
            case Operation::Or:
                write(expression.operands[0]);
                write(expression.operands[1]);
                op(expression.operation == Operation::And ? Opcode::And : Opcode::Or, -1);
                break;
            case Operation::Equal:
            case Operation::NotEqual: write_equality(expression); break;
            case Operation::Less:
            case Operation::LessEqual:
            case Operation::Greater:
            case Operation::GreaterEqual:
                write_two(expression.operation, expression.operands[0], expression.operands[1]);
                op(Opcode::Eqi, 0, 1);  // what is missing makes an exception, which does not equal 1
                break;
            case Operation::Add:
            case Operation::Subtract:
            case Operation::Multiply:
            case Operation::Divide:
                write_two(expression.operation, expression.operands[0], expression.operands[1]);
                break;
        }
    }

private:
    void push(Step step) {
        steps_.push_back(std::move(step));
        ++depth_;
    }
    /// `growth`: of the stack.
    void op(Opcode opcode, int growth, std::int32_t immediate = 0) {
        steps_.push_back(
            {.kind = Step::Kind::Instruction, .opcode = opcode, .immediate = immediate, .constant = {}});
        depth_ = static_cast<std::size_t>(static_cast<std::int64_t>(depth_) + growth);
    }

    void write_right(Operation operation, const Expression& right) {
        const auto* const number = std::get_if<std::int64_t>(&right.literal);
        if (is_literal(right) && number != nullptr && *number >= isa::kMinImmediate &&
            *number <= isa::kMaxImmediate) {
            op(opcodes_of(operation).immediate, 0, static_cast<std::int32_t>(*number));
            return;
        }
        write(right);
        op(opcodes_of(operation).two, -1);
    }
    void write_two(Operation operation, const Expression& left, const Expression& right) {
        write(left);
        write_right(operation, right);
    }

    /// Exceptions can be equal to one another and differ from all else; here they are neither.
    void write_equality(const Expression& expression) {
        const bool is_turned = is_literal(expression.operands[0]);
        const Expression& left = expression.operands[is_turned ? 1 : 0];
        const Expression& right = expression.operands[is_turned ? 0 : 1];
        write(left);
        if (is_literal(right) && expression.operation == Operation::Equal) {
            write_right(expression.operation, right);
        } else if (is_literal(right)) {
            op(Opcode::Pull, 1, 0);
            op(Opcode::IsExc, 0);
            op(Opcode::Eqi, 0, 0);
            op(Opcode::Swap, 0);
            write_right(expression.operation, right);
            op(Opcode::And, -1);
        } else {
            write(right);
            op(Opcode::Pull, 1, 1);  // l r l
            op(Opcode::IsExc, 0);
            op(Opcode::Pull, 1, 1);
            op(Opcode::IsExc, 0);
            op(Opcode::Or, -1);
            op(Opcode::Eqi, 0, 0);  // l r both-there
            op(Opcode::Pull, 1, 2);
            op(Opcode::Pull, 1, 2);  // l r both-there l r
            op(opcodes_of(expression.operation).two, -1);
            op(Opcode::And, -1);
            op(Opcode::Store, -1, 2);
            op(Opcode::Pop, -1);
        }
    }

    std::vector<Step> steps_;
    std::size_t depth_ = 0;
};

/// Code without services and moves asks nothing of its node.
class NoHost final : public vm::Host {
public:
    bool is_local(const IpAddress& /*address*/) override { return false; }
    bool is_neighbour(const IpAddress& /*address*/) override { return false; }
    IpAddress here() override { return {}; }
    std::uint32_t ingress() override { return 0; }
    IpAddress destination() override { return {}; }
    std::int64_t now_us() override { return 0; }
    unsigned max_sends() override { return 0; }
    vm::RouteAnswer route(const IpAddress& /*to*/, vm::Travel /*travel*/) override {
        return isa::Exc::NoRoute;
    }
    void emit(const IpAddress& /*to*/, vm::Travel /*travel*/, ConstBytes /*packet*/) override {}
    void deliver(std::uint16_t /*port*/, ConstBytes /*heap*/, std::span<const isa::Word> /*words*/) override {
    }
    const vm::ServiceSignature* find_service(std::uint32_t /*id*/) override { return nullptr; }
    std::variant<vm::ServiceResults, vm::Pending> call(const vm::ServiceSignature& /*service*/,
                                                       std::span<const isa::Value> /*arguments*/) override {
        return isa::Exc::NoSuchService;
    }
};

}  // namespace

std::vector<Step> Condition::to_code() const {
    CodeWriter writer;
    writer.write(root_);
    return writer.take();
}

void Condition::append_to(ProgramWriter& program, const PushColumn& push_column) const {
    for (const Step& step : to_code()) {
        switch (step.kind) {
            case Step::Kind::Instruction: program.op(step.opcode, step.immediate); break;
            case Step::Kind::Constant: program.push(step.constant); break;
            case Step::Kind::Column: push_column(program, step.column, step.depth); break;
        }
    }
}

std::string Condition::to_assembly(const ColumnText& column_text) const {
    std::string text;
    for (const Step& step : to_code()) {
        switch (step.kind) {
            case Step::Kind::Instruction: {
                const isa::OpInfo* const info = isa::find_op(static_cast<std::uint8_t>(step.opcode));
                SPLASH_ASSERT(info != nullptr, "the opcode is listed");
                text += info->operand == isa::Operand::None
                            ? fmt::format("        {}\n", info->mnemonic)
                            : fmt::format("        {:<6} {}\n", info->mnemonic, step.immediate);
                break;
            }
            case Step::Kind::Constant:
                text +=
                    fmt::format("        push   {}\n", assembly::literal_text(step.constant).value_or(""));
                break;
            case Step::Kind::Column: text += column_text(step.column, step.depth); break;
        }
    }
    return text;
}

Result<bool> Condition::holds(std::span<const isa::Value> values) const {
    SPLASH_ASSERT(values.size() == columns_.size(), "a value for every column");
    ProgramWriter program;
    append_to(program, [&values](ProgramWriter& code, std::size_t column, std::size_t depth) {
        code.op(Opcode::Pull, static_cast<std::int32_t>(depth + values.size() - 1 - column));
    });
    for (const isa::Value& value : values) {  // behind the constants, which instructions must reach
        program.begin_with(value);
    }
    constexpr std::size_t kMostPacket = std::size_t{56} * 1024;
    if (program.size() > kMostPacket) {
        return fail(Errc::TooLarge, fmt::format("the values of the condition {}", text_));
    }
    std::vector<std::byte> workspace = program.finish().to_wire();
    const auto header = isa::parse_header(workspace);
    SPLASH_ASSERT(std::holds_alternative<isa::Header>(header), "a packet made here is well-formed");
    constexpr std::size_t kRoom = 4096;  // for the stack and what is computed
    workspace.resize(workspace.size() + kRoom);
    vm::Execution execution(workspace, std::get<isa::Header>(header), std::uint32_t{1} << 16U);
    NoHost host;
    const vm::Outcome outcome = execution.run(host);
    if (const auto* const fault = std::get_if<vm::Fault>(&outcome)) {
        return fail(Errc::BadInput,
                    fmt::format("the condition {}: {}", text_, isa::to_string(fault->reason)));
    }
    const auto words = execution.snapshot(workspace.size()).words;
    SPLASH_ASSERT(!words.empty(), "a condition leaves a value");
    return words.back() == isa::Word::inline_int(1);
}

}  // namespace splash::cli
