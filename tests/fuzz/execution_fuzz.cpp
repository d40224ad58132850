// The interpreter on any octets, in workspaces of any size: what holds for every program holds for these too.
#include <algorithm>

#include "base/assert.hpp"
#include "input.hpp"
#include "packet_repair.hpp"
#include "random_host.hpp"
#include "vm/execution.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace splash;
    fuzz::Input input(data, size);
    const std::size_t extra = input.take<std::uint16_t>() % 20'000;
    const std::uint32_t budget = input.take<std::uint8_t>() * 20U;
    const std::uint64_t seed = input.take<std::uint8_t>();
    std::vector<std::byte> packet(input.rest().begin(), input.rest().end());
    constexpr std::size_t kMaxWorkspace = 60 * 1024;
    if (packet.size() > kMaxWorkspace) {
        return 0;
    }
    fuzz::repair(packet);
    const auto parsed = isa::parse_header(packet);
    const auto* header = std::get_if<isa::Header>(&parsed);
    SPLASH_ASSERT(header != nullptr, "a repaired packet has a header");
    // Exactly as large as the execution may use: the sanitizer sees every octet beyond.
    std::vector<std::byte> workspace(std::min((packet.size() + extra) / 4 * 4, kMaxWorkspace));
    std::ranges::copy(packet, workspace.begin());
    property::RandomHost host(seed);
    vm::Execution execution(workspace, *header, budget);
    const vm::Outcome outcome = property::run_to_end(execution, host);
    SPLASH_ASSERT(execution.steps() <= execution.instruction_count(), "n instructions take at most n steps");
    const auto* ended = std::get_if<vm::Ended>(&outcome);
    const bool has_moved = ended != nullptr && *ended == vm::Ended::Moved;
    std::uint64_t held = has_moved ? 0 : execution.header().bound;
    for (const property::Emitted& e : host.emitted) {
        SPLASH_ASSERT(std::holds_alternative<isa::Header>(isa::parse_header(e.packet)),
                      "what leaves is a packet");
        SPLASH_ASSERT(e.packet.size() <= e.room, "what leaves fits");
        held += load_be<std::uint16_t>(e.packet, isa::HeaderOffset::kBound);
    }
    SPLASH_ASSERT(held == header->bound, "bound is neither made nor lost");
    const auto snapshot = execution.snapshot(1000);
    SPLASH_ASSERT(snapshot.heap.size() + snapshot.words.size() * isa::kWordSize <= 1000,
                  "a snapshot keeps its room");
    return 0;
}
