#include "assembling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "asm/assembler.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

constexpr std::size_t kMostFindings = 20;  // shown of a text; behind the first few they are echoes

/// Octets that are no text would reach the terminal with the findings.
Result<> check_text(std::string_view text, const std::string& file) {
    constexpr std::size_t kShown = 8;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::string_view content = text.substr(0, text.find('\n'));
        if (!is_text(content)) {
            return fail(
                Errc::BadInput,
                fmt::format(
                    "{}:{}: neither assembly in UTF-8 nor a SNAP packet; the line begins with the octets {}",
                    file, line, print_hex(content.substr(0, kShown))));
        }
        text.remove_prefix(std::min(content.size() + 1, text.size()));
    }
    return {};
}

}  // namespace

Result<LoadedProgram> assemble_text(const std::string& text, const std::string& file,
                                    const ProgramArguments& arguments, std::ostream& err) {
    if (auto sound = check_text(text, file); !sound) {
        return Failure(sound.error());
    }
    const assembly::Arguments given(arguments.begin(), arguments.end());
    auto assembled = assembly::assemble(text, file, assembly::BuiltinNames(), given);
    if (const auto* findings = std::get_if<std::vector<assembly::Diagnostic>>(&assembled)) {
        const std::size_t shown = std::min(findings->size(), kMostFindings);
        for (std::size_t i = 0; i < shown; ++i) {
            err << (*findings)[i].to_string() << '\n';
        }
        if (shown < findings->size()) {
            err << fmt::format("and {} more\n", findings->size() - shown);
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
