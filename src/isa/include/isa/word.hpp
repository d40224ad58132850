// A stack value as it lies in the packet: one 64-bit word, 4-bit tag and 60 bits of data.
//
// Tag bit 3 marks the wide form of a type that also has an inline one: an integer beyond 60 bits (8 octets
// in the heap) and an IPv6 address (16 octets in the heap). How a number is stored is invisible to programs.
// A heap word's data is the object's offset (u16) and length in octets (u16) in the low 32 bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "isa/codes.hpp"

namespace splash::isa {

enum class Type : std::uint8_t { Int = 0, Addr = 1, Str = 2, Exc = 3, Tuple = 4, Float = 5, Oid = 6 };

[[nodiscard]] constexpr std::string_view to_string(Type type) {
    switch (type) {
        case Type::Int: return "int";
        case Type::Addr: return "addr";
        case Type::Str: return "str";
        case Type::Exc: return "exc";
        case Type::Tuple: return "tuple";
        case Type::Float: return "float";
        case Type::Oid: return "oid";
    }
    return "?";
}

inline constexpr std::size_t kWordSize = 8;

/// An object in a heap. `offset` counts from the packet's heap; what lies behind the heap size is in
/// the workspace's new heap, counted from its far end.
struct HeapRef {
    std::uint16_t offset = 0;
    std::uint16_t length = 0;
    auto operator<=>(const HeapRef&) const = default;
};

class Word {
public:
    constexpr Word() = default;
    explicit constexpr Word(std::uint64_t raw) : raw_(raw) {}

    static constexpr std::int64_t kMaxInline = (std::int64_t{1} << 59U) - 1;
    static constexpr std::int64_t kMinInline = -(std::int64_t{1} << 59U);
    [[nodiscard]] static constexpr bool fits_inline(std::int64_t v) {
        return v >= kMinInline && v <= kMaxInline;
    }
    /// `v` must fit inline.
    [[nodiscard]] static constexpr Word inline_int(std::int64_t v) {
        return Word(static_cast<std::uint64_t>(v) & kDataMask);
    }
    [[nodiscard]] static constexpr Word inline_v4(std::uint32_t host_order) {
        return Word(tag_bits(Type::Addr) | host_order);
    }
    [[nodiscard]] static constexpr Word exc(Exc e) {
        return Word(tag_bits(Type::Exc) | static_cast<std::uint32_t>(e));
    }
    /// A value in the heap; for Int and Addr the wide form.
    [[nodiscard]] static constexpr Word heap(Type type, HeapRef ref) {
        const bool has_inline_form = type == Type::Int || type == Type::Addr;
        return Word(tag_bits(type) | (has_inline_form ? kWideBit : 0) |
                    static_cast<std::uint64_t>(ref.offset) << 16U | ref.length);
    }

    /// nullopt for a tag no value has: such a word is of no type and every use of it faults.
    [[nodiscard]] constexpr std::optional<Type> type() const {
        const auto tag = static_cast<unsigned>(raw_ >> 60U);
        if (tag <= 6) {
            return static_cast<Type>(tag);
        }
        if (tag == 8 || tag == 9) {
            return static_cast<Type>(tag - 8);
        }
        return std::nullopt;
    }
    [[nodiscard]] constexpr bool is_in_heap() const {
        const auto tag = static_cast<unsigned>(raw_ >> 60U);
        return tag == 2 || (tag >= 4 && tag <= 6) || tag == 8 || tag == 9;
    }
    /// The inline integer, sign-extended from 60 bits.
    [[nodiscard]] constexpr std::int64_t inline_int() const {
        return static_cast<std::int64_t>(raw_ << 4U) >> 4U;
    }
    [[nodiscard]] constexpr std::uint32_t inline_v4() const { return static_cast<std::uint32_t>(raw_); }
    [[nodiscard]] constexpr Exc as_exc() const { return static_cast<Exc>(raw_ & 0xffffffffU); }
    [[nodiscard]] constexpr HeapRef ref() const {
        return {static_cast<std::uint16_t>(raw_ >> 16U), static_cast<std::uint16_t>(raw_)};
    }
    [[nodiscard]] constexpr std::uint64_t raw() const { return raw_; }
    bool operator==(const Word&) const = default;

private:
    static constexpr std::uint64_t kDataMask = (std::uint64_t{1} << 60U) - 1;
    static constexpr std::uint64_t kWideBit = std::uint64_t{8} << 60U;
    static constexpr std::uint64_t tag_bits(Type type) { return static_cast<std::uint64_t>(type) << 60U; }
    std::uint64_t raw_ = 0;
};

}  // namespace splash::isa
