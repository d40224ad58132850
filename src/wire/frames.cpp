#include "wire/frames.hpp"

#include <type_traits>
#include <utility>

#include "base/assert.hpp"

namespace splash::wire {
namespace {

constexpr std::size_t kMaxFrame = 0xffff;
constexpr std::size_t kLengthSize = 2;
/// Consumed octets that a Deframer keeps before it moves the rest to the front.
constexpr std::size_t kCompactAt = std::size_t{64} * 1024;

void put_verb(std::vector<std::byte>& out, Verb verb) {
    append_be<std::uint8_t>(out, static_cast<std::uint8_t>(verb));
}

void put_address(std::vector<std::byte>& out, const IpAddress& address) {
    const ConstBytes octets = address.octets();
    append_be<std::uint8_t>(out, static_cast<std::uint8_t>(octets.size()));
    append(out, octets);
}

std::optional<IpAddress> take_address(Reader& in) {
    const auto size = in.be<std::uint8_t>();
    if (!size) {
        return std::nullopt;
    }
    const auto octets = in.take(*size);
    return octets ? IpAddress::from_octets(*octets) : std::nullopt;
}

std::vector<std::byte> take_rest(Reader& in) {
    const ConstBytes rest = in.rest();
    (void)in.take(rest.size());
    return {rest.begin(), rest.end()};
}

void put(std::vector<std::byte>& out, const Bind& f) {
    put_verb(out, Verb::Bind);
    append_be<std::uint16_t>(out, f.port);
}
void put(std::vector<std::byte>& out, const Inject& f) {
    put_verb(out, Verb::Inject);
    append_be<std::uint32_t>(out, f.tag);
    append_be<std::uint8_t>(out, f.flags);
    append_be<std::uint16_t>(out, f.bound);
    put_address(out, f.destination);
    append(out, f.packet);
}
void put(std::vector<std::byte>& out, const Bound& f) {
    put_verb(out, Verb::Bound);
    append_be<std::uint16_t>(out, f.port);
}
void put(std::vector<std::byte>& out, const Accepted& f) {
    put_verb(out, Verb::Accepted);
    append_be<std::uint32_t>(out, f.tag);
    append_be<std::uint16_t>(out, f.port);
    append_be<std::uint16_t>(out, f.request_id);
}
void put(std::vector<std::byte>& out, const PacketFrame& f) {
    put_verb(out, Verb::Packet);
    append(out, f.packet);
}
void put(std::vector<std::byte>& out, const Refused& f) {
    put_verb(out, Verb::Refused);
    append_be<std::uint32_t>(out, f.tag);
    append_be<std::uint16_t>(out, f.code);
    append(out, as_bytes(f.text));
}

std::optional<Frame> take_inject(Reader& in) {
    const auto tag = in.be<std::uint32_t>();
    const auto flags = in.be<std::uint8_t>();
    const auto bound = in.be<std::uint16_t>();
    if (!tag || !flags || !bound || (*flags & ~Inject::kTrace) != 0) {
        return std::nullopt;
    }
    const auto destination = take_address(in);
    if (!destination) {
        return std::nullopt;
    }
    return Inject{
        .tag = *tag, .flags = *flags, .bound = *bound, .destination = *destination, .packet = take_rest(in)};
}

std::optional<Frame> take_accepted(Reader& in) {
    const auto tag = in.be<std::uint32_t>();
    const auto port = in.be<std::uint16_t>();
    const auto request_id = in.be<std::uint16_t>();
    if (!tag || !port || !request_id) {
        return std::nullopt;
    }
    return Accepted{.tag = *tag, .port = *port, .request_id = *request_id};
}

std::optional<Frame> take_refused(Reader& in) {
    const auto tag = in.be<std::uint32_t>();
    const auto code = in.be<std::uint16_t>();
    if (!tag || !code) {
        return std::nullopt;
    }
    const std::vector<std::byte> text = take_rest(in);
    return Refused{.tag = *tag, .code = *code, .text = std::string(as_text(text))};
}

/// Bind and Bound: a port and nothing else.
template <class PortFrame>
std::optional<Frame> take_port(Reader& in) {
    const auto port = in.be<std::uint16_t>();
    return port ? std::optional<Frame>(PortFrame{.port = *port}) : std::nullopt;
}

std::optional<Frame> take_body(Verb verb, Reader& in) {
    switch (verb) {
        case Verb::Bind: return take_port<Bind>(in);
        case Verb::Inject: return take_inject(in);
        case Verb::Bound: return take_port<Bound>(in);
        case Verb::Accepted: return take_accepted(in);
        case Verb::Packet: return PacketFrame{.packet = take_rest(in)};
        case Verb::Refused: return take_refused(in);
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::byte> to_wire(const Frame& frame) {
    std::vector<std::byte> out;
    std::visit([&out](const auto& f) { put(out, f); }, frame);
    return out;
}

std::optional<Frame> frame_from_wire(ConstBytes octets) {
    Reader in(octets);
    const auto verb = in.be<std::uint8_t>();
    if (!verb) {
        return std::nullopt;
    }
    auto frame = take_body(static_cast<Verb>(*verb), in);
    return in.rest().empty() ? std::move(frame) : std::nullopt;
}

std::vector<std::byte> with_length(ConstBytes frame) {
    SPLASH_ASSERT(frame.size() <= kMaxFrame, "a frame is beyond 65,535 octets");
    std::vector<std::byte> out;
    out.reserve(kLengthSize + frame.size());
    append_be<std::uint16_t>(out, static_cast<std::uint16_t>(frame.size()));
    append(out, frame);
    return out;
}

void Deframer::feed(ConstBytes octets) {
    append(buffer_, octets);
}

std::optional<std::vector<std::byte>> Deframer::next() {
    const ConstBytes rest = ConstBytes(buffer_).subspan(at_);
    if (rest.size() < kLengthSize) {
        return std::nullopt;
    }
    const std::size_t size = load_be<std::uint16_t>(rest, 0);
    if (rest.size() - kLengthSize < size) {
        return std::nullopt;
    }
    const ConstBytes body = rest.subspan(kLengthSize, size);
    std::vector<std::byte> frame(body.begin(), body.end());
    at_ += kLengthSize + size;
    if (at_ == buffer_.size()) {
        buffer_.clear();
        at_ = 0;
    } else if (at_ >= kCompactAt) {
        buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
        at_ = 0;
    }
    return frame;
}

}  // namespace splash::wire
