// A network for tests: answers at once, as the test says.
#pragma once

#include <functional>
#include <vector>

#include "transport.hpp"

namespace splash::cli {

class FakeTransport final : public Transport {
public:
    struct Sent {
        isa::Packet program;
        std::uint16_t bound = 0;
    };
    std::function<Result<isa::Packet>(const Sent&)> node;
    std::vector<Sent> sent;

    Result<> send(const isa::Packet& program, std::uint16_t bound, const IpAddress& /*destination*/,
                  Instant /*deadline*/) override {
        sent.push_back({program, bound});
        return {};
    }
    Result<isa::Packet> receive(Instant /*deadline*/) override { return node(sent.back()); }
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
