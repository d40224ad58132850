#include "asm/assembler.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "constants.hpp"
#include "draft.hpp"
#include "isa/opcodes.hpp"
#include "nearest.hpp"

namespace splash::assembly {
namespace {

using isa::Opcode;
using isa::Operand;

bool resumes_elsewhere(Opcode opcode) {
    return opcode == Opcode::Moveto || opcode == Opcode::Dmoveto;
}

/// paj and tpaj add a value from the stack: only the sum must be ahead.
bool adds_to_distance(Opcode opcode) {
    return opcode == Opcode::Paj || opcode == Opcode::Tpaj;
}

/// Fills in what the lines left open.
class Finisher {
public:
    Finisher(Draft& draft, Findings& findings)
        : draft_(draft), findings_(findings), pool_(std::move(draft.raw_heap)) {
        for (const auto& [name, label] : draft.labels) {
            label_names_.push_back(name);
        }
    }

    [[nodiscard]] isa::Packet finish() {
        isa::Packet packet;
        for (std::size_t i = 0; i < draft_.code.size() && !findings_.is_full(); ++i) {
            packet.code.push_back(finish_instruction(draft_.code[i], i));
        }
        for (DraftSlot& slot : draft_.slots) {
            if (findings_.is_full()) {
                break;
            }
            packet.stack.push_back(finish_slot(slot));
        }
        std::ranges::reverse(packet.stack);
        packet.heap = pool_.take();
        finish_header(packet);
        return packet;
    }

private:
    std::optional<std::size_t> find_label(const LabelUse& use, Place place) {
        if (use.name.empty()) {
            return static_cast<std::size_t>(use.index);
        }
        if (const auto found = draft_.labels.find(use.name); found != draft_.labels.end()) {
            return found->second.index;
        }
        findings_.add(place, "unknown label '" + shorten(use.name) + "'", suggest(use.name, label_names_));
        return std::nullopt;
    }

    std::uint32_t finish_instruction(DraftInstruction& instruction, std::size_t index) {
        if (const auto* use = std::get_if<LabelUse>(&instruction.open)) {
            return finish_label(instruction, *use, index);
        }
        if (const auto* constant = std::get_if<isa::Value>(&instruction.open)) {
            return finish_constant(instruction, *constant);
        }
        return instruction.word;
    }

    std::uint32_t finish_label(const DraftInstruction& instruction, const LabelUse& use, std::size_t index) {
        const auto target = find_label(use, instruction.place);
        if (!target) {
            return instruction.word;
        }
        const std::int64_t here = use.is_distance ? static_cast<std::int64_t>(index) : 0;
        const std::int64_t operand = static_cast<std::int64_t>(*target) - here;
        const auto& op = *instruction.op;
        if (op.operand != Operand::Label) {
            has_label_values_ = true;
        } else if (!adds_to_distance(op.opcode)) {
            check_jump(instruction, use, *target, operand);
        }
        if (operand < isa::kMinImmediate || operand > isa::kMaxImmediate) {
            findings_.add(instruction.place, "the distance " + std::to_string(operand) + " is out of range",
                          "from -8388608 to 8388607");
        }
        return isa::Instruction{static_cast<std::uint8_t>(op.opcode), static_cast<std::int32_t>(operand)}
            .to_word();
    }

    void check_jump(const DraftInstruction& instruction, const LabelUse& use, std::size_t target,
                    std::int64_t distance) {
        const std::string what = use.name.empty() ? "instruction " + std::to_string(use.index)
                                                  : "the label '" + shorten(use.name) + "'";
        if (distance <= 0) {
            findings_.add(instruction.place, what + " is not ahead of this instruction",
                          "code only runs forward; to loop, a packet sends itself to an earlier entry");
        } else if (target > draft_.code.size()) {
            findings_.add(instruction.place, what + " is outside the code");
        } else if (target == draft_.code.size() && resumes_elsewhere(instruction.op->opcode)) {
            findings_.add(instruction.place,
                          what + " has no instruction behind it where a packet could resume",
                          "put 'exit' there");
        }
    }

