// Frames between a local client and its node over the UNIX socket: a u16 length, then that many octets.
// The first octet is the verb. All integers are big-endian. Addresses are a length octet (4 or 16) and
// the octets. This header speaks of frames without their length; Deframer takes a stream apart.
//
//   client → node   Bind    port u16 (0: any free one from 49152)
//                   Inject  tag u32, flags u8 (bit 0 trace), bound u16, destination, SNAP packet
//   node → client   Bound     port u16
//                   Accepted  tag u32, port u16, request id u16
//                   Packet    SNAP packet: a delivery (no code; origin = the delivering node) or a report
//                   Refused   tag u32, exception code u16, text
//
// A client that did not bind gets a port of its own with its first Inject. The node sets origin, port and
// request id of what is injected. Remote clients use UDP and SNAP packets alone: see docs/snap.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"

namespace splash::wire {

/// The first octet of a frame. Numbers are append-only.
enum class Verb : std::uint8_t { Bind = 1, Inject = 2, Bound = 3, Accepted = 4, Packet = 5, Refused = 6 };

struct Bind {
    std::uint16_t port = 0;
    bool operator==(const Bind&) const = default;
};
struct Inject {
    static constexpr std::uint8_t kTrace = 1;
    std::uint32_t tag = 0;
    std::uint8_t flags = 0;
    std::uint16_t bound = 0;
    IpAddress destination;
    std::vector<std::byte> packet;
    bool operator==(const Inject&) const = default;
};
struct Bound {
    std::uint16_t port = 0;
    bool operator==(const Bound&) const = default;
};
struct Accepted {
    std::uint32_t tag = 0;
    std::uint16_t port = 0;
    std::uint16_t request_id = 0;
    bool operator==(const Accepted&) const = default;
};
struct PacketFrame {
    std::vector<std::byte> packet;
    bool operator==(const PacketFrame&) const = default;
};
struct Refused {
    std::uint32_t tag = 0;
    std::uint16_t code = 0;
    std::string text;
    bool operator==(const Refused&) const = default;
};

using Frame = std::variant<Bind, Inject, Bound, Accepted, PacketFrame, Refused>;

/// Encodes a frame without its length.
[[nodiscard]] std::vector<std::byte> to_wire(const Frame& frame);
/// Decodes a frame without its length; nullopt if it is malformed in any way.
[[nodiscard]] std::optional<Frame> frame_from_wire(ConstBytes octets);
/// Puts the u16 length in front. `frame` is at most 65,535 octets.
[[nodiscard]] std::vector<std::byte> with_length(ConstBytes frame);

/// Takes a byte stream apart into frames. Call next() until nullopt after every feed(): then it holds
/// less than one frame.
class Deframer {
public:
    void feed(ConstBytes octets);
    /// The next whole frame without its length, or nullopt until more arrives.
    [[nodiscard]] std::optional<std::vector<std::byte>> next();

private:
    std::vector<std::byte> buffer_;
    std::size_t at_ = 0;
};

}  // namespace splash::wire
