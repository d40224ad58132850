// The programs of programs/, as this command line carries them: what is documented is what runs.
//
// A shipped program may have sections: what stands between a line ";; NAME" and the next line ";; end". The
// text in the file makes a program of its own; commands put theirs in place of it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "isa/packet.hpp"
#include "isa/value.hpp"

namespace splash::cli {

/// The text of a shipped program. `name` is that of one of the files in programs/, without its ending.
[[nodiscard]] std::string_view shipped_program(std::string_view name);

/// What stands in sections instead of the file's own text, by section. Lines end with line feeds.
using Sections = std::map<std::string, std::string, std::less<>>;

/// The text of a shipped program with these sections in place of its own.
[[nodiscard]] std::string fill_sections(std::string_view name, const Sections& sections);

/// The shipped program with these sections, assembled. @error TooLarge it has more constants than a packet
/// can name; Bug the text does not assemble otherwise
[[nodiscard]] Result<isa::Packet> assemble_shipped(std::string_view name, const Sections& sections);

/// Lines of assembly text, in two columns as in the files.
[[nodiscard]] std::string assembly_line(std::string_view mnemonic, std::string_view operand = {});
[[nodiscard]] std::string assembly_line(std::string_view mnemonic, std::size_t operand);
/// `value`: any but a tuple.
[[nodiscard]] std::string push_line(const isa::Value& value);
[[nodiscard]] std::string call_line(std::string_view service);
[[nodiscard]] std::string data_line(const isa::Value& value);

}  // namespace splash::cli
