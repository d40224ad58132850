// Which node is asked and where the asking starts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/address.hpp"

namespace splash::cli {

/// A node to be asked.
struct Target {
    std::string text;  ///< as it was named
    IpAddress address;
    std::optional<std::uint16_t> port;

    /// "n5 (10.0.0.5)", or only the address if it was named so.
    [[nodiscard]] std::string to_string() const;
};

/// Where requests begin.
struct Start {
    std::string node;       ///< its name in the lab, if any
    std::string socket;     ///< of the splashd there; empty: programs go to their node by UDP
    std::string directory;  ///< with its settings and log, if of a lab
    std::string netns;      ///< to be entered before SNMP's socket is opened; empty: this one
    IpAddress address;      ///< of that node, unspecified outside labs; of the IP version to be used

    /// Where a program goes that shall only run there: its address, else the loopback one.
    [[nodiscard]] IpAddress own_address() const;
};

}  // namespace splash::cli
