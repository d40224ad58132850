// Lines and instructions; directives are in directives.cpp.
#include <array>
#include <string>
#include <utility>

#include "draft.hpp"
#include "isa/opcodes.hpp"
#include "lexer.hpp"
#include "nearest.hpp"

namespace splash::assembly {
namespace {

using isa::Opcode;
using isa::Operand;
using isa::OpInfo;
using isa::Type;
using isa::Value;

constexpr auto kMnemonics = std::to_array<std::string_view>({
#define SPLASH_OP(name, code, text, operand, meaning) text,
#include "opcodes.def"
#undef SPLASH_OP
});

/// The row of a mnemonic; for `push` any of its rows.
const OpInfo* find_mnemonic(std::string_view word) {
    for (const OpInfo& op : isa::kOps) {
        if (op.mnemonic == word) {
            return &op;
        }
    }
    return nullptr;
}

bool is_push(const OpInfo& op) {
    return op.mnemonic == "push";
}

Opcode push_opcode(Type type) {
    switch (type) {
        case Type::Int: return Opcode::PushWide;
        case Type::Addr: return Opcode::PushAddr;
        case Type::Str: return Opcode::PushStr;
        case Type::Exc: return Opcode::PushExc;
        case Type::Tuple: return Opcode::PushTup;
        case Type::Float: return Opcode::PushFlt;
        case Type::Oid: return Opcode::PushOid;
    }
    return Opcode::PushInt;
}

const OpInfo& row(Opcode opcode) {
    return *isa::find_op(static_cast<std::uint8_t>(opcode));
}

/// What the operand looks like, for hints.
std::string operand_hint(const OpInfo& op) {
    const std::string mnemonic(op.mnemonic);
    if (is_push(op)) {
        return kValueHint;
    }
    switch (op.operand) {
        case Operand::None: return "write just '" + mnemonic + "'";
        case Operand::Int: return "'" + mnemonic + "' takes an integer from -8388608 to 8388607";
        case Operand::Count: return "'" + mnemonic + "' takes a count from 0 to 8388607";
        case Operand::Label: return "'" + mnemonic + "' takes a distance, as in '" + mnemonic + " label-pc'";
        case Operand::Service:
            return "'" + mnemonic + "' takes the name of a service, as in '" + mnemonic +
                   " \"snmp_getsingle\"'";
        case Operand::Exc:
        case Operand::Const: break;
    }
    return kValueHint;
}

/// Reads one instruction behind its labels.
class InstructionReader {
public:
    InstructionReader(LineContext& context, TokenCursor& tokens, const OpInfo& op)
        : context_(context), tokens_(tokens), op_(op), operand_at_(tokens.column()) {}

    /// The instruction; on any error a finding, and an instruction that keeps the places of the others.
    [[nodiscard]] DraftInstruction read(std::size_t mnemonic_column) {
        DraftInstruction result;
        result.place = {context_.line, op_.operand == Operand::None ? mnemonic_column : operand_at_};
        result.op = &op_;
        result.word = encode(op_, 0);
        if (op_.operand == Operand::None) {
            if (!tokens_.at_end()) {
                complain("'" + std::string(op_.mnemonic) + "' takes no operand");
            }
            return result;
        }
        if (tokens_.at_end()) {
            complain("'" + std::string(op_.mnemonic) + "' needs an operand");
            return result;
        }
        auto operand = read_operand(tokens_, context_.names);
        if (auto* problem = std::get_if<Problem>(&operand)) {
            context_.findings.add(context_.line, std::move(*problem));
            return result;
        }
        auto& read = std::get<OperandValue>(operand);
        if (auto* label = std::get_if<LabelUse>(&read)) {
            take_label(result, std::move(*label));
        } else {
            take_value(result, std::move(std::get<Value>(read)));
        }
        expect_end(context_, tokens_);
        return result;
    }

private:
    static std::uint32_t encode(const OpInfo& op, std::int64_t immediate) {
        return isa::Instruction{static_cast<std::uint8_t>(op.opcode), static_cast<std::int32_t>(immediate)}
            .to_word();
    }