    std::uint32_t finish_constant(const DraftInstruction& instruction, const isa::Value& constant) {
        const auto ref = pool_.put_pushed(constant);
        if (!ref) {
            complain_heap_full(instruction.place);
            return instruction.word;
        }
        const auto shown = [&constant] {
            return "the constant " + shorten(literal_text(constant).value_or(""));
        };
        if (ref->length > isa::ConstPlace::kMaxLength) {
            findings_.add(instruction.place,
                          shown() + " has " + std::to_string(ref->length) +
                              " octets, and 'push' takes at most " +
                              std::to_string(isa::ConstPlace::kMaxLength),
                          "put it on the stack with #data");
            return instruction.word;
        }
        if (ref->offset > isa::ConstPlace::kMaxOffset) {
            findings_.add(instruction.place,
                          shown() + " would lie at octet " + std::to_string(ref->offset) +
                              " of the heap, and 'push' reaches at most " +
                              std::to_string(isa::ConstPlace::kMaxOffset),
                          "put long constants on the stack with #data");
            return instruction.word;
        }
        return instruction.word | isa::ConstPlace{ref->offset, ref->length}.to_immediate();
    }

    isa::Word finish_slot(DraftSlot& slot) {
        if (const auto* raw = std::get_if<isa::Word>(&slot.content)) {
            return *raw;
        }
        if (const auto* use = std::get_if<LabelUse>(&slot.content)) {
            has_label_values_ = true;
            return isa::Word::inline_int(static_cast<std::int64_t>(find_label(*use, slot.place).value_or(0)));
        }
        const auto word = pool_.put(std::get<isa::Value>(slot.content));
        if (!word) {
            complain_heap_full(slot.place);
        }
        return word.value_or(isa::Word());
    }

    void complain_heap_full(Place place) {
        if (!std::exchange(heap_is_full_, true)) {
            findings_.add(place, "no room for this constant: the heap would have more than " +
                                     std::to_string(ConstantPool::kMaxOctets) + " octets");
        }
    }

    void finish_header(isa::Packet& packet) {
        if (draft_.codeless && !packet.code.empty()) {
            findings_.add(draft_.codeless->place, "a report or delivery has no code",
                          "remove the instructions");
        } else if (!draft_.codeless && packet.code.empty() && findings_.empty()) {
            findings_.add_general("the program has no instructions");
        }
        packet.header.port = draft_.port ? draft_.port->value : std::uint16_t{0};
        packet.header.bound = draft_.bound ? draft_.bound->value : std::uint16_t{0};
        if (draft_.entry) {
            const auto index = find_label(draft_.entry->value, draft_.entry->place);
            if (index && *index >= packet.code.size()) {
                findings_.add(
                    draft_.entry->place, "the entry point is outside the code",
                    "the code has " + std::to_string(packet.code.size()) + " instructions, counted from 0");
            } else if (index) {
                packet.header.entry = static_cast<std::uint16_t>(*index);
            }
        }
        const bool found_trimmable = !has_label_values_ && is_trimmable_code(packet.code);
        if (draft_.trimmable ? draft_.trimmable->value : found_trimmable) {
            packet.header.flags |= isa::Flags::kTrimmable;
        }
        if (draft_.codeless && draft_.codeless->value == Codeless::Report) {
            packet.header.flags |= isa::Flags::kReport;
        }
    }

    Draft& draft_;
    Findings& findings_;
    ConstantPool pool_;
    std::vector<std::string_view> label_names_;
    bool has_label_values_ = false;
    bool heap_is_full_ = false;
};

}  // namespace

bool is_trimmable_code(const std::vector<std::uint32_t>& code) {
    return !code.empty() && std::ranges::none_of(code, [](std::uint32_t word) {
        switch (static_cast<Opcode>(isa::Instruction::from_word(word).octet)) {
            case Opcode::Send:
            case Opcode::Hop:
            case Opcode::Dsend:
            case Opcode::GetEp:
            case Opcode::Paj:
            case Opcode::Tpaj: return true;
            default: return false;
        }
    });
}

std::variant<Program, std::vector<Diagnostic>> assemble(std::string_view source, std::string_view file,
                                                        const Names& names, const Arguments& arguments) {
    Findings findings(file, source);
    Draft draft;
    read_lines(draft, findings, names, arguments);
    check_arguments(draft, findings, arguments);
    Finisher finisher(draft, findings);
    Program program;
    program.packet = finisher.finish();
    if (!findings.empty()) {
        return findings.take();
    }
    program.has_bound = draft.bound.has_value();
    program.parameters = std::move(draft.parameters);
    for (const DraftInstruction& instruction : draft.code) {
        program.lines.push_back(instruction.place.line + 1);
    }
    return program;
}

}  // namespace splash::assembly
