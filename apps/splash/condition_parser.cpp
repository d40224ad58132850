// From a condition's text to its tree.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "condition.hpp"
#include "condition_lexer.hpp"

namespace splash::cli {
namespace {

/// An operator line takes no more, and the parser calls itself for each parenthesis.
constexpr std::size_t kMostOctets = 4096;
constexpr unsigned kMostDepth = 64;

/// Which operators bind how tightly; a higher number binds first.
int strength(Operation operation) {
    switch (operation) {
        case Operation::Or: return 1;
        case Operation::And: return 2;
        case Operation::Not: return 3;
        case Operation::Equal:
        case Operation::NotEqual:
        case Operation::Less:
        case Operation::LessEqual:
        case Operation::Greater:
        case Operation::GreaterEqual: return 4;
        case Operation::Add:
        case Operation::Subtract: return 5;
        case Operation::Multiply:
        case Operation::Divide: return 6;
        case Operation::Negative: return 7;
        case Operation::Literal:
        case Operation::Column: break;
    }
    return 0;
}

bool is_ordering(Operation operation) {
    return operation != Operation::Equal && operation != Operation::NotEqual;
}

Kind kind_of(const isa::Value& value) {
    switch (isa::type_of(value)) {
        case isa::Type::Int:
        case isa::Type::Float: return Kind::Number;
        case isa::Type::Str: return Kind::Text;
        case isa::Type::Addr: return Kind::Address;
        case isa::Type::Oid: return Kind::Object;
        case isa::Type::Exc:
        case isa::Type::Tuple: break;
    }
    return Kind::Unknown;
}

Kind kind_of(const Oid& object) {
    const auto syntax = syntax_of(object);
    if (!syntax) {
        return Kind::Unknown;
    }
    switch (*syntax) {
        case Syntax::Integer:
        case Syntax::Counter32:
        case Syntax::Counter64:
        case Syntax::Gauge32:
        case Syntax::TimeTicks: return Kind::Number;
        case Syntax::OctetString:
        case Syntax::DisplayString: return Kind::Text;
        case Syntax::Oid: return Kind::Object;
        case Syntax::IpAddress: return Kind::Address;
        case Syntax::Node: break;  // of a private MIB only the root is listed
    }
    return Kind::Unknown;
}

class ConditionParser {
public:
    ConditionParser(std::string_view text, std::vector<Token> tokens)
        : text_(text), tokens_(std::move(tokens)) {}

    Result<Expression> parse() {
        auto whole = expression(1);
        if (!whole) {
            return whole;
        }
        if (current().kind != Token::Kind::End) {
            return wrong_at(text_, current().at,
                            current().kind == Token::Kind::Close ? "this parenthesis closes none"
                                                                 : "an operator is missing in front of this");
        }
        return wanting_truth(*std::move(whole), 0);
    }

    std::vector<Condition::Column> take_columns() { return std::move(columns_); }

private:
    [[nodiscard]] const Token& current() const { return tokens_[next_]; }
    [[nodiscard]] bool is_operator(Operation operation) const {
        return current().kind == Token::Kind::Operator && current().operation == operation;
    }

    /// What binds at least as tightly as `least`.
    Result<Expression> expression(int least) {
        const std::size_t left_at = current().at;
        auto left = operand();
        while (left && current().kind == Token::Kind::Operator && current().operation != Operation::Not &&
               strength(current().operation) >= least) {
            const Operation operation = current().operation;
            const std::size_t at = current().at;
            ++next_;
            const std::size_t right_at = current().at;
            auto right = expression(strength(operation) + 1);
            if (!right) {
                return right;
            }
            left = join(operation, at, {*std::move(left), left_at}, {*std::move(right), right_at});
        }
        return left;
    }

    Result<Expression> operand() {
        if (++depth_ > kMostDepth) {
            return wrong_at(text_, current().at,
                            fmt::format("at most {} levels stand in one another", kMostDepth));
        }
        auto found = read_operand();
        --depth_;
        return found;
    }

