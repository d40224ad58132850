// Up to 32 packets taken from a socket by one system call, each straight into a node's buffer.
#pragma once

#include <array>
#include <vector>

#include "base/bytes.hpp"
#include "linux/carrier.hpp"
#include "socket_address.hpp"

namespace splash::linux {

class ReceiveBatch {
public:
    static constexpr std::size_t kSize = 32;

    /// Packets are written `begin` octets into each buffer.
    explicit ReceiveBatch(std::size_t begin) : begin_(begin) {}

    struct Packet {
        node::Buffer buffer;
        std::size_t size;  ///< octets that arrived behind `begin`
        bool is_cut;       ///< more came than the buffer holds
        PacketInfo info;
        Endpoint from;
    };
    /// Waits for nothing. Calls take(Packet) for each that was there; false if there was none.
    template <class Take>
    bool receive(int fd, const TakeBuffer& take_buffer, Take&& take) {
        const std::size_t n = fill(fd, take_buffer);
        for (std::size_t i = 0; i < n; ++i) {
            take(packet(i));
        }
        return n > 0;
    }

private:
    struct Slot {
        node::Buffer buffer;
        sockaddr_storage from{};
        alignas(cmsghdr) std::byte control[kPacketInfoSpace]{};
    };

    std::size_t fill(int fd, const TakeBuffer& take_buffer);
    [[nodiscard]] Packet packet(std::size_t i);

    std::size_t begin_;
    std::vector<Slot> slots_ = std::vector<Slot>(kSize);
    std::array<mmsghdr, kSize> messages_{};
    std::array<iovec, kSize> pieces_{};
};

}  // namespace splash::linux
