// Cuts one line of assembly text into tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "findings.hpp"

namespace splash::assembly {

struct Token {
    enum class Kind : std::uint8_t { Word, String, Open, Close, Comma };
    Kind kind{};
    std::size_t column = 0;  ///< octets before it in the line
    std::string_view text;   ///< as written; for a string with its quotes
    std::string octets;      ///< of a string, escapes resolved
};

struct Tokens {
    std::vector<Token> list;
    std::optional<Problem> problem;  ///< what stopped the reading behind the last token
};

/// Everything up to the comment. Words are runs of visible ASCII without , ( ) " and ;
[[nodiscard]] Tokens tokenise(std::string_view line);

/// A name a label may have: letters, digits and _, not beginning with a digit.
[[nodiscard]] bool is_identifier(std::string_view word);

/// Reads tokens front to back.
class TokenCursor {
public:
    TokenCursor(const std::vector<Token>& tokens, std::size_t end_column)
        : tokens_(&tokens), end_column_(end_column) {}

    /// nullptr at the end.
    [[nodiscard]] const Token* peek() const { return at_ < tokens_->size() ? &(*tokens_)[at_] : nullptr; }
    void skip() { ++at_; }
    [[nodiscard]] bool at_end() const { return at_ >= tokens_->size(); }
    /// Of the next token, else of the line's end.
    [[nodiscard]] std::size_t column() const { return at_end() ? end_column_ : (*tokens_)[at_].column; }

private:
    const std::vector<Token>* tokens_;
    std::size_t end_column_;
    std::size_t at_ = 0;
};

}  // namespace splash::assembly
