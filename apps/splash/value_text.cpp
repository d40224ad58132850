#include "value_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "subtree_root.hpp"

namespace splash::cli {
namespace {

/// The length of the UTF-8 sequence at the front, 0 if there is none.
std::size_t sequence_length(std::string_view text) {
    const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = at(0);
    if (first < 0x80) {
        return 1;
    }
    const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                               : first >= 0xe0 && first <= 0xef ? 3
                               : first >= 0xf0 && first <= 0xf4 ? 4
                                                                : 0;
    if (length == 0 || text.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0U) != 0x80U) {
            return 0;
        }
    }
    // RFC 3629, section 4: no overlong forms, no surrogates, nothing beyond U+10FFFF.
    const unsigned second = at(1);
    const bool is_wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                          (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
    return is_wrong ? 0 : length;
}

std::string_view type_of_integer(std::optional<Syntax> syntax) {
    switch (syntax.value_or(Syntax::Integer)) {
        case Syntax::Counter32: return "Counter32";
        case Syntax::Counter64: return "Counter64";
        case Syntax::Gauge32: return "Gauge32";
        case Syntax::TimeTicks: return "Timeticks";
        case Syntax::Integer:
        case Syntax::OctetString:
        case Syntax::DisplayString:
        case Syntax::Oid:
        case Syntax::IpAddress:
        case Syntax::Node: break;
    }
    return "INTEGER";
}

PrintedValue print_integer(std::optional<Syntax> syntax, std::int64_t value) {
    const std::string_view type = type_of_integer(syntax);
    if (syntax == Syntax::TimeTicks && value >= 0) {
        return {std::string(type),
                fmt::format("({}) {}", value, print_ticks(static_cast<std::uint64_t>(value)))};
    }
    return {std::string(type), std::to_string(value)};
}

/// As sequence_length(), 0 also for a control character.
std::size_t printable_length(std::string_view text) {
    const std::size_t length = sequence_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    // U+0080 to U+009F, the other control characters: terminals obey some of them.
    const bool is_c1 = length == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    return first < 0x20 || first == 0x7f || is_c1 ? 0 : length;
}

PrintedValue print_string(std::optional<Syntax> syntax, const std::string& octets) {
    if (!is_text(octets)) {
        return {"Hex-STRING", print_hex(octets)};
    }
    return {"STRING", syntax == Syntax::DisplayString ? octets : quoted(octets)};
}

/// Words for an exception in the place of a value.
std::string print_exception(isa::Exc e) {
    switch (e) {
        case isa::Exc::NoSuchObject: return "No Such Object available on this agent at this OID";
        case isa::Exc::NoSuchInstance: return "No Such Instance currently exists at this OID";
        case isa::Exc::EndOfMibView:
            return "No more variables left in this MIB View (It is past the end of the MIB tree)";
        default: return fmt::format("Exception {}: {}", static_cast<std::uint32_t>(e), isa::to_string(e));
    }
}

}  // namespace

std::string print_ticks(std::uint64_t hundredths) {
    constexpr std::uint64_t kSecond = 100;
    constexpr std::uint64_t kMinute = 60 * kSecond;
    constexpr std::uint64_t kHour = 60 * kMinute;
    constexpr std::uint64_t kDay = 24 * kHour;
    const std::uint64_t days = hundredths / kDay;
    const std::string clock =
        fmt::format("{}:{:02}:{:02}.{:02}", hundredths % kDay / kHour, hundredths % kHour / kMinute,
                    hundredths % kMinute / kSecond, hundredths % kSecond);
    return days == 0 ? clock : fmt::format("{} {}, {}", days, days == 1 ? "day" : "days", clock);
}

bool is_text(std::string_view octets) {
    while (!octets.empty()) {
        const char first = octets.front();
        // A carriage return alone leads back over what was printed.
        const bool is_layout = first == '\t' || first == '\n' || octets.substr(0, 2) == "\r\n";
        const std::size_t length = is_layout ? 1 : printable_length(octets);
        if (length == 0) {
            return false;
        }
        octets.remove_prefix(length);
    }
    return true;
}

std::string one_line(std::string_view octets) {
    std::string line;
    while (!octets.empty()) {
        const std::size_t length = printable_length(octets);
        if (length > 0) {
            line += octets.substr(0, length);
        } else {
            line += fmt::format("\\x{:02x}", static_cast<unsigned char>(octets.front()));
        }
        octets.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return line;
}

std::string print_hex(std::string_view octets) {
    std::string text;
    for (const char c : octets) {
        text += fmt::format("{}{:02X}", text.empty() ? "" : " ", static_cast<unsigned char>(c));
    }
    return text;
}

std::string quoted(std::string_view octets) {
    std::string text = "\"";
    for (const char c : octets) {
        text += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    }
    return text + '"';
}

std::string print_object(const Oid& object) {
    if (auto name = name_from_oid(object)) {
        return *std::move(name);
    }
    // ".1.3" as "iso.3"
    return object.to_string().replace(0, 2, kTopArcs.at(object.subids()[0]));
}

PrintedValue print_value(const Oid& object, const isa::Value& value) {
    const std::optional<Syntax> syntax = syntax_of(object);
    switch (isa::type_of(value)) {
        case isa::Type::Int: return print_integer(syntax, std::get<std::int64_t>(value));
        case isa::Type::Addr: return {"IpAddress", std::get<IpAddress>(value).to_string()};
        case isa::Type::Str: return print_string(syntax, std::get<isa::Str>(value).octets);
        case isa::Type::Exc: return {"", print_exception(std::get<isa::Exc>(value))};
        case isa::Type::Float: return {"Opaque: Float", fmt::format("{:.6f}", std::get<double>(value))};
        case isa::Type::Oid: return {"OID", print_object(std::get<Oid>(value))};
        case isa::Type::Tuple: return {"Tuple", isa::to_string(value)};
    }
    return {"", isa::to_string(value)};
}

std::string print_line(const Oid& object, const isa::Value& value) {
    const PrintedValue printed = print_value(object, value);
    const std::string_view colon = printed.type.empty() ? "" : ": ";
    return fmt::format("{} = {}{}{}", print_object(object), printed.type, colon, printed.text);
}

}  // namespace splash::cli
