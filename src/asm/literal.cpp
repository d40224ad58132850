#include "literal.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "nearest.hpp"

namespace splash::assembly {
namespace {

using isa::Exc;
using isa::kPlainNan;
using isa::Str;
using isa::Tuple;
using isa::Value;

constexpr std::string_view kDistance = "-pc";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string quoted(std::string_view word) {
    return "'" + shorten(word) + "'";
}

Problem no_value(const Token& token) {
    return {token.column, quoted(token.text) + " is no value", kValueHint};
}

std::variant<std::int64_t, Problem> read_integer(const Token& token) {
    std::string_view digits = token.text;
    const bool negative = digits.front() == '-';
    if (negative || digits.front() == '+') {
        digits.remove_prefix(1);
    }
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
        base = 16;
        digits.remove_prefix(2);
    }
    std::uint64_t magnitude = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
    if (error == std::errc::invalid_argument || end != digits.data() + digits.size()) {
        return no_value(token);
    }
    const std::uint64_t limit = (std::uint64_t{1} << 63U) - (negative ? 0U : 1U);
    if (error != std::errc{} || magnitude > limit) {
        return Problem{token.column, quoted(token.text) + " does not fit 64 bits",
                       "integers are from -9223372036854775808 to 9223372036854775807"};
    }
    return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

std::variant<Value, Problem> read_float(const Token& token) {
    std::string_view text = token.text;
    if (text.front() == '+') {
        text.remove_prefix(1);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
        return Problem{token.column, quoted(token.text) + " does not fit a float", {}};
    }
    if (error != std::errc{} || end != text.data() + text.size()) {
        return no_value(token);
    }
    return Value(value);
}

/// A word that begins with a digit or a sign: integer, float or IPv4 address.
std::variant<Value, Problem> read_number(const Token& token) {
    const std::string_view text = token.text;
    const bool is_hex = text.find_first_of("xX") != std::string_view::npos;
    if (std::ranges::count(text, '.') > 1) {
        if (const auto address = IpAddress::parse(text)) {
            return Value(*address);
        }
        return Problem{token.column, quoted(text) + " is no address",
                       "an IPv4 address is four numbers from 0 to 255"};
    }
    if (!is_hex && text.find_first_of(".eE") != std::string_view::npos) {
        return read_float(token);
    }
    auto integer = read_integer(token);
    if (auto* problem = std::get_if<Problem>(&integer)) {
        return std::move(*problem);
    }
    return Value(std::get<std::int64_t>(integer));
}

std::variant<Value, Problem> read_oid(const Token& token, std::string_view name, const Names& names) {
    if (auto oid = names.find(name)) {
        return Value(std::move(*oid));
    }
    if (name.empty() || is_digit(name.front()) || name.front() == '.') {
        return Problem{token.column, quoted(token.text) + " is no object identifier",
                       "write numbers with dots, as in oid:1.3.6.1.2.1.1.5.0"};
    }
    constexpr std::size_t kLongestName = 64;
    std::string hint;
    if (name.size() <= kLongestName) {
        for (const std::string& like : names.like(name)) {
            hint += (hint.empty() ? "did you mean " : " or ") + like;
        }
    }
    hint += hint.empty() ? "a numeric identifier always works, as in oid:1.3.6.1.2.1.1.5.0" : "?";
    return Problem{token.column, "unknown object name " + quoted(name), std::move(hint)};
}

std::variant<Value, Problem> read_exception(const Token& token, std::string_view code) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), value);
    if (error != std::errc{} || end != code.data() + code.size()) {
        return Problem{token.column, quoted(token.text) + " is no exception", "write a number, as in exc:12"};
    }
    return Value(static_cast<Exc>(value));
}

std::variant<Value, Problem> read_named_float(const Token& token, std::string_view name) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (name == "inf") {
        return Value(kInfinity);
    }
    if (name == "-inf") {
        return Value(-kInfinity);
    }
    if (name == "nan") {
        return Value(std::bit_cast<double>(kPlainNan));
    }
    return Problem{token.column, quoted(token.text) + " is no float",
                   "float:inf, float:-inf and float:nan exist; write others as 1.5 or 2e9"};
}

/// A word with a colon: a prefixed value or an IPv6 address.
std::variant<Value, Problem> read_prefixed(const Token& token, const Names& names) {
    const std::string_view text = token.text;
    if (text.starts_with("oid:")) {
        return read_oid(token, text.substr(4), names);
    }
    if (text.starts_with("exc:")) {
        return read_exception(token, text.substr(4));
    }
    if (text.starts_with("float:")) {
        return read_named_float(token, text.substr(6));
    }
    if (const auto address = IpAddress::parse(text)) {
        return Value(*address);
    }
    return no_value(token);
}

bool looks_like_number(std::string_view word) {
    const bool is_signed = word.front() == '-' || word.front() == '+';
    return is_digit(word[is_signed && word.size() > 1 ? 1 : 0]);
}

std::variant<Value, Problem> read_word(const Token& token, const Names& names) {
    if (token.text.find(':') != std::string_view::npos) {
        return read_prefixed(token, names);
    }
    if (looks_like_number(token.text)) {
        return read_number(token);
    }
    Problem problem = no_value(token);
    if (token.text.size() <= 64 && names.find(token.text)) {
        problem.hint = "an object is written oid:" + std::string(token.text);
    }
    return problem;
}

std::variant<Value, Problem> read_nested(TokenCursor& tokens, const Names& names, unsigned depth);

