// How a packet looks when it leaves a node: heap compacted or trimmed, offsets following.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "heap_copier.hpp"
#include "isa/packet.hpp"

namespace splash::vm {

struct Leaving {
    isa::Header header;  ///< entry and bound as they shall be; sizes are filled in
    ConstBytes code;
    Heaps heaps;
    std::span<const isa::Word> stack;  ///< bottom first
};

/// The packet with its whole code and heap, new objects appended. nullopt: larger than `limit` octets.
[[nodiscard]] std::optional<std::vector<std::byte>> pack_whole(const Leaving& leaving, std::size_t limit);

/// The packet without the code before its entry point and without heap that nothing names any more.
/// Only for programs marked trimmable. nullopt: larger than `limit` octets.
[[nodiscard]] std::optional<std::vector<std::byte>> pack_trimmed(const Leaving& leaving, std::size_t limit);

}  // namespace splash::vm
