#include "condition_lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "objects.hpp"

namespace splash::cli {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kAddress = "0123456789abcdefABCDEF:.";
constexpr std::string_view kName = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

/// Longer ones first.
constexpr auto kSymbols = std::to_array<std::pair<std::string_view, Operation>>({
    {"<=", Operation::LessEqual},
    {">=", Operation::GreaterEqual},
    {"!=", Operation::NotEqual},
    {"<>", Operation::NotEqual},
    {"==", Operation::Equal},
    {"&&", Operation::And},
    {"||", Operation::Or},
    {"=", Operation::Equal},
    {"<", Operation::Less},
    {">", Operation::Greater},
    {"!", Operation::Not},
    {"+", Operation::Add},
    {"-", Operation::Subtract},
    {"*", Operation::Multiply},
    {"/", Operation::Divide},
});
constexpr auto kWords = std::to_array<std::pair<std::string_view, Operation>>({
    {"and", Operation::And},
    {"or", Operation::Or},
    {"not", Operation::Not},
});

bool is_in(std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
}

bool is_letter(char c) {
    return is_in(kName.substr(kDigits.size()), c);
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Result<std::vector<Token>> tokens() {
        std::vector<Token> found;
        while (true) {
            at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
            if (at_ == text_.size()) {
                found.push_back(
                    {.kind = Token::Kind::End, .at = at_, .text = {}, .literal = {}, .objects = {}});
                return found;
            }
            auto token = next();
            if (!token) {
                return Failure(token.error());
            }
            at_ = token->at + token->text.size();
            found.push_back(*std::move(token));
        }
    }

private:
    [[nodiscard]] Token token(Token::Kind kind, std::size_t length) const {
        return {.kind = kind, .at = at_, .text = text_.substr(at_, length), .literal = {}, .objects = {}};
    }
    [[nodiscard]] Token literal(isa::Value value, std::size_t length) const {
        Token made = token(Token::Kind::Literal, length);
        made.literal = std::move(value);
        return made;
    }
    /// Octets from `from` on that are all in `set`.
    [[nodiscard]] std::size_t run(std::string_view set, std::size_t from) const {
        return std::min(text_.find_first_not_of(set, from), text_.size()) - from;
    }
    [[nodiscard]] char peek(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

    Result<Token> next() {
        const char c = text_[at_];
        if (c == '(' || c == ')') {
            return token(c == '(' ? Token::Kind::Open : Token::Kind::Close, 1);
        }
        if (c == '"' || c == '\'') {
            return quoted(c);
        }
        if (const auto address = v6_address()) {
            return *address;
        }
        if (is_in(kDigits, c) || (c == '.' && is_in(kDigits, peek(at_ + 1)))) {
            return number();
        }
        if (is_letter(c)) {
            return name();
        }
        for (const auto& [symbol, operation] : kSymbols) {
            if (text_.substr(at_).starts_with(symbol)) {
                Token made = token(Token::Kind::Operator, symbol.size());
                made.operation = operation;
                return made;
            }
        }
        return wrong_at(text_, at_, "nothing in a condition begins like this");
    }

    [[nodiscard]] std::optional<Token> v6_address() const {
        const std::string_view word = text_.substr(at_, run(kAddress, at_));
        if (std::ranges::count(word, ':') < 2) {
            return std::nullopt;
        }
        const auto address = IpAddress::parse(word);
        return address ? std::optional(literal(*address, word.size())) : std::nullopt;
    }

    Result<Token> quoted(char quote) const {
        std::string octets;
        for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
            if (text_[i] == quote) {
                return literal(isa::Str{std::move(octets)}, i + 1 - at_);
            }
            if (text_[i] == '\\') {
                ++i;
                if (peek(i) == 'x') {
                    unsigned octet = 0;
                    const std::string_view hex = text_.substr(std::min(i + 1, text_.size()), 2);
                    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), octet, 16);
                    if (error != std::errc{} || end != hex.data() + 2) {
                        return wrong_at(text_, i, "behind \\x stand two hexadecimal digits");
                    }
                    octets += static_cast<char>(octet);
                    i += 2;
                    continue;
                }
                if (peek(i) != '\\' && peek(i) != '"' && peek(i) != '\'') {
                    return wrong_at(text_, i, R"(behind a backslash stands one of \ " ' x)");
                }
            }
            octets += text_[i];
        }
        return wrong_at(text_, at_, "the text that begins here has no end: a quote is missing");
    }