    void complain(std::string message) {
        context_.findings.add({context_.line, operand_at_}, std::move(message), operand_hint(op_));
    }

    void take_label(DraftInstruction& result, LabelUse label) {
        if (is_push(op_)) {
            result.op = &row(Opcode::PushInt);
            result.word = encode(*result.op, 0);
        } else if (op_.operand == Operand::Label && !label.is_distance) {
            context_.findings.add({context_.line, operand_at_},
                                  "'" + std::string(op_.mnemonic) + "' takes a distance, not a label's index",
                                  "write '" + std::string(op_.mnemonic) + " " + shorten(label.name) + "-pc'");
            return;
        } else if (op_.operand != Operand::Label && op_.operand != Operand::Int) {
            complain("'" + std::string(op_.mnemonic) + "' takes no label");
            return;
        }
        result.open = std::move(label);
    }

    void take_value(DraftInstruction& result, Value value) {
        if (is_push(op_)) {
            take_pushed(result, std::move(value));
            return;
        }
        if (op_.operand == Operand::Service && std::holds_alternative<isa::Str>(value)) {
            result.word = encode(op_, isa::service_id(std::get<isa::Str>(value).octets));
            return;
        }
        const auto* integer = std::get_if<std::int64_t>(&value);
        if (integer == nullptr) {
            complain("'" + std::string(op_.mnemonic) + "' takes no " +
                     std::string(to_string(isa::type_of(value))));
            return;
        }
        const bool is_unsigned = op_.operand == Operand::Count || op_.operand == Operand::Service;
        const std::int64_t low = is_unsigned ? 0 : isa::kMinImmediate;
        const std::int64_t high = op_.operand == Operand::Service ? 0xffffff : isa::kMaxImmediate;
        if (*integer < low || *integer > high) {
            context_.findings.add(
                {context_.line, operand_at_},
                std::to_string(*integer) + " is out of range for '" + std::string(op_.mnemonic) + "'",
                "from " + std::to_string(low) + " to " + std::to_string(high));
            return;
        }
        result.word = encode(op_, *integer);
    }

    void take_pushed(DraftInstruction& result, Value value) {
        if (const auto* integer = std::get_if<std::int64_t>(&value);
            integer != nullptr && *integer >= isa::kMinImmediate && *integer <= isa::kMaxImmediate) {
            result.op = &row(Opcode::PushInt);
            result.word = encode(*result.op, *integer);
            return;
        }
        result.op = &row(push_opcode(isa::type_of(value)));
        if (const auto* exc = std::get_if<isa::Exc>(&value)) {
            const auto code = static_cast<std::uint32_t>(*exc);
            if (code > 0xffffffU) {
                context_.findings.add({context_.line, operand_at_},
                                      "exception " + std::to_string(code) + " is out of range for 'push'",
                                      "from exc:0 to exc:16777215");
            }
            result.word = encode(*result.op, static_cast<std::int64_t>(code & 0xffffffU));
            return;
        }
        result.word = encode(*result.op, 0);
        result.open = std::move(value);
    }

