// Random programs that mostly do something: an instruction usually finds operands of the types it wants, and
// sometimes anything at all. Everything follows from the seed.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "isa/packet.hpp"
#include "isa/value.hpp"

namespace splash::property {

/// The seed of this run: SPLASH_SEED if set, else a new one. Printed once.
[[nodiscard]] std::uint64_t run_seed();

struct Choices {
    std::size_t max_instructions = 60;
    bool only_well_formed = false;  ///< no unknown opcodes, constants or words that point nowhere
    bool may_trim = false;  ///< nothing that a trimmed program must not have (snap.md section 7), nor getsize
    std::vector<IpAddress> addresses;  ///< where to send and move
    std::vector<std::uint32_t> services;
};

class ProgramGenerator {
public:
    ProgramGenerator(std::uint64_t seed, Choices choices);
    /// Origin, port and id are left at their defaults.
    [[nodiscard]] isa::Packet make();

private:
    [[nodiscard]] bool chance(unsigned percent);
    [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high);
    [[nodiscard]] std::int64_t integer();
    [[nodiscard]] isa::Value value(char kind);
    void push(const isa::Value& value);
    void push_operands(isa::Opcode op);
    void instruction(isa::Opcode op);
    [[nodiscard]] std::int32_t immediate(const isa::OpInfo& op);
    [[nodiscard]] bool is_allowed(isa::Opcode op) const;

    std::mt19937_64 random_;
    Choices choices_;
    isa::Packet packet_;
    isa::HeapWriter heap_;
};

}  // namespace splash::property
