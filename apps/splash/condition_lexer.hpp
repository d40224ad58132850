// The words of a condition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/oid.hpp"
#include "expression.hpp"
#include "isa/value.hpp"

namespace splash::cli {

/// "what is wrong:", the text, and a caret below the octet at `at`.
[[nodiscard]] Failure wrong_at(std::string_view text, std::size_t at, std::string_view what);

struct Token {
    enum class Kind : std::uint8_t { End, Literal, Object, Operator, Open, Close };
    Kind kind = Kind::End;
    std::size_t at = 0;        ///< octets in front of it
    std::string_view text;     ///< as written
    isa::Value literal;        ///< of a Literal
    std::vector<Oid> objects;  ///< of an Object: the one it names
    Operation operation{};     ///< of an Operator; Subtract also where a sign is meant
};

/// The last one is End.
/// @error BadInput with a caret
[[nodiscard]] Result<std::vector<Token>> condition_tokens(std::string_view text);

}  // namespace splash::cli
