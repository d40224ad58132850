// Writes pcapng (IETF draft-ietf-opsawg-pcapng) and pcap with nanoseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace splash::lab {

struct CapturedPacket {
    std::int64_t time = 0;      ///< nanoseconds since 1970
    std::size_t interface = 0;  ///< index into the names the file was made with
    std::uint32_t length = 0;   ///< octets on the wire; `octets` may have less
    std::vector<std::byte> octets;
};

class CaptureFile {
public:
    /// Replaces the file and writes its head. @error BadInput the ending; System.
    [[nodiscard]] static Result<CaptureFile> create(const std::string& path,
                                                    const std::vector<std::string>& interfaces);
    void write(const CapturedPacket& packet);
    /// Of one interface, at the end: packets that the kernel dropped. pcap has no place for it.
    void write_statistics(std::size_t interface, std::int64_t time, std::uint64_t received,
                          std::uint64_t dropped);
    /// Hands everything so far to the reader. @error System what went wrong since the last call.
    [[nodiscard]] Result<> flush();

private:
    enum class Format : std::uint8_t { Pcapng, Pcap };
    struct Close {
        void operator()(std::FILE* file) const {
            if (file != stdout) {
                static_cast<void>(std::fclose(file));
            }
        }
    };
    CaptureFile(std::unique_ptr<std::FILE, Close> file, std::string path, Format format)
        : file_(std::move(file)), path_(std::move(path)), format_(format) {}
    void put(const void* data, std::size_t size);
    void put_block(std::uint32_t type, std::span<const std::byte> body);
    void put_head(const std::vector<std::string>& interfaces);

    std::unique_ptr<std::FILE, Close> file_;
    std::string path_;
    Format format_;
    int error_number_ = 0;
};

}  // namespace splash::lab
