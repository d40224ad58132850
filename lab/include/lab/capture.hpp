// The packets of a lab's links in one file, in the order of time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace splash::lab {

struct CaptureCounts {
    std::size_t interfaces = 0;
    std::uint64_t packets = 0;  ///< in the file
    std::uint64_t dropped = 0;  ///< by the kernel, because we were too slow
};

struct CaptureOptions {
    std::string lab;
    std::string file;                       ///< ends in .pcapng or .pcap; "-" is standard output, as pcapng
    std::vector<std::string> links;         ///< "A-B" or NODE:INTERFACE or a node; empty: all
    std::string filter;                     ///< as of pcap-filter(7); empty: all packets
    std::chrono::milliseconds duration{0};  ///< 0: no end
    std::uint64_t count = 0;                ///< 0: no end
    std::function<void(const CaptureCounts&)> on_start;     ///< every packet from now on is seen
    std::function<void(const CaptureCounts&)> on_progress;  ///< some times a second
};

enum class CaptureEnd : std::uint8_t { Signal, Duration, Count, LabDown };
struct CaptureSummary {
    CaptureCounts counts;
    CaptureEnd end = CaptureEnd::Signal;
};

/// Writes every packet where it arrives at the end of a link, so once a link; what a link loses is not there.
/// In pcapng an interface is named NODE:INTERFACE, the receiver's. Ends by itself, at SIGINT or SIGTERM, or
/// when the lab is taken down; the file is whole then.
/// @error NotFound no such lab or link; BadInput the file's name or the filter; Unsupported
/// tcpdump, which compiles filters, is missing.
[[nodiscard]] Result<CaptureSummary> capture(const CaptureOptions& options);

}  // namespace splash::lab
