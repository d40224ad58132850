// Names of kernel parameters as sysctl(8) writes them: parts with dots between, "net.ipv4.ip_forward".
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace splash::node {

/// Parts of letters, digits, "_" and "-", one dot between two: nothing that leads elsewhere than down from
/// /proc/sys. An interface with a dot in its name has no such name.
[[nodiscard]] bool is_sysctl_name(std::string_view name);
/// A name in which "*" may stand for a part.
[[nodiscard]] bool is_sysctl_pattern(std::string_view pattern);
/// Whether a pattern fits the name, and it is one.
[[nodiscard]] bool is_allowed(std::span<const std::string> patterns, std::string_view name);

}  // namespace splash::node
