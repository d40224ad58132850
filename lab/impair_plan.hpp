// Which qdiscs and filters make an impairment, as lines for `tc -batch`. Touches nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lab/impairment.hpp"

namespace splash::lab {

/// Frames that a wire sends bear this mark, so that they are not handed to it again. A veth takes it off.
inline constexpr std::uint32_t kWireMark = 0x53504c57;

struct ImpairPlan {
    std::string clear;               ///< leaves the interface without qdisc and filter, whatever it had
    std::string before_wire;         ///< needs no wire
    std::string after_wire;          ///< hands packets to the wire, whose interface is there now
    bool needs_wire = false;         ///< before_wire, the wire, after_wire: in this order
    std::vector<std::string> means;  ///< for people; see ImpairReport
};

/// With netem all is one qdisc. Without: rate by TBF, in the kernel; the rest by a wire (wire.hpp), a process
/// that takes the packets from the interface `wire` and sends them on through `interface`. (A filter of
/// classic BPF could lose packets in the kernel, but what it reads as random was measured not to be evenly
/// so.)
[[nodiscard]] ImpairPlan plan_impairment(const Impairment& impairment, bool has_netem,
                                         std::string_view interface, std::string_view wire);

}  // namespace splash::lab
