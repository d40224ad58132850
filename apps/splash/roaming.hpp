// A packet that finds its own way: programs/roam.snap with its sections filled in, launched again from where
// it stopped until its bound is used up.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "asking.hpp"
#include "base/error.hpp"
#include "isa/packet.hpp"
#include "node_rows.hpp"
#include "node_task.hpp"
#include "target.hpp"
#include "transport.hpp"

namespace splash::cli {

struct RoamPlan {
    NodeTask task;
    std::uint16_t bound = 0;  ///< of all packets together
    bool is_stateful = false;
    std::size_t room = 0;  ///< octets at which a packet goes home early
};

/// Where a packet begins: at the node it is sent to, as if it had come by this interface.
struct RoamStart {
    std::int64_t id = 0;    ///< a node is reported once under an id
    std::int64_t link = 0;  ///< ifIndex; 0: none in particular
};
/// @error TooLarge the constants are more than instructions can name
[[nodiscard]] Result<isa::Packet> roam_program(const RoamPlan& plan, std::int64_t memory,
                                               const RoamStart& start);

/// What a packet brought home, or had with it when it was refused.
struct RoamHaul {
    std::vector<NodeRow> rows;  ///< in the order of the way
    IpAddress at;               ///< the node it was at last
    std::int64_t link = 0;      ///< the interface it came by there; negative: the one it was leaving by
    std::int64_t steps = 0;
};
[[nodiscard]] std::optional<RoamHaul> read_roam(const std::vector<isa::Value>& values);

struct Roam {
    std::vector<NodeRow> rows;  ///< every node once
    std::int64_t steps = 0;     ///< nodes it was at, each as often as it was there
    std::size_t packets = 0;
    std::vector<std::string> dead_ends;  ///< where it could not go on, and why
    std::string ended;                   ///< why it came home for good
    bool is_lost = false;                ///< nothing came back of the last packet
};

using RoamProgress = std::function<void(const Roam&)>;

/// @error what Transport::send() says of the own node; TimedOut, Reported it never got to the first node
[[nodiscard]] Result<Roam> roam(Transport& transport, const RoamPlan& plan, const Target& from,
                                const Tries& tries, const RoamProgress& progress);

}  // namespace splash::cli
