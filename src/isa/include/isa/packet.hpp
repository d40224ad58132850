// The SNAP/2 packet: a header of 20 octets (32 with an IPv6 origin), then code, heap and stack.
// Sizes are multiples of 4 octets; words on the stack are 8 octets wide and 4-aligned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "isa/opcodes.hpp"
#include "isa/value.hpp"

namespace splash::isa {

inline constexpr std::uint8_t kVersion = 2;
inline constexpr std::size_t kHeaderSize4 = 20;
inline constexpr std::size_t kHeaderSize6 = 32;
inline constexpr std::uint8_t kDefaultProtocol = 253;  ///< RFC 3692: for experiments
inline constexpr std::uint16_t kDefaultUdpPort = 7253;

/// Bits of the flags octet.
struct Flags {
    static constexpr std::uint8_t kAuthenticated = 1;
    static constexpr std::uint8_t kTrimmable = 2;
    static constexpr std::uint8_t kIpv6Origin = 4;
    static constexpr std::uint8_t kReport = 8;
    static constexpr std::uint8_t kKnown = 15;
};

/// Where fields lie that a node changes in place.
struct HeaderOffset {
    static constexpr std::size_t kVersion = 0;
    static constexpr std::size_t kFlags = 1;
    static constexpr std::size_t kPort = 2;
    static constexpr std::size_t kRequestId = 4;
    static constexpr std::size_t kBound = 6;
    static constexpr std::size_t kEntry = 8;
    static constexpr std::size_t kCodeSize = 10;
    static constexpr std::size_t kHeapSize = 12;
    static constexpr std::size_t kStackSize = 14;
    static constexpr std::size_t kOrigin = 16;
};

struct Header {
    std::uint8_t flags = 0;
    std::uint16_t port = 0;        ///< the client's, on the origin
    std::uint16_t request_id = 0;  ///< set by the origin's daemon
    std::uint16_t bound = 0;
    std::uint16_t entry = 0;      ///< in instructions
    std::uint16_t code_size = 0;  ///< octets, as heap_size and stack_size
    std::uint16_t heap_size = 0;
    std::uint16_t stack_size = 0;
    IpAddress origin;

    [[nodiscard]] bool is_report() const { return (flags & Flags::kReport) != 0; }
    [[nodiscard]] bool is_trimmable() const { return (flags & Flags::kTrimmable) != 0; }
    [[nodiscard]] std::size_t size() const { return origin.is_v6() ? kHeaderSize6 : kHeaderSize4; }
    [[nodiscard]] std::size_t total_size() const { return size() + code_size + heap_size + stack_size; }
    bool operator==(const Header&) const = default;
};

/// What is wrong with the first octets of an arriving packet.
enum class HeaderFault : std::uint8_t { Truncated, Version, Flags, Lengths, Entry };
[[nodiscard]] std::string_view to_string(HeaderFault fault);

/// Decodes and checks a header against the octets that arrived. Authenticated packets are refused
/// (HeaderFault::Flags) until trailers are defined. A packet with code must enter inside it; one
/// without code is a report or a delivery and never executed.
[[nodiscard]] std::variant<Header, HeaderFault> parse_header(ConstBytes packet);

/// Writes the header into the first header.size() octets.
void write_header(Bytes packet, const Header& header);

/// A packet as a whole, for those who build or print one; nodes work in place instead.
struct Packet {
    Header header;
    std::vector<std::uint32_t> code;
    std::vector<std::byte> heap;
    std::vector<Word> stack;  ///< bottom first

    /// Encodes; sizes and the IPv6 flag of the header follow from the rest. Sections must be within 65,535
    /// octets.
    [[nodiscard]] std::vector<std::byte> to_wire() const;
    [[nodiscard]] static std::variant<Packet, HeaderFault> from_wire(ConstBytes octets);
};

/// The type of the heap constant an instruction pushes; nullopt for every other instruction.
[[nodiscard]] constexpr std::optional<Type> constant_type(Opcode opcode) {
    switch (opcode) {
        case Opcode::PushWide: return Type::Int;
        case Opcode::PushAddr: return Type::Addr;
        case Opcode::PushStr: return Type::Str;
        case Opcode::PushTup: return Type::Tuple;
        case Opcode::PushFlt: return Type::Float;
        case Opcode::PushOid: return Type::Oid;
        default: return std::nullopt;
    }
}

/// The 24-bit id under which `calls` names a service: FNV-1a (32 bits) folded by exclusive or.
[[nodiscard]] constexpr std::uint32_t service_id(std::string_view name) {
    std::uint32_t h = 2166136261U;
    for (const char c : name) {
        h = (h ^ static_cast<std::uint8_t>(c)) * 16777619U;
    }
    return (h >> 24U ^ h) & 0xffffffU;
}

/// What a report says, top of its stack first.
struct Report {
    Reason reason{};
    std::int64_t index = 0;  ///< of the instruction, in the packet as it arrived there
    IpAddress node;
    std::uint8_t opcode = 0;
    std::int64_t instructions = 0;  ///< in the packet as it arrived there
    std::vector<Value> stack;       ///< the offender's, top first, as far as it fitted and can be read

    /// nullopt if the packet is no report or its stack is not as a report's. A report of only a reason is
    /// one.
    [[nodiscard]] static std::optional<Report> from_packet(const Packet& packet);
};

}  // namespace splash::isa
