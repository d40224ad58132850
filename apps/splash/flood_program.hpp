// The packet that spreads from neighbour to neighbour: programs/flood.snap with its sections filled in, and
// what a node it reached reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "base/error.hpp"
#include "isa/packet.hpp"
#include "isa/value.hpp"
#include "node_task.hpp"

namespace splash::cli {

struct FloodPlan {
    NodeTask task;             ///< without a condition it spreads everywhere
    std::int64_t id = 0;       ///< of this flood: by it a node knows that it was reached before
    std::uint16_t bound = 0;   ///< of a packet that leaves home
    bool tells_links = false;  ///< every link is crossed both ways, and every arrival reported
    bool remembers = false;    ///< nodes keep in their dictionaries what they hear of neighbours
};

/// A node where the bound did not suffice: to go on, from there, to those neighbours that are left.
struct Resumption {
    IpAddress node;
    std::vector<IpAddress> neighbours;
};

/// @error TooLarge the constants are more than instructions can name
[[nodiscard]] Result<isa::Packet> flood_program(const FloodPlan& plan,
                                                const std::optional<Resumption>& resumption);

/// One report of a node.
struct FloodReport {
    enum class Kind : std::uint8_t {
        Calm = 0,     ///< the condition does not hold
        Zone = 1,     ///< it does
        Again = 2,    ///< it was reached before
        Resumed = 3,  ///< it goes on where it had stopped
    };
    Kind kind = Kind::Calm;
    std::optional<IpAddress> from;  ///< the node before; nullopt: it came from home
    IpAddress node;
    IpAddress reached_at;                    ///< the node's address there
    std::string name;                        ///< the node's own; empty with Again and Resumed
    std::vector<IpAddress> other_addresses;  ///< the node's on its other links; none with Again and Resumed
    std::vector<isa::Value> values;
    std::vector<IpAddress> neighbours;                    ///< as the node told them
    std::vector<std::pair<IpAddress, isa::Exc>> refused;  ///< neighbours it could not send to
    std::optional<isa::Exc> no_neighbours;                ///< why it does not know any
    std::optional<isa::Exc> not_remembered;               ///< why its dictionary was not written
    std::size_t left = 0;  ///< so many of the first neighbours were not sent to
};
/// Reads a delivery's values, bottom first, or a report's stack turned over; nullopt if the program did not
/// make them.
[[nodiscard]] std::optional<FloodReport> read_flood(const std::vector<isa::Value>& values);

}  // namespace splash::cli
