// Programs from files, assembled on the way if they are text.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "isa/packet.hpp"

namespace splash::cli {

struct LoadedProgram {
    isa::Packet packet;
    std::optional<std::uint16_t> bound;  ///< what the program asks for
    std::vector<std::size_t> lines;      ///< source line of each instruction; empty for an assembled file
};

using ProgramArguments = std::vector<std::pair<std::string, std::string>>;

/// Assembles a source text, writing every finding to `err`.
/// @error BadInput  with the number of findings.
[[nodiscard]] Result<LoadedProgram> assemble_text(const std::string& text, const std::string& file,
                                                  const ProgramArguments& arguments, std::ostream& err);

/// Decodes an assembled packet. @error BadInput
[[nodiscard]] Result<isa::Packet> decode_packet(const std::string& octets, const std::string& file);

}  // namespace splash::cli
