// Lines that begin with #.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "draft.hpp"
#include "lexer.hpp"
#include "nearest.hpp"

namespace splash::assembly {
namespace {

using isa::Type;
using isa::Value;

void complain(LineContext& context, std::size_t column, std::string message, std::string hint = {}) {
    context.findings.add({context.line, column}, std::move(message), std::move(hint));
}

/// Reads a value; on a problem notes it.
std::optional<Value> read_or_complain(LineContext& context, TokenCursor& tokens) {
    auto value = read_value(tokens, context.names);
    if (auto* problem = std::get_if<Problem>(&value)) {
        context.findings.add(context.line, std::move(*problem));
        return std::nullopt;
    }
    return std::get<Value>(std::move(value));
}

template <class T>
void set_once(LineContext& context, std::optional<Setting<T>>& setting, Setting<T> value,
              std::string_view directive) {
    if (setting) {
        complain(context, value.place.column, "'" + std::string(directive) + "' is given twice",
                 "the first is in line " + std::to_string(setting->place.line + 1));
        return;
    }
    setting = std::move(value);
}

void add_slot(LineContext& context, DraftSlot slot) {
    auto& slots = context.draft.slots;
    if (slots.size() == Draft::kMaxSlots) {
        context.findings.add(slot.place,
                             "more than " + std::to_string(Draft::kMaxSlots) + " values on the stack",
                             "a packet's stack has at most 65,535 octets");
    }
    if (slots.size() <= Draft::kMaxSlots) {
        slots.push_back(std::move(slot));
    }
}

/// #data v
void read_data(LineContext& context, TokenCursor& tokens) {
    const Place place{context.line, tokens.column()};
    auto operand = read_operand(tokens, context.names);
    if (auto* problem = std::get_if<Problem>(&operand)) {
        context.findings.add(context.line, std::move(*problem));
        return;
    }
    auto& read = std::get<OperandValue>(operand);
    if (auto* label = std::get_if<LabelUse>(&read)) {
        if (label->is_distance) {
            complain(context, place.column, "'#data' has no place in the code to count from",
                     "write the label alone for its index");
            return;
        }
        add_slot(context, {place, std::move(*label)});
    } else {
        add_slot(context, {place, std::move(std::get<Value>(read))});
    }
    expect_end(context, tokens);
}

/// #word 0x...: a stack value as it lies in the packet.
void read_raw_slot(LineContext& context, TokenCursor& tokens) {
    const Place place{context.line, tokens.column()};
    const Token* const token = tokens.peek();
    std::uint64_t raw = 0;
    bool is_good = token != nullptr && token->text.size() > 2 && token->text.size() <= 18 &&
                   token->text.starts_with("0x");
    for (const char c : is_good ? token->text.substr(2) : std::string_view()) {
        const std::size_t digit = std::string_view("0123456789abcdef").find(c);
        is_good = is_good && digit != std::string_view::npos;
        raw = raw << 4U | (digit & 0xfU);
    }
    if (!is_good) {
        complain(context, place.column,
                 "'#word' takes one stack word of up to 16 lowercase hexadecimal digits",
                 "as in '#word 0x100000000a000001'");
        return;
    }
    tokens.skip();
    add_slot(context, {place, isa::Word(raw)});
    expect_end(context, tokens);
}

/// #heap "...": octets before all constants.
void read_raw_heap(LineContext& context, TokenCursor& tokens) {
    const Token* const token = tokens.peek();
    if (token == nullptr || token->kind != Token::Kind::String) {
        complain(context, tokens.column(), "'#heap' takes octets as a string",
                 "as in '#heap \"\\x2b\\x06\\x01\"'");
        return;
    }
    auto& heap = context.draft.raw_heap;
    constexpr std::size_t kMaxHeap = 0xfffc;
    if (heap.size() + token->octets.size() > kMaxHeap) {
        if (heap.size() <= kMaxHeap) {
            complain(context, token->column, "the heap has more than 65,532 octets");
        }
        heap.resize(kMaxHeap + 1);
        return;
    }
    append(heap, as_bytes(token->octets));
    tokens.skip();
    expect_end(context, tokens);
}

/// #sport n, #bound n
std::optional<Setting<std::uint16_t>> read_u16(LineContext& context, TokenCursor& tokens,
                                               std::string_view directive) {
    const Place place{context.line, tokens.column()};
    const auto value = read_or_complain(context, tokens);
    if (!value) {
        return std::nullopt;
    }
    const auto* integer = std::get_if<std::int64_t>(&*value);
    if (integer == nullptr || *integer < 0 || *integer > 0xffff) {
        complain(context, place.column, "'" + std::string(directive) + "' takes a number from 0 to 65535");
        return std::nullopt;
    }
    expect_end(context, tokens);
    return Setting<std::uint16_t>{place, static_cast<std::uint16_t>(*integer)};
}

/// #entry label, #entry n
void read_entry(LineContext& context, TokenCursor& tokens) {
    const Place place{context.line, tokens.column()};
    auto operand = read_operand(tokens, context.names);
    if (auto* problem = std::get_if<Problem>(&operand)) {
        context.findings.add(context.line, std::move(*problem));
        return;
    }
    auto& read = std::get<OperandValue>(operand);
    auto* label = std::get_if<LabelUse>(&read);
    const auto* value = std::get_if<Value>(&read);
    const auto* index = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
    if ((label == nullptr || label->is_distance) && (index == nullptr || *index < 0)) {
        complain(context, place.column, "'#entry' takes a label or the index of an instruction",
                 "as in '#entry start'");
        return;
    }
    LabelUse use = label != nullptr ? std::move(*label) : LabelUse{{}, *index, false};
    set_once(context, context.draft.entry, {place, std::move(use)}, "#entry");
    expect_end(context, tokens);
}

/// #trimmable on|off
void read_trimmable(LineContext& context, TokenCursor& tokens) {
    const Place place{context.line, tokens.column()};
    const std::string_view word = tokens.at_end() ? std::string_view() : tokens.peek()->text;
    if (word != "on" && word != "off") {
        complain(context, place.column, "'#trimmable' takes 'on' or 'off'",
                 "without it the assembler finds out itself, which is nearly always right");
        return;
    }
    tokens.skip();
    set_once(context, context.draft.trimmable, {place, word == "on"}, "#trimmable");
    expect_end(context, tokens);
}

/// #report, #delivery: a packet without code.
void read_codeless(LineContext& context, TokenCursor& tokens, Place place, Codeless kind) {
    set_once(context, context.draft.codeless, {place, kind},
             kind == Codeless::Report ? "#report" : "#delivery");
    expect_end(context, tokens);
}

struct ArgumentType {
    std::string_view name;
    std::optional<Type> type;  ///< empty: any
};
constexpr auto kArgumentTypes = std::to_array<ArgumentType>({{"int", Type::Int},
                                                             {"addr", Type::Addr},
                                                             {"str", Type::Str},
                                                             {"exc", Type::Exc},
                                                             {"tuple", Type::Tuple},
                                                             {"float", Type::Float},
                                                             {"oid", Type::Oid},
                                                             {"any", std::nullopt}});

/// An argument's text from the command line, where the type is known and quotes and prefixes are a nuisance.
std::optional<Value> parse_argument(std::string_view text, const ArgumentType& wanted, const Names& names) {
    auto literal = parse_literal(text, names);
    if (!wanted.type) {
        return literal ? std::move(literal) : std::optional<Value>(isa::Str{std::string(text)});
    }
    if (*wanted.type == Type::Str && !text.starts_with('"')) {
        return Value(isa::Str{std::string(text)});
    }
    if (*wanted.type == Type::Oid && !text.starts_with("oid:")) {
        literal = parse_literal("oid:" + std::string(text), names);
    }
    if (*wanted.type == Type::Exc && !text.starts_with("exc:")) {
        literal = parse_literal("exc:" + std::string(text), names);
    }
    if (*wanted.type == Type::Float && literal && std::holds_alternative<std::int64_t>(*literal)) {
        return Value(static_cast<double>(std::get<std::int64_t>(*literal)));
    }
    return literal && isa::type_of(*literal) == *wanted.type ? std::move(literal) : std::nullopt;
}

/// Decides the value of a declared argument: given, else default, else a finding.
std::optional<Value> resolve_argument(LineContext& context, const Parameter& parameter,
                                      const ArgumentType& wanted, Place place) {
    const auto given = context.arguments.find(parameter.name);
    if (given == context.arguments.end()) {
        if (!parameter.fallback) {
            context.findings.add(place, "the argument '" + shorten(parameter.name) + "' is missing",
                                 "give it on the command line: --arg " + shorten(parameter.name) +
                                     "=VALUE (" + std::string(wanted.name) + ")");
        }
        return parameter.fallback;
    }
    auto value = parse_argument(given->second, wanted, context.names);
    if (!value) {
        context.findings.add(place,
                             "the argument '" + shorten(parameter.name) + "' was given as '" +
                                 shorten(given->second) + "', which is not of type " +
                                 std::string(wanted.name),
                             kValueHint);
    }
    return value;
}

/// #arg name type [default]
void read_argument(LineContext& context, TokenCursor& tokens) {
    const auto word = [&tokens]() -> std::string_view {
        const Token* const token = tokens.peek();
        return token != nullptr && token->kind == Token::Kind::Word ? token->text : std::string_view();
    };
    constexpr std::string_view kForm = "write '#arg name type [default]', as in '#arg oid oid oid:sysName.0'";
    const Place place{context.line, tokens.column()};
    Parameter parameter;
    parameter.name = word();
    if (!is_identifier(parameter.name)) {
        complain(context, place.column, "'#arg' needs a name", std::string(kForm));
        return;
    }
    constexpr std::size_t kMaxParameters = 256;
    if (context.draft.parameters.size() == kMaxParameters) {
        complain(context, place.column, "more than 256 arguments");
        return;
    }
    for (const Parameter& other : context.draft.parameters) {
        if (other.name == parameter.name) {
            complain(context, place.column,
                     "the argument '" + shorten(parameter.name) + "' is already declared");
            return;
        }
    }
    tokens.skip();
    const std::string_view type_word = word();
    const auto* const wanted = std::find_if(kArgumentTypes.begin(), kArgumentTypes.end(),
                                            [&](const ArgumentType& t) { return t.name == type_word; });
    if (wanted == kArgumentTypes.end()) {
        complain(context, tokens.column(), "'#arg' needs a type",
                 "one of int, addr, str, exc, tuple, float, oid and any");
        return;
    }
    tokens.skip();
    parameter.takes_any_type = !wanted->type.has_value();
    parameter.type = wanted->type.value_or(Type::Str);
    if (!tokens.at_end()) {
        const std::size_t at = tokens.column();
        auto fallback = read_or_complain(context, tokens);
        if (!fallback) {
            return;
        }
        if (wanted->type && isa::type_of(*fallback) != *wanted->type) {
            complain(context, at, "the default is not of type " + std::string(wanted->name), kValueHint);
            return;
        }
        parameter.fallback = std::move(fallback);
        expect_end(context, tokens);
    }
    if (auto value = resolve_argument(context, parameter, *wanted, place)) {
        add_slot(context, {place, std::move(*value)});
    }
    context.draft.parameters.push_back(std::move(parameter));
}

constexpr auto kDirectives = std::to_array<std::string_view>(
    {"#data", "#arg", "#sport", "#bound", "#entry", "#trimmable", "#report", "#delivery", "#heap", "#word"});

}  // namespace

void read_directive(LineContext& context, TokenCursor& tokens) {
    const Token directive = *tokens.peek();
    const std::string_view word = directive.text;
    tokens.skip();
    if (word == "#data") {
        read_data(context, tokens);
    } else if (word == "#arg") {
        read_argument(context, tokens);
    } else if (word == "#sport") {
        if (auto port = read_u16(context, tokens, word)) {
            set_once(context, context.draft.port, *port, word);
        }
    } else if (word == "#bound") {
        if (auto bound = read_u16(context, tokens, word)) {
            set_once(context, context.draft.bound, *bound, word);
        }
    } else if (word == "#entry") {
        read_entry(context, tokens);
    } else if (word == "#trimmable") {
        read_trimmable(context, tokens);
    } else if (word == "#report" || word == "#delivery") {
        read_codeless(context, tokens, {context.line, directive.column},
                      word == "#report" ? Codeless::Report : Codeless::Delivery);
    } else if (word == "#heap") {
        read_raw_heap(context, tokens);
    } else if (word == "#word") {
        read_raw_slot(context, tokens);
    } else {
        complain(context, directive.column, "unknown directive '" + shorten(word) + "'",
                 suggest(word, kDirectives));
    }
}

void check_arguments(const Draft& draft, Findings& findings, const Arguments& arguments) {
    std::vector<std::string_view> declared;
    for (const Parameter& parameter : draft.parameters) {
        declared.push_back(parameter.name);
    }
    for (const auto& [name, value] : arguments) {
        if (std::find(declared.begin(), declared.end(), name) == declared.end()) {
            std::string hint = suggest(name, declared);
            if (hint.empty()) {
                hint = declared.empty() ? "it declares none with #arg" : "it declares these:";
                for (const std::string_view known : declared) {
                    hint += ' ' + std::string(known);
                }
            }
            findings.add_general("the program has no argument '" + shorten(name) + "'", std::move(hint));
        }
    }
}

}  // namespace splash::assembly
