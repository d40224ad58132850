#include "literals.hpp"

#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "asm/assembler.hpp"

namespace splash::conformance {
namespace {

std::string canonical_float(double value) {
    if (std::isnan(value)) {
        return "float:nan";
    }
    if (std::isinf(value)) {
        return value > 0 ? "float:inf" : "float:-inf";
    }
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.17g", value);
    std::string written = text.data();
    return written.find_first_of(".e") == std::string::npos ? written + ".0" : written;
}

std::string canonical_octets(const std::string& octets) {
    std::string text = "\"";
    for (const char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\' || std::isprint(octet) == 0) {
            std::array<char, 8> hex{};
            std::snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned>(octet));
            text += hex.data();
        } else {
            text += c;
        }
    }
    return text + '"';
}

}  // namespace

std::string canonical(const isa::Value& value) {
    switch (isa::type_of(value)) {
        case isa::Type::Int: return std::to_string(std::get<std::int64_t>(value));
        case isa::Type::Addr: return std::get<IpAddress>(value).to_string();
        case isa::Type::Str: return canonical_octets(std::get<isa::Str>(value).octets);
        case isa::Type::Exc:
            return "exc:" + std::to_string(static_cast<std::uint32_t>(std::get<isa::Exc>(value)));
        case isa::Type::Float: return canonical_float(std::get<double>(value));
        case isa::Type::Oid: return "oid:" + std::get<Oid>(value).to_string().substr(1);
        case isa::Type::Tuple: break;
    }
    std::string text = "(";
    for (const isa::Value& field : std::get<std::shared_ptr<const isa::Tuple>>(value)->fields) {
        text += (text.size() > 1 ? ", " : "") + canonical(field);
    }
    return text + ")";
}

std::string canonical(isa::Word word, ConstBytes heap) {
    const auto value = isa::read_value(word, heap);
    return value ? canonical(*value) : "?";
}

std::vector<std::string> canonical(const std::vector<isa::Word>& words, ConstBytes heap) {
    std::vector<std::string> texts;
    texts.reserve(words.size());
    for (const isa::Word word : words) {
        texts.push_back(canonical(word, heap));
    }
    return texts;
}

std::vector<std::string> split_values(std::string_view line) {
    std::vector<std::string> parts;
    std::string part;
    unsigned depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (in_string && c == '\\' && i + 1 < line.size()) {
            part += c;
            part += line[++i];
            continue;
        }
        if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && c == '(') {
            ++depth;
        } else if (!in_string && c == ')' && depth > 0) {
            --depth;
        } else if (!in_string && depth == 0 && std::isspace(static_cast<unsigned char>(c)) != 0) {
            if (!part.empty()) {
                parts.push_back(std::move(part));
            }
            part.clear();
            continue;
        }
        part += c;
    }
    if (!part.empty()) {
        parts.push_back(std::move(part));
    }
    return parts;
}

std::optional<isa::Value> parse_value(std::string_view literal) {
    return assembly::parse_literal(literal, assembly::BuiltinNames{});
}

std::optional<std::vector<std::string>> parse_canonical(std::string_view line, std::string& bad) {
    std::vector<std::string> texts;
    if (line == "empty") {
        return texts;
    }
    for (const std::string& literal : split_values(line)) {
        const auto value = parse_value(literal);
        if (!value && literal != "?") {
            bad = literal;
            return std::nullopt;
        }
        texts.push_back(value ? canonical(*value) : literal);
    }
    if (texts.empty()) {
        bad = "nothing: write 'empty' for no values";
        return std::nullopt;
    }
    return texts;
}

}  // namespace splash::conformance
