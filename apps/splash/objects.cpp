#include "objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace splash::cli {
namespace {

Failure misfit(char letter, std::string_view text, std::string_view wanted) {
    return fail(Errc::BadInput, fmt::format("'{}' is not what type {} wants, {}", text, letter, wanted));
}

std::optional<std::int64_t> integer_between(std::string_view text, std::int64_t low, std::int64_t high) {
    std::int64_t value = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (error != std::errc{} || end != last || value < low || value > high) {
        return std::nullopt;
    }
    return value;
}

/// Cuts `text` at any of `separators`; empty pieces are left out.
std::vector<std::string_view> pieces(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> found;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (end > 0) {
            found.push_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

std::optional<std::string> octets_from_hex(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
    }
    std::string octets;
    for (const std::string_view run : pieces(text, " :-")) {
        if (run.size() % 2 != 0) {
            return std::nullopt;
        }
        for (std::size_t at = 0; at < run.size(); at += 2) {
            unsigned octet = 0;
            const char* const begin = run.data() + at;
            const auto [end, error] = std::from_chars(begin, begin + 2, octet, 16);
            if (error != std::errc{} || end != begin + 2) {
                return std::nullopt;
            }
            octets += static_cast<char>(octet);
        }
    }
    return octets;
}

std::optional<std::string> octets_from_decimals(std::string_view text) {
    std::string octets;
    for (const std::string_view piece : pieces(text, " .,")) {
        const auto octet = integer_between(piece, 0, 255);
        if (!octet) {
            return std::nullopt;
        }
        octets += static_cast<char>(*octet);
    }
    return octets;
}

/// BITS of RFC 2578, section 7.1.4: bit 0 is the high bit of the first octet.
std::optional<std::string> octets_from_bits(std::string_view text) {
    constexpr std::int64_t kMostBits = 2048;
    std::string octets;
    for (const std::string_view piece : pieces(text, " ,")) {
        const auto bit = integer_between(piece, 0, kMostBits - 1);
        if (!bit) {
            return std::nullopt;
        }
        const auto at = static_cast<std::size_t>(*bit / 8);
        octets.resize(std::max(octets.size(), at + 1), '\0');
        const unsigned mask = 0x80U >> static_cast<unsigned>(*bit % 8);
        octets[at] = static_cast<char>(static_cast<unsigned char>(octets[at]) | mask);
    }
    return octets;
}

/// "iso.3.6" as "1.3.6"; anything else as it is.
std::string with_numeric_top(std::string_view text) {
    const std::string_view first = text.substr(0, text.find('.'));
    const auto* const arc = std::ranges::find(kTopArcs, first);
    return arc == kTopArcs.end()
               ? std::string(text)
               : std::to_string(arc - kTopArcs.begin()) + std::string(text.substr(first.size()));
}

/// ".1" or "1".
std::optional<std::uint32_t> single_arc(std::string_view text) {
    if (text.starts_with('.')) {
        text.remove_prefix(1);
    }
    const auto arc = integer_between(text, 0, std::numeric_limits<std::uint32_t>::max());
    return arc && !text.starts_with('-') ? std::optional(static_cast<std::uint32_t>(*arc)) : std::nullopt;
}

}  // namespace

Result<SubtreeRoot> parse_root(std::string_view text) {
    const std::string numeric = with_numeric_top(text);
    if (auto oid = oid_from_name(numeric)) {
        return SubtreeRoot(*std::move(oid));
    }
    if (const auto arc = single_arc(numeric)) {
        if (auto root = SubtreeRoot::from_arc(*arc)) {
            return *std::move(root);
        }
    }
    const std::size_t colons = text.find("::");
    std::string alike;
    if (text.find_first_not_of("0123456789.") != std::string_view::npos) {
        for (const std::string& name :
             names_like(colons == std::string_view::npos ? text : text.substr(colons + 2))) {
            alike += (alike.empty() ? ", did you mean " : " or ") + name;
        }
    }
    return fail(Errc::NoSuchName, fmt::format("object '{}'{}", text, alike));
}

Result<Oid> parse_object(std::string_view text) {
    const auto root = parse_root(text);
    return root ? Result<Oid>(root->asked()) : Failure(root.error());
}

Result<std::vector<Oid>> parse_objects(const std::vector<std::string>& texts) {
    std::vector<Oid> oids;
    for (const std::string& text : texts) {
        auto oid = parse_object(text);
        if (!oid) {
            return Failure(oid.error());
        }
        oids.push_back(*std::move(oid));
    }
    return oids;
}

Result<isa::Value> typed_value(char letter, std::string_view text) {
    const auto integer = [&](std::int64_t low, std::int64_t high) -> Result<isa::Value> {
        if (const auto value = integer_between(text, low, high)) {
            return isa::Value(*value);
        }
        return misfit(letter, text, fmt::format("an integer from {} to {}", low, high));
    };
    const auto octets = [&](std::optional<std::string> found, std::string_view wanted) -> Result<isa::Value> {
        if (found) {
            return isa::Value(isa::Str{*std::move(found)});
        }
        return misfit(letter, text, wanted);
    };
    switch (letter) {
        case 'i':
            return integer(std::numeric_limits<std::int32_t>::min(),
                           std::numeric_limits<std::int32_t>::max());
        case 'u':
        case 't': return integer(0, std::numeric_limits<std::uint32_t>::max());
        case 's': return isa::Value(isa::Str{std::string(text)});
        case 'x': return octets(octets_from_hex(text), "pairs of hexadecimal digits");
        case 'd': return octets(octets_from_decimals(text), "decimal octets from 0 to 255");
        case 'b': return octets(octets_from_bits(text), "numbers of bits");
        case 'a':
            if (const auto address = IpAddress::parse(text)) {
                return isa::Value(*address);
            }
            return misfit(letter, text, "an IP address");
        case 'o': {
            auto oid = parse_object(text);
            return oid ? Result<isa::Value>(isa::Value(*std::move(oid))) : Failure(oid.error());
        }
        case 'n': return fail(Errc::Usage, "type n (null) has no SNAP value; use --via snmp");
        default: return fail(Errc::Usage, fmt::format("type '{}' is none of i u t a o s x d b n", letter));
    }
}

}  // namespace splash::cli
