// A C function as its manual page declares it: "double hypot(double x, double y)".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace splash::plugins {

/// How a C value is passed.
enum class CKind : std::uint8_t {
    Void,
    Bool,
    Int8,
    Uint8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Int64,
    Uint64,
    Float,
    Double,
    Text,    ///< const char *, ended by a 0
    Address  ///< in_addr_t, in network order
};

/// The letter of the value a program sees: i f s a; 0 for none.
[[nodiscard]] char letter_of(CKind kind);

struct Prototype {
    CKind result = CKind::Void;
    std::string name;
    std::vector<CKind> parameters;
    bool operator==(const Prototype&) const = default;
};

/// A declaration that parse_prototype() reads as the same: "double hypot(double, double)".
[[nodiscard]] std::string to_string(const Prototype& prototype);

struct PrototypeError {
    std::size_t at = 0;  ///< octets from the begin of the text
    std::size_t length = 0;
    std::string what;
};

/// Reads one declaration; names of parameters and a ; at the end may be there.
[[nodiscard]] std::variant<Prototype, PrototypeError> parse_prototype(std::string_view text);

/// The names of types it knows besides combinations of the words int, short, long, signed and unsigned.
[[nodiscard]] std::span<const std::string_view> c_type_names();

/// The text, and below it ^^^^ under the place.
[[nodiscard]] std::string with_caret(std::string_view text, const PrototypeError& error);

}  // namespace splash::plugins
