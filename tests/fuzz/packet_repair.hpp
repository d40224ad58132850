// Octets made into a packet: mutations then reach what lies behind the checks of the header.
#pragma once

#include <algorithm>
#include <vector>

#include "base/bytes.hpp"
#include "isa/packet.hpp"

namespace splash::fuzz {

/// Changes as little as possible so that isa::parse_header takes the packet: it has code and is no report.
inline void repair(std::vector<std::byte>& packet) {
    using isa::HeaderOffset;
    constexpr std::size_t kInstruction = 4;
    packet.resize(std::max(packet.size(), isa::kHeaderSize6 + kInstruction));
    packet[HeaderOffset::kVersion] = std::byte{isa::kVersion};
    packet[HeaderOffset::kFlags] &= std::byte{isa::Flags::kTrimmable | isa::Flags::kIpv6Origin};
    const bool v6 = (packet[HeaderOffset::kFlags] & std::byte{isa::Flags::kIpv6Origin}) != std::byte{0};
    const std::size_t header = v6 ? isa::kHeaderSize6 : isa::kHeaderSize4;
    std::size_t room = std::min<std::size_t>(packet.size() - header, 0xfff8) / kInstruction * kInstruction;
    const auto take = [&](std::size_t at, std::size_t least, std::size_t unit) {
        const std::size_t wanted = load_be<std::uint16_t>(packet, at);
        const std::size_t taken = std::clamp(wanted, least, std::max(least, room)) / unit * unit;
        store_be<std::uint16_t>(packet, at, static_cast<std::uint16_t>(taken));
        room -= taken;
        return taken;
    };
    const std::size_t code = take(HeaderOffset::kCodeSize, kInstruction, kInstruction);
    const std::size_t heap = take(HeaderOffset::kHeapSize, 0, kInstruction);
    const std::size_t stack = room / isa::kWordSize * isa::kWordSize;
    store_be<std::uint16_t>(packet, HeaderOffset::kStackSize, static_cast<std::uint16_t>(stack));
    const auto entry = load_be<std::uint16_t>(packet, HeaderOffset::kEntry);
    store_be<std::uint16_t>(packet, HeaderOffset::kEntry,
                            static_cast<std::uint16_t>(entry % (code / kInstruction)));
    packet.resize(header + code + heap + stack);
}

}  // namespace splash::fuzz
