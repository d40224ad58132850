// A byte stream to the deframer in pieces, and every frame to the decoder.
#include <vector>

#include "base/assert.hpp"
#include "input.hpp"
#include "wire/frames.hpp"

namespace {

using namespace splash;

std::vector<std::vector<std::byte>> deframe(ConstBytes stream, std::size_t piece) {
    wire::Deframer deframer;
    std::vector<std::vector<std::byte>> frames;
    while (!stream.empty()) {
        const ConstBytes part = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(part.size());
        deframer.feed(part);
        while (auto frame = deframer.next()) {
            frames.push_back(std::move(*frame));
        }
    }
    return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::size_t piece = input.take<std::uint8_t>() % 64U + 1U;
    const auto frames = deframe(input.rest(), piece);
    SPLASH_ASSERT(frames == deframe(input.rest(), size + 1), "how a stream is cut makes no difference");
    for (const auto& octets : frames) {
        if (const auto frame = wire::frame_from_wire(octets)) {
            SPLASH_ASSERT(wire::to_wire(*frame) == octets, "a frame encodes as it was decoded");
        }
    }
    if (const auto frame = wire::frame_from_wire(input.rest())) {
        const auto again = wire::frame_from_wire(wire::to_wire(*frame));
        SPLASH_ASSERT(again == frame, "a frame survives its encoding");
    }
    return 0;
}
