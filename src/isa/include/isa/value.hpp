// A value outside a packet: what services take and give, what clients print.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/oid.hpp"
#include "isa/codes.hpp"
#include "isa/word.hpp"

namespace splash::isa {

/// Octets; not necessarily text.
struct Str {
    std::string octets;
    bool operator==(const Str&) const = default;
};

/// The octets of every NaN that is computed; those that arrive stay as they are.
inline constexpr std::uint64_t kPlainNan = 0x7ff8000000000000U;

struct Tuple;
using Value = std::variant<std::int64_t, IpAddress, Str, Exc, std::shared_ptr<const Tuple>, double, Oid>;
struct Tuple {
    std::vector<Value> fields;
};

[[nodiscard]] Type type_of(const Value& value);

/// How much reading may still make. A few octets of a packet can name the same large object thousands of
/// times, in tuples of tuples and in word after word: whoever reads a packet counts for all of it.
struct ReadLimits {
    std::size_t values = 1024;
    std::size_t octets = std::size_t{1024} * 1024;  ///< of strings and OIDs

    /// For all values of one packet: more than any packet holds whose objects are named a few times each.
    [[nodiscard]] static constexpr ReadLimits for_packet() { return {.values = 0x10000}; }
};

/// Reads a word that refers to `heap`. Takes what it makes from `left`; what is beyond, points outside the
/// heap or is malformed gives nullopt.
[[nodiscard]] std::optional<Value> read_value(Word word, ConstBytes heap, ReadLimits& left);
/// The same for a single value; tuples are expanded up to `max_values` values in all.
[[nodiscard]] std::optional<Value> read_value(Word word, ConstBytes heap, std::size_t max_values = 1024);

/// As a person reads it: 42, "text" or hex octets, 10.0.0.1, .1.3.6, exc:34 (no route), (1, 2).
[[nodiscard]] std::string to_string(const Value& value);

/// Puts values into heap octets and words, the reverse of read_value. Equal constants of one type share
/// one heap object.
class HeapWriter {
public:
    [[nodiscard]] Word put(const Value& value);
    [[nodiscard]] const std::vector<std::byte>& heap() const { return heap_; }

private:
    Word put_octets(Type type, ConstBytes octets);
    struct Placed {
        Type type;
        HeapRef ref;
    };
    std::vector<std::byte> heap_;
    std::vector<Placed> placed_;
};

}  // namespace splash::isa
