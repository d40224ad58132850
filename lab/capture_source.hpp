// Where captured packets come from: a packet socket at one interface of a lab.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "capture_file.hpp"
#include "descriptor.hpp"

namespace splash::lab {

/// An expression of pcap-filter(7) as the kernel's program; no instructions for an empty one: all packets.
/// @error BadInput the expression; Unsupported tcpdump, which compiles it, is missing.
[[nodiscard]] Result<std::vector<sock_filter>> compile_filter(const std::string& filter);

class CaptureSource {
public:
    /// Of a packet before segmentation offload, and so for read().
    static constexpr std::size_t kMostFrame = 65'600;  // octets

    /// Everything that arrives at that interface of the calling thread's namespace, from now on.
    /// @error System
    [[nodiscard]] static Result<CaptureSource> open(const std::string& interface,
                                                    std::vector<sock_filter>& filter);

    /// Readable when a packet waits.
    [[nodiscard]] int fd() const { return socket_.get(); }
    /// The packet that has waited longest, its time and length set; nullopt: none waits. Of one larger than
    /// `frame` the end is cut off.
    [[nodiscard]] std::optional<CapturedPacket> read(std::span<std::byte> frame);

    struct Counts {
        std::uint64_t received = 0;
        std::uint64_t dropped = 0;  ///< by the kernel, because too many waited
    };
    [[nodiscard]] Counts counts();

private:
    explicit CaptureSource(Descriptor socket) : socket_(std::move(socket)) {}

    Descriptor socket_;
    Counts counts_;
};

}  // namespace splash::lab
