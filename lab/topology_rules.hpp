// What every topology must keep to, whether it came from a file, a generator or a program; and the
// addresses that follow from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "lab/lab.hpp"

namespace splash::lab {

inline constexpr std::size_t kMaxNodes = 200;     // loopbacks are 10.0.0.1 to 10.0.0.200
inline constexpr std::size_t kMaxLinks = 32'768;  // 172.16.0.0/16 in /31s, fd01::/112 in /127s
inline constexpr std::string_view kNameRule = "1 to 16 of a-z, 0-9 and -, not - at an end";

/// True for names of labs and nodes: kNameRule.
[[nodiscard]] bool is_valid_name(std::string_view name);
/// True for "splash" and "host".
[[nodiscard]] bool is_valid_kind(std::string_view kind);
/// True for what the kernel takes as an interface name and a file name; "lo" is taken.
[[nodiscard]] bool is_valid_interface(std::string_view name);

/// @error BadInput  a name, kind, or link is wrong or appears twice; detail names it.
/// @error TooLarge  more than kMaxNodes or kMaxLinks.
[[nodiscard]] Result<> check(const Topology& topology);

/// The number of columns of the most square table with `n` cells; the last row may be short. So generate()
/// makes grids and honeycombs, and lay_out() draws them.
[[nodiscard]] std::size_t columns_for(std::size_t n);

/// 10.0.0.(node + 1) and fd00::(node + 1), in decimal digits both: n15 is 10.0.0.15 and fd00::15.
[[nodiscard]] IpAddress loopback_of(std::size_t node, IpVersion version);

/// The IP versions a lab has here, IPv6 where the kernel knows it; and a node's loopbacks of them.
[[nodiscard]] std::vector<IpVersion> versions();
[[nodiscard]] std::vector<IpAddress> loopbacks_of(std::size_t node);

/// fe80::(node + 1), likewise, on all its links.
[[nodiscard]] IpAddress link_local_of(std::size_t node);

enum class Side : std::uint8_t { A, B };
/// The address of one end of a link; both make a /31 of 172.16.0.0/16, or a /127 of fd01::/112.
[[nodiscard]] IpAddress link_address(std::size_t link, Side side, IpVersion version);

}  // namespace splash::lab
