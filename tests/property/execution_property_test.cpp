// What holds for every program on one node, tried with random ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "asm/assembler.hpp"
#include "random_host.hpp"
#include "random_program.hpp"

namespace splash::property {
namespace {

constexpr unsigned kPrograms = 20'000;
constexpr std::size_t kGuard = 64;

/// One run in a workspace between guard octets.
struct Trial {
    std::vector<std::byte> memory;
    RandomHost host;
    vm::Outcome outcome;
    std::size_t steps = 0;
    std::uint16_t bound = 0;
    vm::Execution::Snapshot stack;

    Trial(const std::vector<std::byte>& packet, std::size_t workspace, std::byte filling, std::uint64_t seed,
          bool has_narrow_links = true)
        : memory(workspace + 2 * kGuard, filling), host(seed) {
        host.has_narrow_links = has_narrow_links;
        std::ranges::copy(packet, memory.begin() + kGuard);
        const auto header = std::get<isa::Header>(isa::parse_header(packet));
        vm::Execution execution(Bytes(memory).subspan(kGuard, workspace), header, 4096);
        outcome = run_to_end(execution, host);
        steps = execution.steps();
        bound = execution.header().bound;
        stack = execution.snapshot(0xffff);
    }
};

std::string ending(const vm::Outcome& outcome) {
    std::ostringstream text;
    if (const auto* fault = std::get_if<vm::Fault>(&outcome)) {
        text << isa::to_string(fault->reason) << " at " << fault->index;
    } else {
        text << "ended " << static_cast<int>(std::get<vm::Ended>(outcome));
    }
    return text.str();
}

class RandomPrograms : public testing::Test {
protected:
    /// Calls check(packet, workspace, seed) for so many programs; stops after the first that failed.
    template <class Check>
    void for_many(unsigned programs, bool only_well_formed, bool may_trim, Check&& check) {
        for (unsigned i = 0; i < programs && !HasFailure(); ++i) {
            const std::uint64_t seed = run_seed() + i;
            ProgramGenerator generator(seed, {.max_instructions = 60,
                                              .only_well_formed = only_well_formed,
                                              .may_trim = may_trim,
                                              .addresses = RandomHost::addresses(),
                                              .services = RandomHost::service_ids()});
            const isa::Packet packet = generator.make();
            const std::size_t size = packet.to_wire().size();
            const std::size_t workspace =
                std::max<std::size_t>((size + 3) / 4 * 4 + (seed % 5) * 40, seed % 3 == 0 ? 0 : 8192);
            check(packet, workspace, seed);
            if (HasFailure()) {
                ADD_FAILURE() << "program " << i << ":\n" << assembly::disassemble(packet);
            }
        }
    }
};

TEST_F(RandomPrograms, TakeAtMostOneStepAnInstruction) {
    for_many(kPrograms / 4, false, false,
             [](const isa::Packet& packet, std::size_t workspace, std::uint64_t seed) {
                 const Trial trial(packet.to_wire(), workspace, std::byte{0xa5}, seed);
                 EXPECT_LE(trial.steps, packet.code.size());
             });
}

TEST_F(RandomPrograms, StayInsideTheirWorkspace) {
    for_many(kPrograms, false, false,
             [](const isa::Packet& packet, std::size_t workspace, std::uint64_t seed) {
                 const auto wire = packet.to_wire();
                 const Trial trial(wire, workspace, std::byte{0xa5}, seed);
                 const auto is_guard = [](std::byte b) { return b == std::byte{0xa5}; };
                 EXPECT_TRUE(std::all_of(trial.memory.begin(), trial.memory.begin() + kGuard, is_guard));
                 EXPECT_TRUE(std::all_of(trial.memory.end() - kGuard, trial.memory.end(), is_guard));
                 // Code and heap of the packet are read-only: only entry, bound and stack size change before
                 // them.
                 const std::size_t begin = isa::HeaderOffset::kOrigin;
                 const std::size_t end =
                     packet.header.size() + packet.code.size() * 4 + align4(packet.heap.size());
                 EXPECT_TRUE(std::equal(wire.begin() + begin, wire.begin() + static_cast<std::ptrdiff_t>(end),
                                        trial.memory.begin() + kGuard + begin));
             });
}

TEST_F(RandomPrograms, DependOnNothingButPacketAndNode) {
    for_many(kPrograms / 4, false, false,
             [](const isa::Packet& packet, std::size_t workspace, std::uint64_t seed) {
                 const Trial once(packet.to_wire(), workspace, std::byte{0xa5}, seed);
                 const Trial again(packet.to_wire(), workspace, std::byte{0x00}, seed);
                 EXPECT_EQ(ending(once.outcome), ending(again.outcome));
                 EXPECT_EQ(once.steps, again.steps);
                 EXPECT_EQ(once.bound, again.bound);
                 EXPECT_EQ(once.host.emitted, again.host.emitted);
                 EXPECT_EQ(once.host.delivered, again.host.delivered);
                 EXPECT_EQ(once.stack.heap, again.stack.heap);
                 EXPECT_EQ(once.stack.words, again.stack.words);
             });
}

TEST_F(RandomPrograms, EmitPacketsThatAreWellFormedAndFit) {
    for_many(kPrograms, false, false,
             [](const isa::Packet& packet, std::size_t workspace, std::uint64_t seed) {
                 const Trial trial(packet.to_wire(), workspace, std::byte{0xa5}, seed);
                 for (const Emitted& e : trial.host.emitted) {
                     const auto parsed = isa::parse_header(e.packet);
                     ASSERT_TRUE(std::holds_alternative<isa::Header>(parsed))
                         << isa::to_string(std::get<isa::HeaderFault>(parsed));
                     EXPECT_LE(e.packet.size(), e.room);
                     EXPECT_GE(std::get<isa::Header>(parsed).bound, 1);
                 }
                 EXPECT_LE(trial.host.emitted.size(), RandomHost::kMaxSends + 1);
                 EXPECT_LE(trial.host.delivered.size(), 1U);
             });
}

TEST_F(RandomPrograms, NeverHoldMoreBoundThanTheyHad) {
    for_many(
        kPrograms, false, false, [](const isa::Packet& packet, std::size_t workspace, std::uint64_t seed) {
            const Trial trial(packet.to_wire(), workspace, std::byte{0xa5}, seed);
            const auto* ended = std::get_if<vm::Ended>(&trial.outcome);
            const bool has_moved = ended != nullptr && *ended == vm::Ended::Moved;
            std::uint64_t held = has_moved ? 0 : trial.bound;
            for (const Emitted& e : trial.host.emitted) {
                held += load_be<std::uint16_t>(e.packet, isa::HeaderOffset::kBound);
            }
            EXPECT_EQ(held,
                      packet.header.bound);  // what a parent gives away it has no more, and nothing is lost
        });
}

TEST_F(RandomPrograms, DeliverWithinWhatAFrameHolds) {
    for_many(kPrograms / 4, false, false,
             [](const isa::Packet& packet, std::size_t workspace, std::uint64_t seed) {
                 const Trial trial(packet.to_wire(), workspace, std::byte{0xa5}, seed);
                 for (const Delivered& d : trial.host.delivered) {
                     EXPECT_LE(d.heap.size(), 0xffffU);
                     EXPECT_LE(d.words.size() * isa::kWordSize, 0xffffU);
                 }
             });
}

/// The stack as text, as far as it can be read.
std::vector<std::string> read(const vm::Execution::Snapshot& stack) {
    std::vector<std::string> texts;
    for (const isa::Word word : stack.words) {
        const auto value = isa::read_value(word, stack.heap);
        texts.push_back(value ? isa::to_string(*value) : "?");
    }
    return texts;
}

TEST_F(RandomPrograms, DoTheSameTrimmedAndWhole) {
    unsigned compared = 0;
    for_many(kPrograms, true, true,
             [&compared](const isa::Packet& packet, std::size_t workspace, std::uint64_t seed) {
                 isa::Packet whole = packet;
                 whole.header.flags = 0;
                 const Trial trimmed_here(packet.to_wire(), workspace, std::byte{0xa5}, seed);
                 const Trial whole_here(whole.to_wire(), workspace, std::byte{0xa5}, seed);
                 if (trimmed_here.host.emitted.empty() || whole_here.host.emitted.empty()) {
                     return;
                 }
                 ++compared;
                 const auto& trimmed_packet = trimmed_here.host.emitted.front().packet;
                 const auto& whole_packet = whole_here.host.emitted.front().packet;
                 EXPECT_LE(trimmed_packet.size(), whole_packet.size());
                 // With room for both, or the smaller one would get further.
                 constexpr std::size_t kPlenty = 16 * 1024;
                 const Trial trimmed_next(trimmed_packet, kPlenty, std::byte{0xa5}, seed + 1, false);
                 const Trial whole_next(whole_packet, kPlenty, std::byte{0xa5}, seed + 1, false);
                 EXPECT_EQ(trimmed_next.outcome.index(), whole_next.outcome.index());
                 EXPECT_EQ(trimmed_next.steps, whole_next.steps);
                 EXPECT_EQ(read(trimmed_next.stack), read(whole_next.stack));
                 EXPECT_EQ(trimmed_next.host.delivered.size(), whole_next.host.delivered.size());
             });
    EXPECT_GT(compared, kPrograms / 100) << "too few programs moved to say anything";
}

TEST_F(RandomPrograms, OftenEndWithoutFault) {
    // Of what the generator makes, enough runs to its end; otherwise the other tests would be about nothing.
    unsigned ended = 0;
    for_many(2'000, true, false,
             [&ended](const isa::Packet& packet, std::size_t workspace, std::uint64_t seed) {
                 const Trial trial(packet.to_wire(), workspace, std::byte{0xa5}, seed);
                 ended += std::holds_alternative<vm::Ended>(trial.outcome) ? 1 : 0;
             });
    EXPECT_GT(ended, 200U);
}

}  // namespace
}  // namespace splash::property