    LineContext& context_;
    TokenCursor& tokens_;
    const OpInfo& op_;
    std::size_t operand_at_;
};

void add_instruction(LineContext& context, DraftInstruction instruction) {
    auto& code = context.draft.code;
    if (code.size() == Draft::kMaxInstructions) {
        context.findings.add(instruction.place,
                             "more than " + std::to_string(Draft::kMaxInstructions) + " instructions",
                             "a packet's code has at most 65,535 octets; split the program");
    }
    if (code.size() <= Draft::kMaxInstructions) {
        code.push_back(std::move(instruction));
    }
}

/// `.word 0x...`: an instruction as it lies in the packet.
void read_raw_instruction(LineContext& context, TokenCursor& tokens) {
    DraftInstruction result;
    result.place = {context.line, tokens.column()};
    const auto value = read_value(tokens, context.names);
    const auto* read = std::get_if<Value>(&value);
    const auto* integer = read == nullptr ? nullptr : std::get_if<std::int64_t>(read);
    if (integer == nullptr || *integer < 0 || *integer > 0xffffffff) {
        context.findings.add(result.place, "'.word' takes one instruction as a number",
                             "from 0 to 0xffffffff, as in '.word 0x02000003'");
    } else {
        result.word = static_cast<std::uint32_t>(*integer);
        expect_end(context, tokens);
    }
    add_instruction(context, std::move(result));
}

void read_instruction(LineContext& context, TokenCursor& tokens) {
    const Token mnemonic = *tokens.peek();
    tokens.skip();
    if (mnemonic.text == ".word") {
        read_raw_instruction(context, tokens);
        return;
    }
    const OpInfo* const op = mnemonic.kind == Token::Kind::Word ? find_mnemonic(mnemonic.text) : nullptr;
    if (op == nullptr) {
        const Place place{context.line, mnemonic.column};
        context.findings.add(place, "unknown instruction '" + shorten(mnemonic.text) + "'",
                             suggest(mnemonic.text, kMnemonics));
        add_instruction(context, {place, 0, nullptr, {}});
        return;
    }
    InstructionReader reader(context, tokens, *op);
    add_instruction(context, reader.read(mnemonic.column));
}

/// Takes the labels at the front of a line. "a:b: forw" has two, also without blanks.
void read_labels(LineContext& context, std::vector<Token>& tokens) {
    std::size_t taken = 0;
    while (taken < tokens.size() && tokens[taken].kind == Token::Kind::Word) {
        Token& token = tokens[taken];
        const std::size_t colon = token.text.find(':');
        if (colon == std::string_view::npos || !is_identifier(token.text.substr(0, colon))) {
            break;
        }
        const std::string_view name = token.text.substr(0, colon);
        const Place place{context.line, token.column};
        if (name == "pc") {
            context.findings.add(place, "a label cannot be called 'pc'",
                                 "'pc' is the place of an instruction itself");
        } else if (const auto known = context.draft.labels.find(name); known != context.draft.labels.end()) {
            context.findings.add(place, "the label '" + shorten(name) + "' is already defined",
                                 "the first is in line " + std::to_string(known->second.place.line + 1));
        } else {
            context.draft.labels.emplace(std::string(name), Label{context.draft.code.size(), place});
        }
        token.text.remove_prefix(colon + 1);
        token.column += colon + 1;
        taken += token.text.empty() ? 1U : 0U;
    }
    tokens.erase(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(taken));
}

void read_line(LineContext& context, std::string_view text) {
    Tokens tokens = tokenise(text);
    read_labels(context, tokens.list);
    TokenCursor cursor(tokens.list, text.size());
    if (tokens.problem) {
        context.findings.add(context.line, std::move(*tokens.problem));
        return;
    }
    if (cursor.at_end()) {
        return;
    }
    if (cursor.peek()->kind == Token::Kind::Word && cursor.peek()->text.starts_with('#')) {
        read_directive(context, cursor);
    } else {
        read_instruction(context, cursor);
    }
}

}  // namespace

void expect_end(LineContext& context, const TokenCursor& tokens) {
    if (!tokens.at_end()) {
        context.findings.add({context.line, tokens.column()}, "unexpected text behind the operand",
                             "one instruction or directive a line; a comment begins with ;");
    }
}

void read_lines(Draft& draft, Findings& findings, const Names& names, const Arguments& arguments) {
    LineContext context{draft, findings, names, arguments};
    const auto& lines = findings.lines();
    for (; context.line < lines.size() && !findings.is_full(); ++context.line) {
        read_line(context, lines[context.line]);
    }
}

}  // namespace splash::assembly
