// A network for tests: answers at once, as the test says.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <vector>

#include "transport.hpp"

namespace splash::cli {

class FakeTransport final : public Transport {
public:
    struct Sent {
        isa::Packet program;
        std::uint16_t bound = 0;
        IpAddress destination;
    };
    std::function<Result<isa::Packet>(const Sent&)> node;
    std::vector<Sent> sent;
    std::deque<std::size_t> under_way;  ///< of sent, what send_beside() sent and is not answered
    std::size_t most_under_way = 0;

    Result<> send(const isa::Packet& program, std::uint16_t bound, const IpAddress& destination,
                  Instant /*deadline*/) override {
        sent.push_back({program, bound, destination});
        return {};
    }
    Result<std::uint16_t> send_beside(const isa::Packet& program, std::uint16_t bound,
                                      const IpAddress& destination, Instant deadline) override {
        static_cast<void>(send(program, bound, destination, deadline));
        under_way.push_back(sent.size() - 1);
        most_under_way = std::max(most_under_way, under_way.size());
        return static_cast<std::uint16_t>(sent.size() - 1);
    }
    /// What was sent beside others is answered in the order in which it was sent.
    Result<isa::Packet> receive(Instant /*deadline*/) override {
        if (under_way.empty()) {
            return node(sent.back());
        }
        const std::size_t first = under_way.front();
        under_way.pop_front();
        auto answer = node(sent[first]);
        if (answer) {
            answer->header.request_id = static_cast<std::uint16_t>(first);
        }
        return answer;
    }
    [[nodiscard]] Journey journey() const override { return Journey::ByHop; }
};

/// A delivery or report with these values on its stack, bottom first.
inline isa::Packet packet_of(const std::vector<isa::Value>& values, std::uint8_t flags = 0) {
    isa::HeapWriter heap;
    isa::Packet packet;
    packet.header.flags = flags;
    packet.header.origin = IpAddress::v4(0x0a000005);
    for (const isa::Value& value : values) {
        packet.stack.push_back(heap.put(value));
    }
    packet.heap = heap.heap();
    return packet;
}

}  // namespace splash::cli
