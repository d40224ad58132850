#include "capture_file.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include "paths.hpp"

namespace splash::lab {
namespace {

constexpr std::uint16_t kEthernet = 1;  // LINKTYPE_ETHERNET
constexpr std::uint32_t kSnapLength = 262'144;
constexpr std::int64_t kSecond = 1'000'000'000;

// Block types and options of pcapng; all numbers are in the machine's order, as both formats allow.
constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kInterfaceStatistics = 5;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kPcapNanoseconds = 0xa1b23c4d;
constexpr std::uint16_t kEndOfOptions = 0;
constexpr std::uint16_t kUserApplication = 4;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kTimeResolution = 9;
constexpr std::uint16_t kReceived = 4;
constexpr std::uint16_t kDroppedByInterface = 5;

/// The body of a block.
class Body {
public:
    template <typename Number>
    Body& number(Number value) {
        return octets(&value, sizeof value);
    }
    Body& octets(const void* data, std::size_t size) {
        const auto* const from = static_cast<const std::byte*>(data);
        octets_.insert(octets_.end(), from, from + size);
        return *this;
    }
    Body& pad() {
        octets_.resize((octets_.size() + 3) / 4 * 4);
        return *this;
    }
    Body& option(std::uint16_t code, const void* data, std::size_t size) {
        return number(code).number(static_cast<std::uint16_t>(size)).octets(data, size).pad();
    }
    Body& time(std::int64_t nanoseconds) {
        const auto unsigned_time = static_cast<std::uint64_t>(nanoseconds);
        return number(static_cast<std::uint32_t>(unsigned_time >> 32U))
            .number(static_cast<std::uint32_t>(unsigned_time));
    }
    [[nodiscard]] std::span<const std::byte> get() const { return octets_; }

private:
    std::vector<std::byte> octets_;
};

}  // namespace

Result<CaptureFile> CaptureFile::create(const std::string& path, const std::vector<std::string>& interfaces) {
    const bool is_pcap = path.ends_with(".pcap");
    if (!is_pcap && !path.ends_with(".pcapng") && path != "-") {
        return fail(Errc::BadInput, "capture file " + path + " does not end in .pcapng or .pcap");
    }
    std::unique_ptr<std::FILE, Close> file(path == "-" ? stdout : std::fopen(path.c_str(), "wbe"));
    if (!file) {
        return fail(Errc::System, "write " + path + ": " + std::strerror(errno));
    }
    CaptureFile made(std::move(file), path, is_pcap ? Format::Pcap : Format::Pcapng);
    made.put_head(interfaces);
    if (auto written = made.flush(); !written) {
        return Failure(written.error());
    }
    return made;
}

void CaptureFile::put_head(const std::vector<std::string>& interfaces) {
    if (format_ == Format::Pcap) {
        Body head;
        head.number(kPcapNanoseconds).number(std::uint16_t{2}).number(std::uint16_t{4});
        head.number(std::uint32_t{0})
            .number(std::uint32_t{0})
            .number(kSnapLength)
            .number(std::uint32_t{kEthernet});
        put(head.get().data(), head.get().size());
        return;
    }
    constexpr std::string_view kApplication = "splash lab capture";
    Body section;
    section.number(kByteOrderMagic)
        .number(std::uint16_t{1})
        .number(std::uint16_t{0})
        .number(std::int64_t{-1});
    section.option(kUserApplication, kApplication.data(), kApplication.size())
        .option(kEndOfOptions, nullptr, 0);
    put_block(kSectionHeader, section.get());
    for (const std::string& name : interfaces) {
        constexpr std::uint8_t kNanoseconds = 9;
        Body description;
        description.number(kEthernet).number(std::uint16_t{0}).number(kSnapLength);
        description.option(kInterfaceName, name.data(), name.size());
        description.option(kTimeResolution, &kNanoseconds, 1).option(kEndOfOptions, nullptr, 0);
        put_block(kInterfaceDescription, description.get());
    }
}

void CaptureFile::write(const CapturedPacket& packet) {
    const auto captured = static_cast<std::uint32_t>(packet.octets.size());
    Body body;
    if (format_ == Format::Pcap) {
        body.number(static_cast<std::uint32_t>(packet.time / kSecond));
        body.number(static_cast<std::uint32_t>(packet.time % kSecond)).number(captured).number(packet.length);
        body.octets(packet.octets.data(), packet.octets.size());
        put(body.get().data(), body.get().size());
        return;
    }
    body.number(static_cast<std::uint32_t>(packet.interface)).time(packet.time);
    body.number(captured).number(packet.length).octets(packet.octets.data(), packet.octets.size()).pad();
    put_block(kEnhancedPacket, body.get());
}

void CaptureFile::write_statistics(std::size_t interface, std::int64_t time, std::uint64_t received,
                                   std::uint64_t dropped) {
    if (format_ == Format::Pcap) {
        return;
    }
    Body body;
    body.number(static_cast<std::uint32_t>(interface)).time(time);
    body.option(kReceived, &received, sizeof received).option(kDroppedByInterface, &dropped, sizeof dropped);
    body.option(kEndOfOptions, nullptr, 0);
    put_block(kInterfaceStatistics, body.get());
}

Result<> CaptureFile::flush() {
    if (std::fflush(file_.get()) != 0 && error_number_ == 0) {
        error_number_ = errno;
    }
    if (error_number_ != 0) {
        return fail(Errc::System, "write " + path_ + ": " + std::strerror(std::exchange(error_number_, 0)));
    }
    return {};
}

void CaptureFile::put(const void* data, std::size_t size) {
    if (std::fwrite(data, 1, size, file_.get()) != size && error_number_ == 0) {
        error_number_ = errno;
    }
}

void CaptureFile::put_block(std::uint32_t type, std::span<const std::byte> body) {
    constexpr std::size_t kAround = 12;  // type, and length before and behind
    const auto length = static_cast<std::uint32_t>(body.size() + kAround);
    put(&type, sizeof type);
    put(&length, sizeof length);
    put(body.data(), body.size());
    put(&length, sizeof length);
}

}  // namespace splash::lab
