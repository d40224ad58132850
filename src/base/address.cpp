#include "base/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace splash {
namespace {

/// A decimal number of at most `max`, without sign or leading zeros.
std::optional<unsigned> parse_decimal(std::string_view text, unsigned max) {
    if (text.empty() || (text.size() > 1 && text.front() == '0')) {
        return std::nullopt;
    }
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > max) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::uint32_t> parse_v4(std::string_view text) {
    std::uint32_t value = 0;
    for (int part = 0; part < 4; ++part) {
        const std::size_t dot = part < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) {
            return std::nullopt;
        }
        const auto octet = parse_decimal(text.substr(0, dot), 255);
        if (!octet) {
            return std::nullopt;
        }
        value = value << 8U | *octet;
        text.remove_prefix(std::min(text.size(), dot + 1));
    }
    return value;
}

std::optional<std::array<std::uint8_t, 16>> parse_v6(std::string_view text) {
    std::array<std::uint16_t, 8> head{};
    std::array<std::uint16_t, 8> tail{};
    std::size_t n_head = 0;
    std::size_t n_tail = 0;
    bool gap = false;
    if (text.starts_with("::")) {
        gap = true;
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        if (n_head + n_tail >= 8) {
            return std::nullopt;
        }
        std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        auto& words = gap ? tail : head;
        auto& n = gap ? n_tail : n_head;
        if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
            const auto v4 = parse_v4(group);
            if (!v4 || n_head + n_tail > 6) {
                return std::nullopt;
            }
            words[n++] = static_cast<std::uint16_t>(*v4 >> 16U);
            words[n++] = static_cast<std::uint16_t>(*v4);
            break;
        }
        unsigned value = 0;
        const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
        if (group.empty() || group.size() > 4 || error != std::errc{} || end != group.data() + group.size()) {
            return std::nullopt;
        }
        words[n++] = static_cast<std::uint16_t>(value);
        if (colon == std::string_view::npos) {
            break;
        }
        text.remove_prefix(colon + 1);
        if (text.starts_with(':')) {
            if (gap) {
                return std::nullopt;
            }
            gap = true;
            text.remove_prefix(1);
        } else if (text.empty()) {
            return std::nullopt;
        }
    }
    if (gap ? n_head + n_tail > 7 : n_head != 8) {
        return std::nullopt;
    }
    std::array<std::uint8_t, 16> octets{};
    for (std::size_t i = 0; i < n_head; ++i) {
        octets[2 * i] = static_cast<std::uint8_t>(head[i] >> 8U);
        octets[2 * i + 1] = static_cast<std::uint8_t>(head[i]);
    }
    for (std::size_t i = 0; i < n_tail; ++i) {
        const std::size_t at = 8 - n_tail + i;
        octets[2 * at] = static_cast<std::uint8_t>(tail[i] >> 8U);
        octets[2 * at + 1] = static_cast<std::uint8_t>(tail[i]);
    }
    return octets;
}

/// RFC 5952: the longest run of two or more zero groups becomes "::".
std::string format_v6(std::span<const std::uint8_t, 16> octets) {
    std::array<unsigned, 8> group{};
    for (std::size_t i = 0; i < 8; ++i) {
        group[i] = static_cast<unsigned>(octets[2 * i]) << 8U | octets[2 * i + 1];
    }
    std::size_t run_at = 8;
    std::size_t run_length = 1;
    for (std::size_t i = 0; i < 8;) {
        std::size_t end = i;
        while (end < 8 && group[end] == 0) {
            ++end;
        }
        if (end - i > run_length) {
            run_at = i;
            run_length = end - i;
        }
        i = std::max(end, i + 1);
    }
    std::string text;
    for (std::size_t i = 0; i < 8;) {
        if (i == run_at) {
            text += "::";
            i += run_length;
            continue;
        }
        if (!text.empty() && text.back() != ':') {
            text += ':';
        }
        std::array<char, 8> hex{};
        const int n = std::snprintf(hex.data(), hex.size(), "%x", group[i]);
        text.append(hex.data(), static_cast<std::size_t>(n));
        ++i;
    }
    return text;
}

}  // namespace

std::optional<IpAddress> IpAddress::from_octets(ConstBytes octets) {
    if (octets.size() != 4 && octets.size() != 16) {
        return std::nullopt;
    }
    IpAddress a;
    a.v6_ = octets.size() == 16;
    std::ranges::transform(octets, a.octets_.begin(),
                           [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
    return a;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.find(':') == std::string_view::npos) {
        const auto v4_value = parse_v4(text);
        return v4_value ? std::optional(v4(*v4_value)) : std::nullopt;
    }
    const auto v6_octets = parse_v6(text);
    if (!v6_octets) {
        return std::nullopt;
    }
    IpAddress a;
    a.v6_ = true;
    a.octets_ = *v6_octets;
    return a;
}

bool IpAddress::is_unspecified() const {
    return std::ranges::all_of(octets_, [](std::uint8_t b) { return b == 0; });
}
bool IpAddress::is_multicast() const {
    return v6_ ? octets_[0] == 0xff : (octets_[0] & 0xf0U) == 0xe0;
}
bool IpAddress::is_loopback() const {
    if (!v6_) {
        return octets_[0] == 127;
    }
    return octets_[15] == 1 &&
           std::all_of(octets_.begin(), octets_.end() - 1, [](std::uint8_t b) { return b == 0; });
}
bool IpAddress::needs_scope() const {
    return v6_ && octets_[0] == 0xfe && (octets_[1] & 0xc0U) == 0x80;
}
bool IpAddress::is_broadcast() const {
    return !v6_ && to_v4() == 0xffffffffU;
}

std::uint32_t IpAddress::to_v4() const {
    return v6_ ? 0 : load_be<std::uint32_t>(octets(), 0);
}

IpAddress IpAddress::network(unsigned length) const {
    IpAddress a = *this;
    for (unsigned bit = length; bit < bits(); ++bit) {
        a.octets_[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
    }
    return a;
}

IpAddress IpAddress::last_in_network(unsigned length) const {
    IpAddress a = *this;
    for (unsigned bit = length; bit < bits(); ++bit) {
        a.octets_[bit / 8] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
    }
    return a;
}

std::string IpAddress::to_string() const {
    if (v6_) {
        return format_v6(octets_);
    }
    std::string text;
    for (std::size_t i = 0; i < 4; ++i) {
        text += (i == 0 ? "" : ".") + std::to_string(octets_[i]);
    }
    return text;
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    if (slash == std::string_view::npos) {
        return Prefix{*address, address->bits()};
    }
    const auto length = parse_decimal(text.substr(slash + 1), address->bits());
    if (!length) {
        return std::nullopt;
    }
    return Prefix{*address, *length};
}

std::string Prefix::to_string() const {
    return address.to_string() + "/" + std::to_string(length);
}

std::string Endpoint::to_string() const {
    return (address.is_v6() ? "[" + address.to_string() + "]" : address.to_string()) + ":" +
           std::to_string(port);
}

}  // namespace splash
