#include "send_queue.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace splash::linux {
namespace {

constexpr std::size_t kBatch = 64;

}  // namespace

bool SendQueue::push(int fd, const Message& message, CarrierCounters& counters) {
    if (end_ - begin_ == kCapacity || end_ == kCapacity) {
        flush(fd, counters);
    }
    if (end_ == kCapacity) {
        ++counters.queue_full;
        return false;
    }
    if (slots_.size() == end_) {
        slots_.emplace_back();
    }
    Slot& slot = slots_[end_++];
    slot.octets.assign(message.head.begin(), message.head.end());
    append(slot.octets, message.packet);
    slot.to = to_socket_address(message.to);
    slot.ancillary = message.ancillary;
    return true;
}

void SendQueue::flush(int fd, CarrierCounters& counters) {
    while (begin_ != end_) {
        const std::size_t taken = send_some(fd, std::min(kBatch, end_ - begin_));
        counters.sent += taken;
        begin_ += taken;
        if (taken > 0 || errno == EINTR) {
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM) {
            ++counters.congested;
            // The queue fills from the front, so what waits moves there.
            std::rotate(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(begin_), slots_.end());
            end_ -= begin_;
            begin_ = 0;
            return;
        }
        if (errno != ECONNREFUSED) {  // that is the echo of an earlier packet: this one has not been tried
            count_refusal(errno, slots_[begin_], counters);
            ++begin_;
        }
    }
    begin_ = end_ = 0;
}

std::size_t SendQueue::send_some(int fd, std::size_t count) {
    std::array<mmsghdr, kBatch> messages{};
    std::array<iovec, kBatch> pieces{};
    for (std::size_t i = 0; i < count; ++i) {
        Slot& slot = slots_[begin_ + i];
        pieces[i] = {slot.octets.data(), slot.octets.size()};
        msghdr& header = messages[i].msg_hdr;
        header.msg_name = slot.to.get();
        header.msg_namelen = slot.to.size;
        header.msg_iov = &pieces[i];
        header.msg_iovlen = 1;
        slot.ancillary.attach_to(header);
    }
    const int n = ::sendmmsg(fd, messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
}

void SendQueue::count_refusal(int error_number, const Slot& slot, CarrierCounters& counters) {
    Refusal kind = Refusal::Other;
    switch (error_number) {
        case EMSGSIZE:
            kind = Refusal::TooBig;
            ++counters.too_big;
            break;
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
        case ENODEV:
            kind = Refusal::NoRoute;
            ++counters.no_route;
            break;
        case EPERM:
        case EACCES:
            kind = Refusal::Forbidden;
            ++counters.forbidden;
            break;
        default: ++counters.failed; break;
    }
    const unsigned bit = 1U << static_cast<unsigned>(kind);
    if ((logged_ & bit) == 0) {
        logged_ |= bit;
        log_->write(node::Log::Level::Warning,
                    std::string(name_) + ": " + std::to_string(slot.octets.size()) + " octets to " +
                        to_endpoint(slot.to.storage).address.to_string() + ": " +
                        std::generic_category().message(error_number) + " (further ones are only counted)");
    }
}

}  // namespace splash::linux
