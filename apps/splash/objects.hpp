// Objects and values as a person types them.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/oid.hpp"
#include "isa/value.hpp"
#include "subtree_root.hpp"

namespace splash::cli {

/// "sysName.0", "IF-MIB::ifInErrors.3", ".1.3.6.1.2.1.1.5.0" or "iso.3.6.1..."; of a single arc, as ".1" or
/// "iso", what stands for it in a request.
/// @error NoSuchName the name is in no table; detail names what is alike.
[[nodiscard]] Result<Oid> parse_object(std::string_view text);
[[nodiscard]] Result<std::vector<Oid>> parse_objects(const std::vector<std::string>& texts);

/// Likewise the root of a subtree.
/// @error NoSuchName
[[nodiscard]] Result<SubtreeRoot> parse_root(std::string_view text);

/// A value in net-snmp's notation: the letters i u t a o s x d b of snmpset(1).
/// @error Usage the letter is none of them, or has no SNAP value; BadInput the text does not fit the letter.
[[nodiscard]] Result<isa::Value> typed_value(char letter, std::string_view text);

}  // namespace splash::cli
