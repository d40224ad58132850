#include "receive_batch.hpp"

#include <cerrno>

namespace splash::linux {

std::size_t ReceiveBatch::fill(int fd, const TakeBuffer& take_buffer) {
    for (std::size_t i = 0; i < kSize; ++i) {
        Slot& slot = slots_[i];
        if (slot.buffer.is_empty()) {  // given away with the last batch
            slot.buffer = take_buffer();
        }
        const Bytes room = slot.buffer.storage().subspan(begin_);
        pieces_[i] = {room.data(), room.size()};
        msghdr& header = messages_[i].msg_hdr;
        header = {};
        header.msg_name = &slot.from;
        header.msg_namelen = sizeof slot.from;
        header.msg_iov = &pieces_[i];
        header.msg_iovlen = 1;
        header.msg_control = slot.control;
        header.msg_controllen = sizeof slot.control;
    }
    // A pending socket error (the echo of a packet sent) comes first and alone; what waits is behind it.
    for (int tries = 0; tries < 4; ++tries) {
        const int n = ::recvmmsg(fd, messages_.data(), kSize, MSG_DONTWAIT, nullptr);
        if (n > 0) {
            return static_cast<std::size_t>(n);
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return 0;
        }
    }
    return 0;
}

ReceiveBatch::Packet ReceiveBatch::packet(std::size_t i) {
    const mmsghdr& m = messages_[i];
    return {.buffer = std::move(slots_[i].buffer),
            .size = m.msg_len,
            .is_cut = (m.msg_hdr.msg_flags & MSG_TRUNC) != 0,
            .info = packet_info(m.msg_hdr),
            .from = to_endpoint(slots_[i].from)};
}

}  // namespace splash::linux
