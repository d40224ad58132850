// The instructions of SNAP/2 as spec/opcodes.def lists them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace splash::isa {

enum class Opcode : std::uint8_t {
#define SPLASH_OP(name, code, text, operand, meaning) name = (code),
#include "opcodes.def"
#undef SPLASH_OP
};

/// What the 24-bit immediate holds; spec/opcodes.def explains each.
enum class Operand : std::uint8_t { None, Int, Label, Count, Service, Exc, Const };

struct OpInfo {
    Opcode opcode;
    Operand operand;
    std::string_view mnemonic;
    std::string_view meaning;
};

inline constexpr auto kOps = std::to_array<OpInfo>({
#define SPLASH_OP(name, code, text, operand, meaning) {Opcode::name, Operand::operand, text, meaning},
#include "opcodes.def"
#undef SPLASH_OP
});

/// The row of an opcode octet, or nullptr if no instruction has it.
[[nodiscard]] constexpr const OpInfo* find_op(std::uint8_t octet) {
    for (const OpInfo& op : kOps) {
        if (static_cast<std::uint8_t>(op.opcode) == octet) {
            return &op;
        }
    }
    return nullptr;
}

/// An instruction word taken apart. The immediate is sign-extended.
struct Instruction {
    std::uint8_t octet = 0;
    std::int32_t immediate = 0;

    [[nodiscard]] static constexpr Instruction from_word(std::uint32_t word) {
        const std::uint32_t low = word & 0xffffffU;
        const std::uint32_t extended = (low & 0x800000U) != 0 ? low | 0xff000000U : low;
        return {static_cast<std::uint8_t>(word >> 24U), static_cast<std::int32_t>(extended)};
    }
    [[nodiscard]] constexpr std::uint32_t to_word() const {
        return static_cast<std::uint32_t>(octet) << 24U | (static_cast<std::uint32_t>(immediate) & 0xffffffU);
    }
    /// The immediate without its sign: a service id, or a constant's place.
    [[nodiscard]] constexpr std::uint32_t unsigned_immediate() const {
        return static_cast<std::uint32_t>(immediate) & 0xffffffU;
    }
    bool operator==(const Instruction&) const = default;
};

inline constexpr std::int32_t kMinImmediate = -0x800000;
inline constexpr std::int32_t kMaxImmediate = 0x7fffff;

/// Where a constant lies in the heap, as the immediate of a push has it.
struct ConstPlace {
    std::uint32_t offset = 0;  ///< octets, a multiple of 4
    std::uint32_t length = 0;  ///< octets

    static constexpr std::uint32_t kMaxOffset = 0xfffU * 4U;
    static constexpr std::uint32_t kMaxLength = 0xfffU;

    [[nodiscard]] static constexpr ConstPlace from_immediate(std::uint32_t immediate) {
        return {(immediate >> 12U & 0xfffU) * 4U, immediate & 0xfffU};
    }
    [[nodiscard]] constexpr std::uint32_t to_immediate() const { return (offset / 4U) << 12U | length; }
};

constexpr bool codes_and_names_are_unique() {
    for (std::size_t i = 0; i < kOps.size(); ++i) {
        for (std::size_t k = i + 1; k < kOps.size(); ++k) {
            const bool same_text = kOps[i].mnemonic == kOps[k].mnemonic;
            if (kOps[i].opcode == kOps[k].opcode || (same_text && kOps[i].mnemonic != "push")) {
                return false;
            }
        }
    }
    return true;
}
static_assert(codes_and_names_are_unique());
static_assert(find_op(0x00) == nullptr && find_op(0xff) == nullptr);

}  // namespace splash::isa
