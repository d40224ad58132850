// IP addresses, prefixes and socket addresses as values: no OS types.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace splash {

enum class IpVersion : std::uint8_t { V4, V6 };

/// An IPv4 or IPv6 address. The default value is 0.0.0.0, "unspecified".
class IpAddress {
public:
    constexpr IpAddress() = default;
    [[nodiscard]] static constexpr IpAddress v4(std::uint32_t host_order) {
        IpAddress a;
        for (unsigned i = 0; i < 4; ++i) {
            a.octets_[i] = static_cast<std::uint8_t>(host_order >> (24U - 8U * i));
        }
        return a;
    }
    /// 0.0.0.0 or "::".
    [[nodiscard]] static constexpr IpAddress unspecified(IpVersion version) {
        IpAddress a;
        a.v6_ = version == IpVersion::V6;
        return a;
    }
    /// 4 or 16 octets in network order; anything else is nullopt.
    [[nodiscard]] static std::optional<IpAddress> from_octets(ConstBytes octets);
    /// "192.0.2.1" or "2001:db8::1".
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] constexpr bool is_v6() const { return v6_; }
    [[nodiscard]] constexpr IpVersion version() const { return v6_ ? IpVersion::V6 : IpVersion::V4; }
    [[nodiscard]] constexpr unsigned bits() const { return v6_ ? 128U : 32U; }
    [[nodiscard]] bool is_unspecified() const;
    [[nodiscard]] bool is_multicast() const;
    [[nodiscard]] bool is_loopback() const;
    /// IPv6 link-local (fe80::/10): means something only together with an interface.
    [[nodiscard]] bool needs_scope() const;
    /// Limited broadcast 255.255.255.255.
    [[nodiscard]] bool is_broadcast() const;
    /// 4 or 16 octets in network order.
    [[nodiscard]] ConstBytes octets() const { return std::as_bytes(std::span(octets_)).first(v6_ ? 16 : 4); }
    /// The IPv4 address in host order; 0 for IPv6.
    [[nodiscard]] std::uint32_t to_v4() const;
    /// The address with every bit behind the first `length` cleared, or set. `length` <= bits().
    [[nodiscard]] IpAddress network(unsigned length) const;
    [[nodiscard]] IpAddress last_in_network(unsigned length) const;
    [[nodiscard]] std::string to_string() const;

    auto operator<=>(const IpAddress&) const = default;

private:
    bool v6_ = false;
    std::array<std::uint8_t, 16> octets_{};
};

/// A network: address and prefix length.
struct Prefix {
    IpAddress address;
    unsigned length = 0;

    /// "10.0.0.0/8", or a plain address for the single host.
    [[nodiscard]] static std::optional<Prefix> parse(std::string_view text);
    [[nodiscard]] bool contains(const IpAddress& a) const {
        return a.is_v6() == address.is_v6() && a.network(length) == address.network(length);
    }
    [[nodiscard]] std::string to_string() const;
    bool operator==(const Prefix&) const = default;
};

/// An address and a UDP port.
struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    [[nodiscard]] std::string to_string() const;
    auto operator<=>(const Endpoint&) const = default;
};

}  // namespace splash

template <>
struct std::hash<splash::IpAddress> {
    std::size_t operator()(const splash::IpAddress& a) const noexcept {
        std::size_t h = a.is_v6() ? 0x9e3779b97f4a7c15U : 0U;
        for (const std::byte b : a.octets()) {
            h = (h ^ std::to_integer<std::size_t>(b)) * 0x100000001b3U;
        }
        return h;
    }
};
