// A node as the command line names it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace splash::cli {

/// "NAME", "ADDRESS", "NAME:PORT", "192.0.2.1:PORT" or "[2001:db8::1]:PORT", taken apart.
struct NodeName {
    std::string host;
    std::optional<std::uint16_t> port;
    bool operator==(const NodeName&) const = default;
};

/// @error Usage no host, or the port is no number from 1 to 65535.
[[nodiscard]] Result<NodeName> parse_node_name(std::string_view text);

/// True for an SNMP transport address as net-snmp writes it, such as "tcp:HOST:161" or "unix:PATH".
[[nodiscard]] bool names_transport(std::string_view text);

}  // namespace splash::cli
