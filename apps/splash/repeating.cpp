#include "repeating.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "isa/opcodes.hpp"

namespace splash::cli {
namespace {

enum class Right : std::uint8_t { None, Read, Write, Configure };

struct Known {
    std::string_view name;
    Right right;
};
constexpr auto kServices = std::to_array<Known>({
#define SPLASH_SERVICE(set, name, arguments, results, cost, right, when, meaning) {name, Right::right},
#include "services.def"
#undef SPLASH_SERVICE
});

/// Services that write and know their repetitions (docs/snap.md, section 13).
constexpr auto kRemembering = std::to_array<std::string_view>({"snmp_setonce", "once"});

}  // namespace

std::optional<std::string> unrepeatable_service(const isa::Packet& program) {
    for (const std::uint32_t word : program.code) {
        const auto instruction = isa::Instruction::from_word(word);
        if (instruction.octet != static_cast<std::uint8_t>(isa::Opcode::Calls)) {
            continue;
        }
        const std::uint32_t id = instruction.unsigned_immediate();
        const auto known = std::ranges::find_if(
            kServices, [id](const Known& service) { return isa::service_id(service.name) == id; });
        if (known == kServices.end()) {
            return fmt::format("the unknown service 0x{:06x}", id);
        }
        const bool remembers = std::ranges::find(kRemembering, known->name) != kRemembering.end();
        if ((known->right == Right::Write || known->right == Right::Configure) && !remembers) {
            return std::string(known->name);
        }
    }
    return std::nullopt;
}

}  // namespace splash::cli