/// Reads the fields of a tuple whose parenthesis has been read.
std::variant<Value, Problem> read_tuple(TokenCursor& tokens, std::size_t opened_at, const Names& names,
                                        unsigned depth) {
    if (depth >= kMaxTupleDepth) {
        return Problem{opened_at, "tuples are nested too deep", "at most " + std::to_string(kMaxTupleDepth)};
    }
    auto tuple = std::make_shared<Tuple>();
    const Token* next = tokens.peek();
    bool closed = next != nullptr && next->kind == Token::Kind::Close;
    while (!closed) {
        auto field = read_nested(tokens, names, depth + 1);
        if (auto* problem = std::get_if<Problem>(&field)) {
            return std::move(*problem);
        }
        tuple->fields.push_back(std::move(std::get<Value>(field)));
        next = tokens.peek();
        closed = next != nullptr && next->kind == Token::Kind::Close;
        if (!closed) {
            if (next == nullptr) {
                return Problem{opened_at, "the tuple does not end", "close it with ) in the same line"};
            }
            if (next->kind != Token::Kind::Comma) {
                return Problem{next->column, "expected , or ) in a tuple", "as in (1, \"a\", 10.0.0.1)"};
            }
            tokens.skip();
        }
    }
    tokens.skip();
    return Value(std::shared_ptr<const Tuple>(std::move(tuple)));
}

std::variant<Value, Problem> read_nested(TokenCursor& tokens, const Names& names, unsigned depth) {
    const Token* const token = tokens.peek();
    if (token == nullptr) {
        return Problem{tokens.column(), "a value is missing", kValueHint};
    }
    tokens.skip();
    switch (token->kind) {
        case Token::Kind::Word: return read_word(*token, names);
        case Token::Kind::String: return Value(Str{token->octets});
        case Token::Kind::Open: return read_tuple(tokens, token->column, names, depth);
        case Token::Kind::Close:
        case Token::Kind::Comma: break;
    }
    return no_value(*token);
}

std::optional<LabelUse> read_label(std::string_view word) {
    if (is_identifier(word) && word != "pc") {
        return LabelUse{std::string(word), 0, false};
    }
    if (!word.ends_with(kDistance)) {
        return std::nullopt;
    }
    word.remove_suffix(kDistance.size());
    if (is_identifier(word)) {
        return LabelUse{std::string(word), 0, true};
    }
    std::uint32_t index = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), index);
    if (!word.empty() && error == std::errc{} && end == word.data() + word.size()) {
        return LabelUse{{}, index, true};
    }
    return std::nullopt;
}

std::string quote(const std::string& octets) {
    std::string text = "\"";
    for (const char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            text += '\\';
            text += c;
        } else if (c == '\n') {
            text += "\\n";
        } else if (c == '\t') {
            text += "\\t";
        } else if (octet < 0x20 || octet > 0x7e) {
            std::array<char, 8> hex{};
            std::snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned>(octet));
            text += hex.data();
        } else {
            text += c;
        }
    }
    return text + '"';
}

std::optional<std::string> float_text(double value) {
    if (std::isnan(value)) {
        return std::bit_cast<std::uint64_t>(value) == kPlainNan ? std::optional<std::string>("float:nan")
                                                                : std::nullopt;
    }
    if (std::isinf(value)) {
        return value > 0 ? "float:inf" : "float:-inf";
    }
    std::array<char, 40> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    std::string text(digits.data(), end);
    if (text.find_first_of(".e") == std::string::npos) {
        text += ".0";
    }
    return text;
}

std::optional<std::string> nested_text(const Value& value, unsigned depth) {
    switch (isa::type_of(value)) {
        case isa::Type::Int: return std::to_string(std::get<std::int64_t>(value));
        case isa::Type::Addr: return std::get<IpAddress>(value).to_string();
        case isa::Type::Str: return quote(std::get<Str>(value).octets);
        case isa::Type::Exc: return "exc:" + std::to_string(static_cast<std::uint32_t>(std::get<Exc>(value)));
        case isa::Type::Float: return float_text(std::get<double>(value));
        case isa::Type::Oid: return "oid:" + std::get<Oid>(value).to_string().substr(1);
        case isa::Type::Tuple: break;
    }
    if (depth >= kMaxTupleDepth) {
        return std::nullopt;
    }
    std::string text = "(";
    for (const Value& field : std::get<std::shared_ptr<const Tuple>>(value)->fields) {
        const auto shown = nested_text(field, depth + 1);
        if (!shown) {
            return std::nullopt;
        }
        text += (text.size() > 1 ? ", " : "") + *shown;
    }
    return text + ")";
}

}  // namespace

std::variant<OperandValue, Problem> read_operand(TokenCursor& tokens, const Names& names) {
    const Token* const token = tokens.peek();
    if (token != nullptr && token->kind == Token::Kind::Word) {
        if (auto label = read_label(token->text)) {
            tokens.skip();
            return OperandValue(std::move(*label));
        }
    }
    auto value = read_value(tokens, names);
    if (auto* problem = std::get_if<Problem>(&value)) {
        return std::move(*problem);
    }
    return OperandValue(std::move(std::get<Value>(value)));
}

std::variant<Value, Problem> read_value(TokenCursor& tokens, const Names& names) {
    return read_nested(tokens, names, 0);
}

std::optional<std::string> literal_text(const Value& value) {
    return nested_text(value, 0);
}

std::optional<Value> parse_literal(std::string_view text, const Names& names) {
    const Tokens tokens = tokenise(text);
    if (tokens.problem) {
        return std::nullopt;
    }
    TokenCursor cursor(tokens.list, text.size());
    auto value = read_value(cursor, names);
    if (!std::holds_alternative<Value>(value) || !cursor.at_end()) {
        return std::nullopt;
    }
    return std::get<Value>(std::move(value));
}

}  // namespace splash::assembly
