// SNAP assembly text → packets. Pure: names of OIDs and program arguments come in from outside.
// (The namespace is `assembly` because `asm` is a C++ keyword.)
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/oid.hpp"
#include "isa/packet.hpp"

namespace splash::assembly {

/// Where names in `oid:...` come from; BuiltinNames is spec/names.def.
class Names {
public:
    Names() = default;
    Names(const Names&) = delete;
    Names& operator=(const Names&) = delete;
    virtual ~Names() = default;
    [[nodiscard]] virtual std::optional<Oid> find(std::string_view name) const = 0;
    /// What the writer may have meant, closest first.
    [[nodiscard]] virtual std::vector<std::string> like(std::string_view name) const = 0;
};

class BuiltinNames final : public Names {
public:
    [[nodiscard]] std::optional<Oid> find(std::string_view name) const override;
    [[nodiscard]] std::vector<std::string> like(std::string_view name) const override;
};

/// One finding, for a person.
struct Diagnostic {
    std::string file;
    std::size_t line = 0;    ///< from 1
    std::size_t column = 0;  ///< from 1
    std::string message;
    std::string hint;  ///< what to write instead; may be empty
    std::string source_line;

    /// "file:3:9: error: message", the line, a caret, "hint: ...".
    [[nodiscard]] std::string to_string() const;
};

/// An argument a program declares with `#arg name type [default]`.
struct Parameter {
    std::string name;
    isa::Type type{};
    std::optional<isa::Value> fallback;
    bool takes_any_type = false;  ///< declared `any`: a literal, or else text; `type` says nothing then
};

struct Program {
    isa::Packet
        packet;  ///< entry, port (#sport), bound (#bound) and flags set; origin and id are the node's to set
    bool has_bound = false;  ///< #bound was given
    std::vector<Parameter> parameters;
    std::vector<std::size_t> lines;  ///< source line of each instruction
};

using Arguments = std::map<std::string, std::string, std::less<>>;

/// Assembles a whole source text. All findings are collected, not only the first.
[[nodiscard]] std::variant<Program, std::vector<Diagnostic>> assemble(std::string_view source,
                                                                      std::string_view file,
                                                                      const Names& names,
                                                                      const Arguments& arguments = {});

/// Parses one literal as the assembler writes it: integer, float, "str", address, oid:..., exc:N.
[[nodiscard]] std::optional<isa::Value> parse_literal(std::string_view text, const Names& names);

/// The text that parse_literal turns into the same value; nullopt if there is none (a NaN with a payload, a
/// deep tuple).
[[nodiscard]] std::optional<std::string> literal_text(const isa::Value& value);

/// Text that assembles back to the same octets. What is no instruction is shown as a `.word`.
[[nodiscard]] std::string disassemble(const isa::Packet& packet);

}  // namespace splash::assembly
