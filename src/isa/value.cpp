#include "isa/value.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cstdio>

namespace splash::isa {
namespace {

constexpr unsigned kMaxNesting = 64;

std::optional<Value> read_bounded(Word word, ConstBytes heap, ReadLimits& left, unsigned depth) {
    if (left.values == 0 || depth > kMaxNesting) {
        return std::nullopt;
    }
    --left.values;
    const auto type = word.type();
    if (!type) {
        return std::nullopt;
    }
    if (!word.is_in_heap()) {
        switch (*type) {
            case Type::Int: return Value(word.inline_int());
            case Type::Addr: return Value(IpAddress::v4(word.inline_v4()));
            case Type::Exc: return Value(word.as_exc());
            default: return std::nullopt;
        }
    }
    const HeapRef ref = word.ref();
    if (std::size_t{ref.offset} + ref.length > heap.size()) {
        return std::nullopt;
    }
    const ConstBytes octets = heap.subspan(ref.offset, ref.length);
    if (*type != Type::Tuple) {  // whose fields count by themselves
        if (left.octets < octets.size()) {
            return std::nullopt;
        }
        left.octets -= octets.size();
    }
    switch (*type) {
        case Type::Int:
            return octets.size() == 8
                       ? std::optional<Value>(static_cast<std::int64_t>(load_be<std::uint64_t>(octets, 0)))
                       : std::nullopt;
        case Type::Addr: {
            const auto address = IpAddress::from_octets(octets);
            return address && address->is_v6() ? std::optional<Value>(*address) : std::nullopt;
        }
        case Type::Str: return Value(Str{std::string(as_text(octets))});
        case Type::Float:
            return octets.size() == 8
                       ? std::optional<Value>(std::bit_cast<double>(load_be<std::uint64_t>(octets, 0)))
                       : std::nullopt;
        case Type::Oid: {
            auto oid = Oid::from_ber(octets);
            return oid ? std::optional<Value>(std::move(*oid)) : std::nullopt;
        }
        case Type::Tuple: {
            if (octets.size() % kWordSize != 0) {
                return std::nullopt;
            }
            auto tuple = std::make_shared<Tuple>();
            for (std::size_t at = 0; at < octets.size(); at += kWordSize) {
                auto field = read_bounded(Word(load_be<std::uint64_t>(octets, at)), heap, left, depth + 1);
                if (!field) {
                    return std::nullopt;
                }
                tuple->fields.push_back(std::move(*field));
            }
            return Value(std::shared_ptr<const Tuple>(std::move(tuple)));
        }
        case Type::Exc: break;
    }
    return std::nullopt;
}

std::string quote(const std::string& octets) {
    const bool printable = std::ranges::all_of(octets, [](char c) {
        return std::isprint(static_cast<unsigned char>(c)) != 0 || c == '\n' || c == '\t' || c == '\r';
    });
    if (printable) {
        return '"' + octets + '"';
    }
    std::string text;
    for (const char c : octets) {
        std::array<char, 4> hex{};
        std::snprintf(hex.data(), hex.size(), "%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
        text += (text.empty() ? "" : " ") + std::string(hex.data());
    }
    return text;
}

}  // namespace

Type type_of(const Value& value) {
    return static_cast<Type>(value.index());
}

std::optional<Value> read_value(Word word, ConstBytes heap, ReadLimits& left) {
    return read_bounded(word, heap, left, 0);
}

std::optional<Value> read_value(Word word, ConstBytes heap, std::size_t max_values) {
    ReadLimits left{.values = max_values};
    return read_value(word, heap, left);
}

std::string to_string(const Value& value) {
    switch (type_of(value)) {
        case Type::Int: return std::to_string(std::get<std::int64_t>(value));
        case Type::Addr: return std::get<IpAddress>(value).to_string();
        case Type::Str: return quote(std::get<Str>(value).octets);
        case Type::Exc: {
            const Exc e = std::get<Exc>(value);
            return "exc:" + std::to_string(static_cast<std::uint32_t>(e)) + " (" + to_string(e) + ")";
        }
        case Type::Float: {
            std::array<char, 32> text{};
            std::snprintf(text.data(), text.size(), "%.17g", std::get<double>(value));
            return text.data();
        }
        case Type::Oid: return std::get<Oid>(value).to_string();
        case Type::Tuple: {
            std::string text = "(";
            for (const Value& field : std::get<std::shared_ptr<const Tuple>>(value)->fields) {
                text += (text.size() > 1 ? ", " : "") + to_string(field);
            }
            return text + ")";
        }
    }
    return "?";
}

Word HeapWriter::put_octets(Type type, ConstBytes octets) {
    for (const Placed& p : placed_) {
        const auto there = std::span(heap_).subspan(p.ref.offset, p.ref.length);
        if (p.type == type && std::ranges::equal(there, octets)) {
            return Word::heap(type, p.ref);
        }
    }
    const HeapRef ref{static_cast<std::uint16_t>(heap_.size()), static_cast<std::uint16_t>(octets.size())};
    append(heap_, octets);
    heap_.resize(align4(heap_.size()));
    placed_.push_back({type, ref});
    return Word::heap(type, ref);
}

Word HeapWriter::put(const Value& value) {
    std::array<std::byte, 8> eight{};
    switch (type_of(value)) {
        case Type::Int: {
            const std::int64_t v = std::get<std::int64_t>(value);
            if (Word::fits_inline(v)) {
                return Word::inline_int(v);
            }
            store_be<std::uint64_t>(eight, 0, static_cast<std::uint64_t>(v));
            return put_octets(Type::Int, eight);
        }
        case Type::Addr: {
            const IpAddress& a = std::get<IpAddress>(value);
            return a.is_v6() ? put_octets(Type::Addr, a.octets()) : Word::inline_v4(a.to_v4());
        }
        case Type::Str: return put_octets(Type::Str, as_bytes(std::get<Str>(value).octets));
        case Type::Exc: return Word::exc(std::get<Exc>(value));
        case Type::Float:
            store_be<std::uint64_t>(eight, 0, std::bit_cast<std::uint64_t>(std::get<double>(value)));
            return put_octets(Type::Float, eight);
        case Type::Oid: return put_octets(Type::Oid, std::get<Oid>(value).to_ber());
        case Type::Tuple: {
            std::vector<std::byte> words;
            for (const Value& field : std::get<std::shared_ptr<const Tuple>>(value)->fields) {
                append_be<std::uint64_t>(words, put(field).raw());
            }
            return put_octets(Type::Tuple, words);
        }
    }
    return {};
}

}  // namespace splash::isa
