#include "base/oid.hpp"

#include <algorithm>
#include <charconv>

namespace splash {

std::optional<Oid> Oid::from_subids(std::span<const std::uint32_t> subids) {
    if (subids.size() < 2 || subids.size() > kMaxLength || subids[0] > 2 ||
        (subids[0] < 2 && subids[1] > 39) || subids[1] > 0xffffffffU - 80U) {
        return std::nullopt;
    }
    return Oid(std::vector<std::uint32_t>(subids.begin(), subids.end()));
}

std::optional<Oid> Oid::from_ber(ConstBytes octets) {
    std::vector<std::uint32_t> subids;
    std::uint64_t value = 0;
    bool inside = false;
    for (const std::byte octet : octets) {
        const auto low = std::to_integer<std::uint32_t>(octet & std::byte{0x7f});
        if (!inside && octet == std::byte{0x80}) {
            return std::nullopt;  // leading zero group: not minimal
        }
        value = value << 7U | low;
        if (value > 0xffffffffU) {
            return std::nullopt;
        }
        inside = (octet & std::byte{0x80}) != std::byte{0};
        if (inside) {
            continue;
        }
        const auto subid = static_cast<std::uint32_t>(value);
        if (subids.empty()) {
            const std::uint32_t first = std::min(subid / 40U, 2U);
            subids = {first, subid - first * 40U};
        } else if (subids.size() < kMaxLength) {
            subids.push_back(subid);
        } else {
            return std::nullopt;
        }
        value = 0;
    }
    if (inside || subids.empty()) {
        return std::nullopt;
    }
    return Oid(std::move(subids));
}

std::vector<std::byte> Oid::to_ber() const {
    std::vector<std::byte> octets;
    octets.reserve(subids_.size() + 8);
    const auto put = [&octets](std::uint32_t subid) {
        unsigned shift = 28;
        while (shift > 0 && subid >> shift == 0) {
            shift -= 7;
        }
        for (; shift > 0; shift -= 7) {
            octets.push_back(static_cast<std::byte>(0x80U | (subid >> shift & 0x7fU)));
        }
        octets.push_back(static_cast<std::byte>(subid & 0x7fU));
    };
    put(subids_[0] * 40U + subids_[1]);
    std::for_each(subids_.begin() + 2, subids_.end(), put);
    return octets;
}

std::optional<Oid> Oid::parse(std::string_view dotted) {
    if (dotted.starts_with('.')) {
        dotted.remove_prefix(1);
    }
    std::vector<std::uint32_t> subids;
    while (true) {
        std::uint32_t subid = 0;
        const char* const last = dotted.data() + dotted.size();
        const auto [end, error] = std::from_chars(dotted.data(), last, subid);
        if (error != std::errc{} || subids.size() >= kMaxLength) {
            return std::nullopt;
        }
        subids.push_back(subid);
        if (end == last) {
            return from_subids(subids);
        }
        if (*end != '.') {
            return std::nullopt;
        }
        dotted.remove_prefix(static_cast<std::size_t>(end - dotted.data()) + 1);
    }
}

std::string Oid::to_string() const {
    std::string text;
    for (const std::uint32_t subid : subids_) {
        text += '.';
        text += std::to_string(subid);
    }
    return text;
}

bool Oid::starts_with(const Oid& prefix) const {
    return subids_.size() >= prefix.subids_.size() &&
           std::equal(prefix.subids_.begin(), prefix.subids_.end(), subids_.begin());
}

}  // namespace splash
