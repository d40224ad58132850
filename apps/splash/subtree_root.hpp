// Where a walk goes: an OID, or a single arc of the tree's top, such as ".1" or "iso".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/oid.hpp"

namespace splash::cli {

/// What net-snmp calls the arcs 0, 1 and 2 of the tree's top.
inline constexpr std::array<std::string_view, 3> kTopArcs{"ccitt", "iso", "joint-iso-ccitt"};

/// The root of a subtree. One arc alone is no OID (X.690, 8.19.4): it travels as X.0, and for what lies below
/// it only the arc counts.
class SubtreeRoot {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): every OID is the root of a subtree.
    SubtreeRoot(Oid oid) : asked_(std::move(oid)), arcs_(asked_.subids().size()) {}
    /// nullopt if `arc` is none of 0, 1 and 2.
    [[nodiscard]] static std::optional<SubtreeRoot> from_arc(std::uint32_t arc);

    /// What goes into a request.
    [[nodiscard]] const Oid& asked() const { return asked_; }
    [[nodiscard]] bool is_arc() const { return arcs_ == 1; }
    [[nodiscard]] bool contains(const Oid& object) const;
    /// The first OID behind everything that is in the subtree.
    [[nodiscard]] Oid end() const;
    /// ".1.3.6", or ".1"
    [[nodiscard]] std::string to_string() const;

private:
    SubtreeRoot(Oid asked, std::size_t arcs) : asked_(std::move(asked)), arcs_(arcs) {}
    Oid asked_;
    std::size_t arcs_;  ///< of `asked_`, that count
};

}  // namespace splash::cli
