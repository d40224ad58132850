#include "assembling.hpp"

#include <fmt/format.h>

#include <ostream>

#include "asm/assembler.hpp"

namespace splash::cli {

Result<LoadedProgram> assemble_text(const std::string& text, const std::string& file,
                                    const ProgramArguments& arguments, std::ostream& err) {
    const assembly::Arguments given(arguments.begin(), arguments.end());
    auto assembled = assembly::assemble(text, file, assembly::BuiltinNames(), given);
    if (const auto* findings = std::get_if<std::vector<assembly::Diagnostic>>(&assembled)) {
        for (const assembly::Diagnostic& finding : *findings) {
            err << finding.to_string() << '\n';
        }
        return fail(Errc::BadInput,
                    fmt::format("{}: {} error{}", file, findings->size(), findings->size() == 1 ? "" : "s"));
    }
    auto& program = std::get<assembly::Program>(assembled);
    LoadedProgram loaded{.packet = std::move(program.packet), .bound = {}, .lines = std::move(program.lines)};
    if (program.has_bound) {
        loaded.bound = loaded.packet.header.bound;
    }
    return loaded;
}

Result<isa::Packet> decode_packet(const std::string& octets, const std::string& file) {
    auto decoded = isa::Packet::from_wire(as_bytes(octets));
    if (const auto* fault = std::get_if<isa::HeaderFault>(&decoded)) {
        return fail(Errc::BadInput, fmt::format("{}: no SNAP packet: {}", file, isa::to_string(*fault)));
    }
    return std::get<isa::Packet>(std::move(decoded));
}

}  // namespace splash::cli
