// Comparison, arithmetic, bits, addresses.
#include <algorithm>
#include <cmath>

#include "vm/execution.hpp"

namespace splash::vm {

using isa::Exc;
using isa::Opcode;
using isa::Reason;
using isa::Type;
using isa::Word;

namespace {

/// Order of two values as the comparisons ask for it.
struct Order {
    bool equal = false;
    bool less = false;
    bool greater = false;
};

template <class T>
Order order_of(const T& a, const T& b) {
    return {.equal = !(a < b) && !(b < a) && a == b, .less = a < b, .greater = b < a};
}

/// By number, without rounding the integer to a float first: 2^53 + 1 differs from 2^53 as a float.
Order mixed_order(std::int64_t a, double b) {
    constexpr double kTwoTo63 = 9223372036854775808.0;
    if (std::isnan(b)) {
        return {};
    }
    if (b >= kTwoTo63 || b < -kTwoTo63) {
        return {.equal = false, .less = b > 0, .greater = b < 0};
    }
    const double whole = std::trunc(b);
    const auto truncated = static_cast<std::int64_t>(whole);
    return a != truncated ? order_of(a, truncated) : order_of(0.0, b - whole);
}

Order reversed(const Order& order) {
    return {.equal = order.equal, .less = order.greater, .greater = order.less};
}

Order lexicographic(ConstBytes a, ConstBytes b) {
    return {.equal = std::ranges::equal(a, b),
            .less = std::ranges::lexicographical_compare(a, b),
            .greater = std::ranges::lexicographical_compare(b, a)};
}

/// Object identifiers order by sub-identifier, which is not the order of their octets: a longer group is
/// larger.
Order oid_order(ConstBytes a, ConstBytes b) {
    const auto end_of_group = [](ConstBytes octets, std::size_t at) {
        while (at < octets.size() && (octets[at] & std::byte{0x80}) != std::byte{0}) {
            ++at;
        }
        return std::min(at + 1, octets.size());
    };
    std::size_t i = 0;
    while (i < a.size() && i < b.size()) {
        const std::size_t a_end = end_of_group(a, i);
        const std::size_t b_end = end_of_group(b, i);
        if (a_end != b_end) {
            return {.equal = false, .less = a_end<b_end, .greater = a_end> b_end};
        }
        const Order group = lexicographic(a.subspan(i, a_end - i), b.subspan(i, a_end - i));
        if (!group.equal) {
            return group;
        }
        i = a_end;
    }
    return {.equal = a.size() == b.size(), .less = a.size() < b.size(), .greater = a.size() > b.size()};
}

bool wanted(Opcode op, const Order& order) {
    switch (op) {
        case Opcode::Eq: return order.equal;
        case Opcode::Neq: return !order.equal;
        case Opcode::Gt: return order.greater;
        case Opcode::Geq: return order.greater || order.equal;
        case Opcode::Lt: return order.less;
        default: return order.less || order.equal;
    }
}

std::uint64_t raw(std::int64_t v) {
    return static_cast<std::uint64_t>(v);
}

}  // namespace

bool Execution::compare(Opcode op, const std::optional<Operand>& right) {
    const auto left = right ? pop() : std::nullopt;
    if (!left) {
        return false;
    }
    const bool asks_equality = op == Opcode::Eq || op == Opcode::Neq;
    if (!asks_equality && (left->is_exc() || right->is_exc())) {
        return push(left->is_exc() ? left->word : right->word);
    }
    if (left->is_number() && right->is_number()) {
        if (left->type == Type::Int && right->type == Type::Int) {
            return push_int(wanted(op, order_of(left->integer, right->integer)) ? 1 : 0);
        }
        if (left->type == Type::Float && right->type == Type::Float) {
            return push_int(wanted(op, order_of(left->real, right->real)) ? 1 : 0);
        }
        const Order order = left->type == Type::Int ? mixed_order(left->integer, right->real)
                                                    : reversed(mixed_order(right->integer, left->real));
        return push_int(wanted(op, order) ? 1 : 0);
    }
    if (left->type != right->type) {
        return asks_equality ? push_int(op == Opcode::Neq ? 1 : 0) : fail_with(Reason::WrongType);
    }
    switch (left->type) {
        case Type::Str:
        case Type::Oid: {
            if (!charge((left->octets.size() + right->octets.size()) / 64)) {
                return false;
            }
            const Order order = left->type == Type::Str ? lexicographic(left->octets, right->octets)
                                                        : oid_order(left->octets, right->octets);
            return push_int(wanted(op, order) ? 1 : 0);
        }
        case Type::Addr:
            if (asks_equality) {
                return push_int((left->address == right->address) == (op == Opcode::Eq) ? 1 : 0);
            }
            break;
        case Type::Exc:  // an order of two exceptions has been answered above
            return push_int((left->word.as_exc() == right->word.as_exc()) == (op == Opcode::Eq) ? 1 : 0);
        case Type::Tuple:
            if (asks_equality) {
                // By identity: the same object. Empty ones have no place of their own: all are the same.
                const bool are_empty = left->octets.empty() && right->octets.empty();
                const bool is_same = are_empty || left->word.ref() == right->word.ref();
                return push_int(is_same == (op == Opcode::Eq) ? 1 : 0);
            }
            break;
        case Type::Int:
        case Type::Float: break;
    }
    return fail_with(Reason::WrongType);
}

bool Execution::arithmetic(Opcode op, const std::optional<Operand>& right) {
    const auto left = right ? pop() : std::nullopt;
    if (!left) {
        return false;
    }
    if (left->is_exc() || right->is_exc()) {
        return push(left->is_exc() ? left->word : right->word);
    }
    if (!left->is_number() || !right->is_number()) {
        return fail_with(Reason::WrongType);
    }
    const bool is_division = op == Opcode::Div || op == Opcode::Mod;
    if (left->type == Type::Int && right->type == Type::Int) {
        const std::int64_t a = left->integer;
        const std::int64_t b = right->integer;
        if (is_division && b == 0) {
            return push(Word::exc(Exc::DivisionByZero));
        }
        switch (op) {  // unsigned: overflow wraps
            case Opcode::Add: return push_int(static_cast<std::int64_t>(raw(a) + raw(b)));
            case Opcode::Sub: return push_int(static_cast<std::int64_t>(raw(a) - raw(b)));
            case Opcode::Mult: return push_int(static_cast<std::int64_t>(raw(a) * raw(b)));
            case Opcode::Div: return push_int(b == -1 ? static_cast<std::int64_t>(0 - raw(a)) : a / b);
            case Opcode::Mod: return push_int(b == -1 ? 0 : a % b);
            default: return push_int(static_cast<std::int64_t>(0 - raw(a)));
        }
    }
    const double a = left->type == Type::Int ? static_cast<double>(left->integer) : left->real;
    const double b = right->type == Type::Int ? static_cast<double>(right->integer) : right->real;
    if (is_division && !(b < 0 || b > 0) && !std::isnan(b)) {
        return push(Word::exc(Exc::DivisionByZero));
    }
    switch (op) {
        case Opcode::Add: return push_float(a + b);
        case Opcode::Sub: return push_float(a - b);
        case Opcode::Mult: return push_float(a * b);
        case Opcode::Div: return push_float(a / b);
        case Opcode::Mod: return push_float(std::fmod(a, b));
        default: return push_float(-a);
    }
}

bool Execution::bits(Opcode op, const std::optional<Operand>& right) {
    const auto left = right ? pop() : std::nullopt;
    if (!left) {
        return false;
    }
    if (left->type != Type::Int || right->type != Type::Int) {
        return fail_with(Reason::WrongType);
    }
    const std::uint64_t a = raw(left->integer);
    const std::uint64_t b = raw(right->integer);
    const bool is_shift = op == Opcode::Lsh || op == Opcode::Rsh || op == Opcode::Rsha;
    if (is_shift && b > 63) {
        return push(Word::exc(Exc::OutOfRange));
    }
    switch (op) {
        case Opcode::And: return push_int(static_cast<std::int64_t>(a & b));
        case Opcode::Or: return push_int(static_cast<std::int64_t>(a | b));
        case Opcode::Xor: return push_int(static_cast<std::int64_t>(a ^ b));
        case Opcode::Lsh: return push_int(static_cast<std::int64_t>(a << b));
        case Opcode::Rsh: return push_int(static_cast<std::int64_t>(a >> b));
        default: return push_int(left->integer >> static_cast<int>(b));
    }
}

bool Execution::subnet(Opcode op, std::int64_t prefix_length) {
    const auto operand = pop_typed(Type::Addr);
    if (!operand) {
        return false;
    }
    const IpAddress& address = operand->address;
    if (prefix_length < 0 || prefix_length > static_cast<std::int64_t>(address.bits())) {
        return push(Word::exc(Exc::OutOfRange));
    }
    const auto bits = static_cast<unsigned>(prefix_length);
    return push_address(op == Opcode::Snet ? address.network(bits) : address.last_in_network(bits));
}

}  // namespace splash::vm
