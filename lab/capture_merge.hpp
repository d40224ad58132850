// Packets of many interfaces on their way into one file, in the order of time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "capture_file.hpp"
#include "capture_source.hpp"
#include "lab/capture.hpp"

namespace splash::lab {

class CaptureMerge {
public:
    /// The sources in the order of the file's interfaces. `most`: packets to write; 0: no end.
    CaptureMerge(std::vector<CaptureSource> sources, CaptureFile file, std::uint64_t most)
        : sources_(std::move(sources)), file_(std::move(file)), most_(most) {}

    [[nodiscard]] const std::vector<CaptureSource>& sources() const { return sources_; }
    /// As many packets as asked for are read, perhaps not written.
    [[nodiscard]] bool is_complete() const { return most_ != 0 && written_ + waiting_.size() >= most_; }

    /// Reads what waits and writes what nothing earlier can come before. @error System the file.
    [[nodiscard]] Result<> turn();
    /// Writes all that arrived until now, and the statistics. @error System the file.
    [[nodiscard]] Result<> finish();
    [[nodiscard]] CaptureCounts counts();

private:
    [[nodiscard]] std::optional<std::int64_t> drain(std::size_t index);
    void drain_until(std::size_t index, std::int64_t time);
    void write_until(std::int64_t time);

    std::vector<CaptureSource> sources_;
    CaptureFile file_;
    std::uint64_t most_;
    std::uint64_t written_ = 0;
    std::vector<CapturedPacket> waiting_;
    std::array<std::byte, CaptureSource::kMostFrame> frame_{};
};

}  // namespace splash::lab