    Result<Expression> read_operand() {
        const Token token = current();
        if (is_operator(Operation::Not)) {
            ++next_;
            const std::size_t at = current().at;
            auto inner = expression(strength(Operation::Not) + 1);
            if (inner) {
                inner = wanting_truth(*std::move(inner), at);
            }
            return inner ? Result<Expression>(made(Operation::Not, Kind::Truth, {*std::move(inner)})) : inner;
        }
        if (is_operator(Operation::Subtract)) {
            ++next_;
            const std::size_t at = current().at;
            auto inner = operand();
            if (!inner) {
                return inner;
            }
            if (auto* const number = std::get_if<std::int64_t>(&inner->literal);
                inner->operation == Operation::Literal && number != nullptr) {
                *number = -*number;  // literals are not negative themselves
                return inner;
            }
            return join_numbers(Operation::Negative, {{*std::move(inner), at}});
        }
        if (token.kind == Token::Kind::Open) {
            ++next_;
            auto inner = expression(1);
            if (inner && current().kind != Token::Kind::Close) {
                return wrong_at(text_, token.at, "this parenthesis is not closed");
            }
            ++next_;
            return inner;
        }
        if (token.kind == Token::Kind::Literal) {
            ++next_;
            Expression literal = made(Operation::Literal, kind_of(token.literal), {});
            literal.literal = token.literal;
            return literal;
        }
        if (token.kind == Token::Kind::Object) {
            ++next_;
            return column(token);
        }
        return wrong_at(text_, token.at, "an object or a value is missing");
    }

    Expression column(const Token& token) {
        const Oid& object = token.objects.front();
        const auto known = std::ranges::find(columns_, object, &Condition::Column::object);
        Expression found = made(Operation::Column, kind_of(object), {});
        found.column = static_cast<std::size_t>(known - columns_.begin());
        if (known == columns_.end()) {
            columns_.push_back({std::string(token.text), object});
        }
        return found;
    }

    struct Placed {
        Expression expression;
        std::size_t at = 0;  ///< where its text begins
    };

    static Expression made(Operation operation, Kind kind, std::vector<Expression> operands) {
        return {.operation = operation,
                .kind = kind,
                .literal = {},
                .column = 0,
                .operands = std::move(operands)};
    }

    Result<Expression> wanting_truth(Expression expression, std::size_t at) const {
        if (expression.kind == Kind::Truth) {
            return expression;
        }
        return wrong_at(text_, at, "this is a value, not a condition: compare it with something");
    }

    Result<Expression> join(Operation operation, std::size_t at, Placed left, Placed right) const {
        if (operation == Operation::And || operation == Operation::Or) {
            auto first = wanting_truth(std::move(left.expression), left.at);
            auto second = first ? wanting_truth(std::move(right.expression), right.at) : first;
            return second ? Result<Expression>(
                                made(operation, Kind::Truth, {*std::move(first), *std::move(second)}))
                          : second;
        }
        if (strength(operation) > strength(Operation::Equal)) {
            std::vector<Placed> both;
            both.push_back(std::move(left));
            both.push_back(std::move(right));
            return join_numbers(operation, std::move(both));
        }
        for (const Placed* const side : {&left, &right}) {
            if (side->expression.kind == Kind::Truth) {
                return wrong_at(text_, side->at, "this is a condition already: only values can be compared");
            }
        }
        const Kind a = left.expression.kind;
        const Kind b = right.expression.kind;
        if (a != b && a != Kind::Unknown && b != Kind::Unknown) {
            return wrong_at(text_, at, fmt::format("{} cannot be compared with {}", name_of(a), name_of(b)));
        }
        if (is_ordering(operation) && (a == Kind::Address || b == Kind::Address)) {
            return wrong_at(text_, at, "addresses are equal or not, but have no order");
        }
        return made(operation, Kind::Truth, {std::move(left.expression), std::move(right.expression)});
    }

    Result<Expression> join_numbers(Operation operation, std::vector<Placed> sides) const {
        std::vector<Expression> operands;
        for (Placed& side : sides) {
            const Kind kind = side.expression.kind;
            if (kind != Kind::Number && kind != Kind::Unknown) {
                return wrong_at(text_, side.at,
                                fmt::format("only numbers can be computed with, not {}", name_of(kind)));
            }
            operands.push_back(std::move(side.expression));
        }
        return made(operation, Kind::Number, std::move(operands));
    }

    std::string_view text_;
    std::vector<Token> tokens_;
    std::size_t next_ = 0;
    unsigned depth_ = 0;
    std::vector<Condition::Column> columns_;
};

}  // namespace

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::Truth: return "a condition";
        case Kind::Number: return "a number";
        case Kind::Text: return "text";
        case Kind::Address: return "an address";
        case Kind::Object: return "an OID";
        case Kind::Unknown: break;
    }
    return "a value";
}

Result<Condition> Condition::parse(std::string_view text) {
    if (text.size() > kMostOctets) {
        return fail(Errc::BadInput,
                    fmt::format("a condition of {} octets: at most {} are read", text.size(), kMostOctets));
    }
    auto tokens = condition_tokens(text);
    if (!tokens) {
        return Failure(tokens.error());
    }
    ConditionParser parser(text, *std::move(tokens));
    auto root = parser.parse();
    if (!root) {
        return Failure(root.error());
    }
    return Condition(std::string(text), parser.take_columns(), *std::move(root));
}

}  // namespace splash::cli
