// Packets on their way to one socket: queued during a loop turn, handed to the kernel together.
#pragma once

#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "linux/carrier.hpp"
#include "node/ports.hpp"
#include "socket_address.hpp"

namespace splash::linux {

class SendQueue {
public:
    static constexpr std::size_t kCapacity = 256;

    /// `name` is how the carrier is called in the log.
    SendQueue(std::string_view name, node::Log& log) : name_(name), log_(&log) {}

    struct Message {
        Endpoint to;
        Ancillary ancillary;
        ConstBytes head;  ///< header and packet leave as one
        ConstBytes packet;
    };
    /// Copies a message behind the others. Flushes first if it is full; false if it still is.
    [[nodiscard]] bool push(int fd, const Message& message, CarrierCounters& counters);
    /// Hands all to the kernel. What it refuses is counted, and logged once per kind; what it has no room
    /// for stays queued for the next flush.
    void flush(int fd, CarrierCounters& counters);
    [[nodiscard]] bool is_empty() const { return begin_ == end_; }

private:
    struct Slot {
        std::vector<std::byte> octets;
        SocketAddress to;
        Ancillary ancillary;
    };
    enum class Refusal : std::uint8_t { TooBig, NoRoute, Forbidden, Other };

    /// Messages the kernel took of the first `count`; 0 with errno set if it refused the first.
    [[nodiscard]] std::size_t send_some(int fd, std::size_t count);
    void count_refusal(int error_number, const Slot& slot, CarrierCounters& counters);

    std::string_view name_;
    node::Log* log_;
    std::vector<Slot> slots_;  ///< kept with their memory for the next packets
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    unsigned logged_ = 0;  ///< a bit per Refusal
};

}  // namespace splash::linux
