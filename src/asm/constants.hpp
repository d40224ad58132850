// The heap of a program under construction.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "isa/value.hpp"

namespace splash::assembly {

/// Places constants one behind the other, 4-aligned; equal ones of one type share a place. Empty ones lie at
/// offset 0, with some heap behind it, so that no reference ever points behind the heap.
class ConstantPool {
public:
    static constexpr std::size_t kMaxOctets = 0xfffc;  ///< the largest aligned heap size of 16 bits

    /// @param raw  octets that lie before every constant and are shared with none
    explicit ConstantPool(std::vector<std::byte> raw);

    /// The word of a value on the stack; nullopt if the heap is full.
    [[nodiscard]] std::optional<isa::Word> put(const isa::Value& value);
    /// The place of a constant that an instruction pushes: integers and addresses lie in the heap as well.
    [[nodiscard]] std::optional<isa::HeapRef> put_pushed(const isa::Value& value);
    /// The finished heap.
    [[nodiscard]] std::vector<std::byte> take();

private:
    std::optional<isa::HeapRef> put_octets(isa::Type type, ConstBytes octets);
    std::optional<isa::Word> put_tuple(const isa::Tuple& tuple);

    std::vector<std::byte> heap_;
    std::unordered_map<std::string, isa::HeapRef> placed_;  // by type and octets
    bool has_empty_ = false;
};

}  // namespace splash::assembly