    /// Numbers, IPv4 addresses (four parts) and OIDs in figures (a dot in front, or other than four parts).
    Result<Token> number() const {
        const std::size_t length = number_length();
        const std::string_view word = text_.substr(at_, length);
        const auto dots = std::ranges::count(word, '.');
        if (word.starts_with('.') || (dots > 1 && word.find_first_not_of("0123456789.") == word.npos)) {
            const auto address = dots == 3 && !word.starts_with('.') ? IpAddress::parse(word) : std::nullopt;
            return address ? Result<Token>(literal(*address, length)) : object(length, word);
        }
        const bool is_hex = word.starts_with("0x") || word.starts_with("0X");
        if (is_hex || word.find_first_of(".eE") == word.npos) {
            const std::string_view digits = is_hex ? word.substr(2) : word;
            std::int64_t value = 0;
            const auto [end, error] =
                std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 10);
            if (error == std::errc::result_out_of_range) {
                return wrong_at(text_, at_, "integers have 64 bits, and this is more");
            }
            if (error != std::errc{} || end != digits.data() + digits.size()) {
                return wrong_at(text_, at_, "this is no number");
            }
            return literal(value, length);
        }
        double value = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
        if (error != std::errc{} || end != word.data() + word.size() || !std::isfinite(value)) {
            return wrong_at(text_, at_, "this is no number");
        }
        return literal(value, length);
    }

    [[nodiscard]] std::size_t number_length() const {
        std::size_t length = run("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.", at_);
        const bool is_hex = text_.substr(at_).starts_with("0x") || text_.substr(at_).starts_with("0X");
        const char last = text_[at_ + length - 1];
        const char sign = peek(at_ + length);
        if (!is_hex && (last == 'e' || last == 'E') && (sign == '-' || sign == '+')) {
            length += 1 + run(kDigits, at_ + length + 1);
        }
        return length;
    }

    /// A word of operators, oid:NAME, or an object. Module names have hyphens, those of objects do not.
    Result<Token> name() const {
        const std::size_t module = run(std::string(kName) + "-", at_);
        const bool has_module = text_.substr(at_ + module).starts_with("::");
        std::size_t length = has_module ? module + 2 + run(kName, at_ + module + 2) : run(kName, at_);
        const std::string_view word = text_.substr(at_, length);
        for (const auto& [text, operation] : kWords) {
            if (std::ranges::equal(word, text, {}, [](char c) { return static_cast<char>(c | 0x20); })) {
                Token made = token(Token::Kind::Operator, length);
                made.operation = operation;
                return made;
            }
        }
        if (word == "oid" && peek(at_ + length) == ':') {
            const std::size_t whole = length + 1 + run(std::string(kName) + "-:.", at_ + length + 1);
            const auto oid = parse_object(text_.substr(at_ + length + 1, whole - length - 1));
            return oid ? Result<Token>(literal(*oid, whole)) : wrong_at(text_, at_, unknown(oid.error()));
        }
        while (peek(at_ + length) == '.' && is_in(kDigits, peek(at_ + length + 1))) {
            length += 1 + run(kDigits, at_ + length + 1);
        }
        return object(length, text_.substr(at_, length));
    }

    static std::string unknown(const Error& error) {
        return error.detail + ": no such object is known (text stands in quotes, other objects in figures)";
    }

    Result<Token> object(std::size_t length, std::string_view word) const {
        auto oid = parse_object(word);
        if (!oid) {
            return wrong_at(text_, at_, unknown(oid.error()));
        }
        Token made = token(Token::Kind::Object, length);
        made.objects.push_back(*std::move(oid));
        return made;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Failure wrong_at(std::string_view text, std::size_t at, std::string_view what) {
    std::string shown(text);
    std::ranges::replace_if(
        shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    // Of UTF-8 only the first octet of a character takes a column.
    const auto columns = std::ranges::count_if(
        text.substr(0, at), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
    return fail(Errc::BadInput, fmt::format("{}:\n  {}\n  {}^ here", what, shown,
                                            std::string(static_cast<std::size_t>(columns), ' ')));
}

Result<std::vector<Token>> condition_tokens(std::string_view text) {
    return Lexer(text).tokens();
}

}  // namespace splash::cli
