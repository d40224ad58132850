// Any packet to the disassembler: its text assembles to the same octets (origin and request id are the
// node's).
#include "asm/assembler.hpp"
#include "base/assert.hpp"
#include "input.hpp"
#include "packet_repair.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace splash;
    fuzz::Input input(data, size);
    const bool is_as_given = (input.take<std::uint8_t>() & 1U) != 0;  // reports and deliveries too
    std::vector<std::byte> octets(input.rest().begin(), input.rest().end());
    if (!is_as_given) {
        fuzz::repair(octets);
    }
    const auto parsed = isa::Packet::from_wire(octets);
    const auto* given = std::get_if<isa::Packet>(&parsed);
    if (given == nullptr) {
        return 0;
    }
    isa::Packet packet = *given;
    packet.header.origin = {};
    packet.header.request_id = 0;
    packet.header.flags &= static_cast<std::uint8_t>(~isa::Flags::kIpv6Origin);
    const std::string text = assembly::disassemble(packet);
    const auto again = assembly::assemble(text, "again", assembly::BuiltinNames{});
    SPLASH_ASSERT(std::holds_alternative<assembly::Program>(again), text.c_str());
    SPLASH_ASSERT(std::get<assembly::Program>(again).packet.to_wire() == packet.to_wire(), text.c_str());
    return 0;
}
