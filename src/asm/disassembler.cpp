// Packets as text. The readable form is tried first and assembled again: if that does not give the same
// octets (constants that are not shared, gaps in the heap, references that dangle), the heap is shown as it
// lies and the words that refer to it are shown raw, with a comment of what they mean. Either way the text
// assembles back.
#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <utility>

#include "asm/assembler.hpp"
#include "base/bytes.hpp"
#include "draft.hpp"
#include "isa/opcodes.hpp"
#include "literal.hpp"
#include "nearest.hpp"

namespace splash::assembly {
namespace {

using isa::Opcode;
using isa::Operand;
using isa::OpInfo;
using isa::Type;
using isa::Value;
using isa::Word;

/// Beyond this the readable form is given up: shared constants can be many times longer as text.
constexpr std::size_t kMaxReadable = 1U << 20U;

std::optional<std::string_view> service_name(std::uint32_t id) {
    static constexpr auto kServices = std::to_array<std::string_view>({
#define SPLASH_SERVICE(set, name, arguments, results, cost, right, when, meaning) name,
#include "services.def"
#undef SPLASH_SERVICE
    });
    for (const std::string_view name : kServices) {
        if (isa::service_id(name) == id) {
            return name;
        }
    }
    return std::nullopt;
}

std::string hex(std::uint64_t value, int digits) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%0*" PRIx64, digits, value);
    return text.data();
}

std::string count(std::size_t n, const std::string& noun) {
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

/// What a person wants to know besides the literal: an object's name, an exception's meaning.
std::string explain(const Value& value) {
    if (const auto* oid = std::get_if<Oid>(&value)) {
        return name_from_oid(*oid).value_or("");
    }
    if (const auto* exc = std::get_if<isa::Exc>(&value)) {
        return to_string(*exc);
    }
    return {};
}

class Printer {
public:
    enum class Heap : std::uint8_t { AsConstants, AsOctets };

    Printer(const isa::Packet& packet, Heap heap) : packet_(packet), heap_(heap) {
        labels_.resize(packet.code.size() + 1);
        for (std::size_t i = 0; i < packet.code.size(); ++i) {
            if (const auto target = jump_target(i)) {
                labels_[*target] = true;
            }
        }
        if (!packet.code.empty() && packet.header.entry < packet.code.size() && packet.header.entry > 0) {
            labels_[packet.header.entry] = true;
        }
    }

    /// nullopt if this form cannot say it.
    [[nodiscard]] std::optional<std::string> print() {
        print_header();
        for (std::size_t i = 0; i < packet_.code.size(); ++i) {
            print_instruction(i);
            if (failed_ || (heap_ == Heap::AsConstants && text_.size() > kMaxReadable)) {
                return std::nullopt;
            }
        }
        if (labels_.back()) {
            text_ += label(packet_.code.size()) + ":\n";
        }
        for (auto word = packet_.stack.rbegin(); word != packet_.stack.rend(); ++word) {
            print_slot(*word);
            if (failed_ || (heap_ == Heap::AsConstants && text_.size() > kMaxReadable)) {
                return std::nullopt;
            }
        }
        if (heap_ == Heap::AsOctets) {
            print_heap();
        }
        return std::move(text_);
    }

private:
    static std::string label(std::size_t index) { return "L" + std::to_string(index); }

    /// Where a jump goes, if a label can say it.
    [[nodiscard]] std::optional<std::size_t> jump_target(std::size_t index) const {
        const auto instruction = isa::Instruction::from_word(packet_.code[index]);
        const OpInfo* const op = isa::find_op(instruction.octet);
        if (op == nullptr || op->operand != Operand::Label || op->opcode == Opcode::Paj ||
            op->opcode == Opcode::Tpaj || instruction.immediate <= 0) {
            return std::nullopt;
        }
        const std::size_t target = index + static_cast<std::size_t>(instruction.immediate);
        const bool resumes = op->opcode == Opcode::Moveto || op->opcode == Opcode::Dmoveto;
        return target < packet_.code.size() + (resumes ? 0U : 1U) ? std::optional(target) : std::nullopt;
    }

    void print_line(const std::string& front, const std::string& body, const std::string& comment) {
        constexpr std::size_t kCommentColumn = 40;
        std::string line = front + body;
        if (!comment.empty()) {
            line.resize(std::max(line.size() + 2, kCommentColumn), ' ');
            line += "; " + comment;
        }
        text_ += line + '\n';
    }

    void print_header() {
        const isa::Header& header = packet_.header;
        text_ += "; " + count(packet_.code.size(), "instruction") + ", " +
                 count(packet_.heap.size(), "octet") + " of constants, " +
                 count(packet_.stack.size(), "value") + " on the stack\n";
        if (packet_.code.empty()) {
            text_ += header.is_report() ? "#report\n" : "#delivery\n";
        }
        if (header.entry > 0 && header.entry < packet_.code.size()) {
            text_ += "#entry " + label(header.entry) + "\n";
        }
        if (header.port != 0) {
            text_ += "#sport " + std::to_string(header.port) + "\n";
        }
        if (header.bound != 0) {
            text_ += "#bound " + std::to_string(header.bound) + "\n";
        }
        if (header.is_trimmable() != is_trimmable_code(packet_.code)) {
            text_ += header.is_trimmable() ? "#trimmable on\n" : "#trimmable off\n";
        }
    }

    /// The value of a constant that lies in the heap. In comments only small ones are worth the work.
    [[nodiscard]] std::optional<Value> constant(Type type, std::uint32_t offset, std::uint32_t length) const {
        constexpr std::uint32_t kWorthAComment = 64;
        if (std::size_t{offset} + length > packet_.heap.size() ||
            (heap_ == Heap::AsOctets && length > kWorthAComment)) {
            return std::nullopt;
        }
        if (type == Type::Addr && length == 4) {
            return Value(*IpAddress::from_octets(std::span(packet_.heap).subspan(offset, length)));
        }
        const isa::HeapRef ref{static_cast<std::uint16_t>(offset), static_cast<std::uint16_t>(length)};
        return isa::read_value(Word::heap(type, ref), packet_.heap, heap_ == Heap::AsConstants ? 1024 : 32);
    }

    void print_instruction(std::size_t index) {
        std::string front = labels_[index] ? label(index) + ":" : std::string();
        front.resize(std::max<std::size_t>(front.size() + (front.empty() ? 0U : 1U), 8), ' ');
        const std::uint32_t word = packet_.code[index];
        const auto instruction = isa::Instruction::from_word(word);
        const OpInfo* const op = isa::find_op(instruction.octet);
        std::string comment;
        std::optional<std::string> operand;
        if (op != nullptr) {
            operand = operand_text(*op, instruction, index, comment);
        }
        if (!operand) {
            print_line(front, ".word  " + hex(word, 8),
                       comment.empty() ? raw_comment(op, instruction) : comment);
            return;
        }
        std::string body(op->mnemonic);
        if (!operand->empty()) {
            body.resize(std::max<std::size_t>(body.size() + 1, 7), ' ');
            body += *operand;
        }
        print_line(front, body, comment);
    }

    static std::string raw_comment(const OpInfo* op, const isa::Instruction& instruction) {
        return op == nullptr ? "no instruction"
                             : std::string(op->mnemonic) + " " + std::to_string(instruction.immediate) +
                                   " is not valid";
    }

    /// Empty for an instruction without operand; nullopt if only a `.word` says it.
    std::optional<std::string> operand_text(const OpInfo& op, const isa::Instruction& instruction,
                                            std::size_t index, std::string& comment) {
        switch (op.operand) {
            case Operand::None:
                return instruction.immediate == 0 ? std::optional<std::string>("") : std::nullopt;
            case Operand::Int: return std::to_string(instruction.immediate);
            case Operand::Count:
                return instruction.immediate >= 0 ? std::optional(std::to_string(instruction.immediate))
                                                  : std::nullopt;
            case Operand::Label: {
                const auto target = jump_target(index);
                return target ? label(*target) + "-pc" : std::to_string(instruction.immediate);
            }
            case Operand::Service: {
                const auto name = service_name(instruction.unsigned_immediate());
                if (!name) {
                    comment = "a service this version does not know";
                    return hex(instruction.unsigned_immediate(), 6);
                }
                return "\"" + std::string(*name) + "\"";
            }
            case Operand::Exc: {
                const auto exc = static_cast<isa::Exc>(instruction.unsigned_immediate());
                comment = explain(exc);
                return *literal_text(exc);
            }
            case Operand::Const: return constant_text(op, instruction, comment);
        }
        return std::nullopt;
    }

    std::optional<std::string> constant_text(const OpInfo& op, const isa::Instruction& instruction,
                                             std::string& comment) {
        const auto type = isa::constant_type(op.opcode);
        const auto place = isa::ConstPlace::from_immediate(instruction.unsigned_immediate());
        const auto value = type ? constant(*type, place.offset, place.length) : std::nullopt;
        auto text = value ? literal_text(*value) : std::nullopt;
        if (heap_ == Heap::AsConstants) {
            failed_ = failed_ || !text;
            comment = text ? explain(*value) : "";
            return text;
        }
        comment = "push " + meaning(type.value_or(Type::Str), place.length, value, text) + " at " +
                  std::to_string(place.offset);
        return std::nullopt;
    }

    /// For comments beside raw words.
    static std::string meaning(Type type, std::uint32_t length, const std::optional<Value>& value,
                               const std::optional<std::string>& text) {
        if (!text) {
            return std::string(to_string(type)) + " of " + count(length, "octet");
        }
        const std::string name = explain(*value);
        return shorten(*text) + (name.empty() ? "" : " (" + name + ")");
    }

    void print_slot(Word word) {
        const auto type = word.type();
        if (type && word.is_in_heap()) {
            const auto value = constant(*type, word.ref().offset, word.ref().length);
            const auto text = value ? literal_text(*value) : std::nullopt;
            if (heap_ == Heap::AsConstants) {
                failed_ = failed_ || !text;
                print_line("#data ", text.value_or(""), value ? explain(*value) : "");
            } else {
                print_line("#word ", hex(word.raw(), 16),
                           meaning(*type, word.ref().length, value, text) + " at " +
                               std::to_string(word.ref().offset));
            }
            return;
        }
        const auto value = type ? isa::read_value(word, {}, 1) : std::nullopt;
        if (!value || !is_plain(word, *value)) {
            print_line("#word ", hex(word.raw(), 16), "no value");
            return;
        }
        print_line("#data ", *literal_text(*value), explain(*value));
    }

    /// False for a word with bits set that its type does not use.
    static bool is_plain(Word word, const Value& value) {
        isa::HeapWriter writer;
        return writer.put(value) == word;
    }

    void print_heap() {
        constexpr std::size_t kPerLine = 32;
        const std::string octets(as_text(packet_.heap));
        for (std::size_t at = 0; at < octets.size(); at += kPerLine) {
            print_line("#heap ", *literal_text(isa::Str{octets.substr(at, kPerLine)}),
                       "at " + std::to_string(at));
        }
    }

    const isa::Packet& packet_;
    Heap heap_;
    std::vector<bool> labels_;
    std::string text_;
    bool failed_ = false;
};

bool assembles_back(const std::string& text, const isa::Packet& packet) {
    const BuiltinNames names;
    const auto result = assemble(text, "", names);
    const auto* program = std::get_if<Program>(&result);
    return program != nullptr && program->packet.code == packet.code && program->packet.heap == packet.heap &&
           program->packet.stack == packet.stack;
}

}  // namespace

std::string disassemble(const isa::Packet& packet) {
    isa::Packet aligned = packet;
    aligned.heap.resize(align4(packet.heap.size()));
    Printer readable(aligned, Printer::Heap::AsConstants);
    if (auto text = readable.print(); text && assembles_back(*text, aligned)) {
        return std::move(*text);
    }
    Printer raw(aligned, Printer::Heap::AsOctets);
    return raw.print().value_or("");
}

}  // namespace splash::assembly
