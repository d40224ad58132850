// Object identifiers: sub-identifiers, BER content octets, dotted text, and the names of spec/names.def.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace splash {

/// An OBJECT IDENTIFIER of 2 to 128 sub-identifiers (RFC 2578, section 3.5). Order is the MIB's.
class Oid {
public:
    static constexpr std::size_t kMaxLength = 128;

    /// nullopt if there are fewer than 2 or more than 128 sub-identifiers, or the first two break
    /// X.690 8.19.4.
    [[nodiscard]] static std::optional<Oid> from_subids(std::span<const std::uint32_t> subids);
    /// BER content octets (X.690, 8.19), no tag or length. Minimal encodings only.
    [[nodiscard]] static std::optional<Oid> from_ber(ConstBytes octets);
    /// "1.3.6.1.2.1.1.5.0", with or without a leading dot.
    [[nodiscard]] static std::optional<Oid> parse(std::string_view dotted);

    [[nodiscard]] std::span<const std::uint32_t> subids() const { return subids_; }
    [[nodiscard]] std::vector<std::byte> to_ber() const;
    /// ".1.3.6.1.2.1.1.5.0"
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] bool starts_with(const Oid& prefix) const;
    auto operator<=>(const Oid&) const = default;

private:
    explicit Oid(std::vector<std::uint32_t> subids) : subids_(std::move(subids)) {}
    std::vector<std::uint32_t> subids_;
};

/// The OID of "sysName.0", "ifInErrors.3", "IF-MIB::ifInErrors.3" or a dotted number, by spec/names.def.
[[nodiscard]] std::optional<Oid> oid_from_name(std::string_view name);

/// The longest known name and the instance behind it, as net-snmp prints it: "SNMPv2-MIB::sysName.0".
/// nullopt if no listed object is a prefix.
[[nodiscard]] std::optional<std::string> name_from_oid(const Oid& oid);

/// How values of a listed object print (SMIv2 base types and DisplayString).
enum class Syntax : std::uint8_t {
    Integer,
    Counter32,
    Counter64,
    Gauge32,
    TimeTicks,
    OctetString,
    DisplayString,
    Oid,
    IpAddress,
    Node
};

/// The syntax of the listed object this is an instance of; nullopt if none is listed.
[[nodiscard]] std::optional<Syntax> syntax_of(const Oid& oid);

/// Listed names that a person may have meant by `name`, closest first, at most three.
[[nodiscard]] std::vector<std::string> names_like(std::string_view name);

}  // namespace splash
