// What comes back from the network, taken apart: deliveries, reports, and a path's hops.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/error.hpp"
#include "isa/packet.hpp"
#include "isa/value.hpp"

namespace splash::cli {

/// Values a program delivered.
struct Delivery {
    IpAddress node;                  ///< where it delivered them
    std::vector<isa::Value> values;  ///< bottom of the stack first
};

using Answer = std::variant<Delivery, isa::Report>;

/// @error Protocol the packet is neither a delivery nor a report, or its values are malformed.
[[nodiscard]] Result<Answer> read_answer(const isa::Packet& packet);

/// "n5 (10.0.0.5), instruction 3 of 9 (calls): not admitted". A report of only a reason names no node,
/// whatever `node` is.
[[nodiscard]] std::string describe(const isa::Report& report, std::string_view node);

/// One node as path_program() saw it.
struct Hop {
    std::size_t number = 0;  ///< from 1
    IpAddress address;
    isa::Value name;                 ///< text, or an exception
    std::int64_t now_us = 0;         ///< of that node's clock, since the epoch
    std::vector<isa::Value> values;  ///< of the objects asked
};

/// The hop's name, or in words why there is none.
[[nodiscard]] std::string name_of(const Hop& hop);

/// Reads hops, first one first, as far as they are well-formed tuples with `objects` values.
/// @error Protocol a value is no hop.
[[nodiscard]] Result<std::vector<Hop>> read_hops(const std::vector<isa::Value>& values, std::size_t objects);

/// What path_sector_program() brought.
struct PathSectorHops {
    std::vector<Hop> hops;
    bool is_at_target = false;
    IpAddress last_node;  ///< where it ended otherwise: the address to send the next one to
};
/// @error Protocol no such values
[[nodiscard]] Result<PathSectorHops> read_path_sector(std::vector<isa::Value> values, std::size_t objects);

/// The hops a report's stack still holds, first one first; what else lies on it is left out.
[[nodiscard]] std::vector<Hop> hops_of(const isa::Report& report, std::size_t objects);

}  // namespace splash::cli
