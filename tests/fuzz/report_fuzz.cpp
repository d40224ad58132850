// Reading reports: any heap and stack behind a report's header.
#include <algorithm>

#include "base/assert.hpp"
#include "input.hpp"
#include "isa/packet.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace splash;
    fuzz::Input input(data, size);
    isa::Packet packet;
    packet.header.flags = isa::Flags::kReport;
    for (std::size_t words = input.take<std::uint8_t>() % 16; words > 0; --words) {
        packet.stack.emplace_back(input.take<std::uint64_t>());
    }
    const ConstBytes heap = input.rest().first(std::min<std::size_t>(input.rest().size(), 0xfffc));
    packet.heap.assign(heap.begin(), heap.end());
    static_cast<void>(isa::Report::from_packet(packet));
    // The same below what every node puts on top: then it is a report whatever lies there.
    for (const isa::Word word :
         {isa::Word::inline_int(9), isa::Word::inline_int(1), isa::Word::inline_v4(0x0a000001),
          isa::Word::inline_int(3), isa::Word::inline_int(132)}) {
        packet.stack.push_back(word);
    }
    const auto report = isa::Report::from_packet(packet);
    SPLASH_ASSERT(report, "what an offender had on its stack does not spoil its report");
    for (const isa::Value& value : report->stack) {
        SPLASH_ASSERT(!isa::to_string(value).empty(), "every value has a text");
    }
    return 0;
}
