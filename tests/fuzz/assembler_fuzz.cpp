// Any text to the assembler: it refuses with findings, or makes a program that disassembles and assembles
// again.
#include "asm/assembler.hpp"
#include "base/assert.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace splash;
    const assembly::BuiltinNames names;
    const std::string_view text = as_text(std::as_bytes(std::span(data, size)));
    const auto assembled = assembly::assemble(text, "fuzz", names);
    if (const auto* findings = std::get_if<std::vector<assembly::Diagnostic>>(&assembled)) {
        SPLASH_ASSERT(!findings->empty(), "a refusal says why");
        for (const assembly::Diagnostic& finding : *findings) {
            SPLASH_ASSERT(!finding.to_string().empty(), "a finding has a text");
        }
        return 0;
    }
    const isa::Packet& packet = std::get<assembly::Program>(assembled).packet;
    const auto again = assembly::assemble(assembly::disassemble(packet), "again", names);
    SPLASH_ASSERT(std::holds_alternative<assembly::Program>(again), "what was disassembled assembles");
    SPLASH_ASSERT(std::get<assembly::Program>(again).packet.to_wire() == packet.to_wire(),
                  "to the same octets");
    return 0;
}
