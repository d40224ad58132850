#include "constants.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <utility>

#include "base/bytes.hpp"

namespace splash::assembly {

using isa::HeapRef;
using isa::Type;
using isa::Value;
using isa::Word;

namespace {

std::array<std::byte, 8> eight_octets(std::uint64_t value) {
    std::array<std::byte, 8> octets{};
    store_be<std::uint64_t>(octets, 0, value);
    return octets;
}

}  // namespace

ConstantPool::ConstantPool(std::vector<std::byte> raw) : heap_(std::move(raw)) {
    heap_.resize(align4(heap_.size()));
}

std::optional<HeapRef> ConstantPool::put_octets(Type type, ConstBytes octets) {
    if (octets.empty()) {
        has_empty_ = true;
        return HeapRef{};
    }
    std::string key(1, static_cast<char>(type));
    key += as_text(octets);
    if (const auto known = placed_.find(key); known != placed_.end()) {
        return known->second;
    }
    const std::size_t offset = heap_.size();
    if (offset + align4(octets.size()) > kMaxOctets) {
        return std::nullopt;
    }
    append(heap_, octets);
    heap_.resize(align4(heap_.size()));
    const HeapRef ref{static_cast<std::uint16_t>(offset), static_cast<std::uint16_t>(octets.size())};
    placed_.emplace(std::move(key), ref);
    return ref;
}

std::optional<Word> ConstantPool::put_tuple(const isa::Tuple& tuple) {
    std::vector<std::byte> words;
    for (const Value& field : tuple.fields) {
        const auto word = put(field);
        if (!word) {
            return std::nullopt;
        }
        append_be<std::uint64_t>(words, word->raw());
    }
    const auto ref = put_octets(Type::Tuple, words);
    return ref ? std::optional(Word::heap(Type::Tuple, *ref)) : std::nullopt;
}

std::optional<Word> ConstantPool::put(const Value& value) {
    switch (isa::type_of(value)) {
        case Type::Int:
            if (const auto v = std::get<std::int64_t>(value); Word::fits_inline(v)) {
                return Word::inline_int(v);
            }
            break;
        case Type::Addr:
            if (const auto& address = std::get<IpAddress>(value); !address.is_v6()) {
                return Word::inline_v4(address.to_v4());
            }
            break;
        case Type::Exc: return Word::exc(std::get<isa::Exc>(value));
        case Type::Tuple: return put_tuple(*std::get<std::shared_ptr<const isa::Tuple>>(value));
        case Type::Str:
        case Type::Float:
        case Type::Oid: break;
    }
    const auto ref = put_pushed(value);
    return ref ? std::optional(Word::heap(isa::type_of(value), *ref)) : std::nullopt;
}

std::optional<HeapRef> ConstantPool::put_pushed(const Value& value) {
    const Type type = isa::type_of(value);
    switch (type) {
        case Type::Int:
            return put_octets(type, eight_octets(static_cast<std::uint64_t>(std::get<std::int64_t>(value))));
        case Type::Addr: return put_octets(type, std::get<IpAddress>(value).octets());
        case Type::Str: return put_octets(type, as_bytes(std::get<isa::Str>(value).octets));
        case Type::Float:
            return put_octets(type, eight_octets(std::bit_cast<std::uint64_t>(std::get<double>(value))));
        case Type::Oid: return put_octets(type, std::get<Oid>(value).to_ber());
        case Type::Tuple: {
            const auto word = put_tuple(*std::get<std::shared_ptr<const isa::Tuple>>(value));
            return word ? std::optional(word->ref()) : std::nullopt;
        }
        case Type::Exc: break;
    }
    return std::nullopt;
}

std::vector<std::byte> ConstantPool::take() {
    if (has_empty_ && heap_.empty()) {
        heap_.resize(4);
    }
    return std::move(heap_);
}

}  // namespace splash::assembly
