// What raw and UDP carriers have in common: what they count, and the shapes of their callbacks.
#pragma once

#include <cstdint>
#include <functional>

#include "node/buffer.hpp"
#include "node/node.hpp"

namespace splash::linux {

struct CarrierCounters {
    std::uint64_t received = 0;   ///< packets handed on, cut ones included
    std::uint64_t oversized = 0;  ///< of these, larger than the buffer: handed on cut
    std::uint64_t malformed = 0;  ///< arrived without a sound IP header, dropped
    std::uint64_t sent = 0;
    std::uint64_t queue_full = 0;  ///< not sent: the kernel took no more and the queue was full
    std::uint64_t congested = 0;   ///< times the kernel took no more for now; the packets waited
    std::uint64_t too_big = 0;     ///< not sent: larger than the link
    std::uint64_t no_route = 0;    ///< not sent: no route, or the link is down
    std::uint64_t forbidden = 0;   ///< not sent: a local filter or a broadcast destination
    std::uint64_t failed = 0;      ///< not sent for another reason
};

/// Gives an empty buffer to receive into (node::Node::take_buffer).
using TakeBuffer = std::function<node::Buffer()>;
/// Takes a packet that arrived (node::Node::receive).
using OnPacket = std::function<void(const node::Arrival&, node::Buffer)>;

}  // namespace splash::linux
