// Decoding a packet and printing all it holds: what is accepted encodes to the same octets.
#include <algorithm>

#include "base/assert.hpp"
#include "input.hpp"
#include "isa/packet.hpp"
#include "isa/value.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace splash;
    const ConstBytes octets = std::as_bytes(std::span(data, size));
    const auto parsed = isa::Packet::from_wire(octets);
    const auto* packet = std::get_if<isa::Packet>(&parsed);
    if (packet == nullptr) {
        SPLASH_ASSERT(!isa::to_string(std::get<isa::HeaderFault>(parsed)).empty(), "every fault has a text");
        return 0;
    }
    SPLASH_ASSERT(std::ranges::equal(packet->to_wire(), octets), "a packet encodes as it was decoded");
    for (const isa::Word word : packet->stack) {
        if (const auto value = isa::read_value(word, packet->heap)) {
            SPLASH_ASSERT(!isa::to_string(*value).empty(), "every value has a text");
            isa::HeapWriter writer;
            const isa::Word again = writer.put(*value);
            const auto read = isa::read_value(again, writer.heap());
            SPLASH_ASSERT(read && isa::to_string(*read) == isa::to_string(*value),
                          "a value survives its heap");
        }
    }
    static_cast<void>(isa::Report::from_packet(*packet));
    return 0;
}
