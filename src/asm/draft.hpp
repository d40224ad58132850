// A program between reading its lines and placing its labels and constants.
//
// Reading (parser, directives) fills the Draft line by line and notes what is wrong in Findings. When all
// lines are read the assembler knows every label; then it fills in what instructions and stack slots left
// open, code first, then the stack from its top: this order makes the heap's layout a function of the text
// alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "asm/assembler.hpp"
#include "findings.hpp"
#include "literal.hpp"

namespace splash::assembly {

struct DraftInstruction {
    Place place;                      ///< of the operand, else of the mnemonic
    std::uint32_t word = 0;           ///< complete unless something is open
    const isa::OpInfo* op = nullptr;  ///< null for a `.word`
    std::variant<std::monostate, LabelUse, isa::Value> open;
};

/// One value of the initial stack.
struct DraftSlot {
    Place place;
    std::variant<isa::Value, isa::Word, LabelUse> content;
};

struct Label {
    std::size_t index = 0;  ///< of the instruction behind it
    Place place;
};

template <class T>
struct Setting {
    Place place;
    T value{};
};

/// What a packet without code is.
enum class Codeless : std::uint8_t { Report, Delivery };

struct Draft {
    static constexpr std::size_t kMaxInstructions = 0xffff / 4;
    static constexpr std::size_t kMaxSlots = 0xffff / isa::kWordSize;

    std::vector<DraftInstruction> code;
    std::vector<DraftSlot> slots;  ///< top first, as written
    std::map<std::string, Label, std::less<>> labels;
    std::vector<std::byte> raw_heap;
    std::vector<Parameter> parameters;
    std::optional<Setting<std::uint16_t>> port;
    std::optional<Setting<std::uint16_t>> bound;
    std::optional<Setting<LabelUse>> entry;
    std::optional<Setting<bool>> trimmable;
    std::optional<Setting<Codeless>> codeless;
};

/// What reading one line needs.
struct LineContext {
    Draft& draft;
    Findings& findings;
    const Names& names;
    const Arguments& arguments;
    std::size_t line = 0;  ///< from 0
};

/// Reads every line.
void read_lines(Draft& draft, Findings& findings, const Names& names, const Arguments& arguments);

/// Reads one directive, from its `#word` on, to the end of the line.
void read_directive(LineContext& context, TokenCursor& tokens);

/// Complains about what is left of the line, if anything is.
void expect_end(LineContext& context, const TokenCursor& tokens);

/// Complains about arguments that no `#arg` declares.
void check_arguments(const Draft& draft, Findings& findings, const Arguments& arguments);

/// True if a node may trim a packet of this code, as far as the instructions tell.
[[nodiscard]] bool is_trimmable_code(const std::vector<std::uint32_t>& code);

}  // namespace splash::assembly
