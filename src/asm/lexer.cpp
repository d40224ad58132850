#include "lexer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>
#include <variant>

namespace splash::assembly {
namespace {

constexpr std::string_view kEscapeHint = R"(escapes are \" \\ \n \t and \xHH)";

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return static_cast<unsigned>(c - 'a') + 10U;
    }
    if (c >= 'A' && c <= 'F') {
        return static_cast<unsigned>(c - 'A') + 10U;
    }
    return std::nullopt;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

bool ends_word(char c) {
    return is_blank(c) || c == ',' || c == '(' || c == ')' || c == '"' || c == ';';
}

bool is_visible(char c) {
    return c > ' ' && c < 0x7f;
}

Problem stray_octet(char c, std::size_t column) {
    std::array<char, 8> hex{};
    std::snprintf(hex.data(), hex.size(), "0x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    return {column, std::string("unexpected octet ") + hex.data(),
            "only strings and comments may hold anything but ASCII"};
}

/// Reads the string that begins at `at`; leaves `at` behind its closing quote.
std::variant<Token, Problem> read_string(std::string_view line, std::size_t& at) {
    const std::size_t begin = at++;
    std::string octets;
    while (at < line.size() && line[at] != '"') {
        if (line[at] != '\\') {
            octets += line[at++];
            continue;
        }
        const std::size_t escape = at++;
        const char c = at < line.size() ? line[at++] : '\0';
        switch (c) {
            case '"':
            case '\\': octets += c; break;
            case 'n': octets += '\n'; break;
            case 't': octets += '\t'; break;
            case 'x': {
                const auto high = at < line.size() ? hex_digit(line[at]) : std::nullopt;
                const auto low = at + 1 < line.size() ? hex_digit(line[at + 1]) : std::nullopt;
                if (!high || !low) {
                    return Problem{escape, "\\x needs two hexadecimal digits", std::string(kEscapeHint)};
                }
                octets += static_cast<char>(*high << 4U | *low);
                at += 2;
                break;
            }
            default: return Problem{escape, "unknown escape in a string", std::string(kEscapeHint)};
        }
    }
    if (at >= line.size()) {
        return Problem{begin, "the string does not end", "close it with \" in the same line"};
    }
    ++at;
    return Token{Token::Kind::String, begin, line.substr(begin, at - begin), std::move(octets)};
}

std::optional<Token::Kind> punctuation(char c) {
    switch (c) {
        case '(': return Token::Kind::Open;
        case ')': return Token::Kind::Close;
        case ',': return Token::Kind::Comma;
        default: return std::nullopt;
    }
}

}  // namespace

Tokens tokenise(std::string_view line) {
    Tokens tokens;
    std::size_t at = 0;
    while (at < line.size() && line[at] != ';') {
        const char c = line[at];
        if (is_blank(c)) {
            ++at;
        } else if (c == '"') {
            auto read = read_string(line, at);
            if (auto* problem = std::get_if<Problem>(&read)) {
                tokens.problem = std::move(*problem);
                return tokens;
            }
            tokens.list.push_back(std::move(std::get<Token>(read)));
        } else if (const auto kind = punctuation(c)) {
            tokens.list.push_back({*kind, at, line.substr(at, 1), {}});
            ++at;
        } else {
            const std::size_t begin = at;
            for (; at < line.size() && !ends_word(line[at]); ++at) {
                if (!is_visible(line[at])) {
                    tokens.problem = stray_octet(line[at], at);
                    return tokens;
                }
            }
            tokens.list.push_back({Token::Kind::Word, begin, line.substr(begin, at - begin), {}});
        }
    }
    return tokens;
}

bool is_identifier(std::string_view word) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !word.empty() && is_letter(word.front()) &&
           std::ranges::all_of(word, [&](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace splash::assembly
