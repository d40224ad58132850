#include "isa/packet.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace splash::isa {

std::string_view to_string(HeaderFault fault) {
    switch (fault) {
        case HeaderFault::Truncated: return "shorter than its header or sections";
        case HeaderFault::Version: return "version is not 2";
        case HeaderFault::Flags: return "reserved or unsupported flags";
        case HeaderFault::Lengths: return "section lengths do not add up";
        case HeaderFault::Entry: return "entry point outside the code";
    }
    return "malformed";
}

std::variant<Header, HeaderFault> parse_header(ConstBytes packet) {
    if (packet.empty()) {
        return HeaderFault::Truncated;
    }
    if (std::to_integer<std::uint8_t>(packet[0]) != kVersion) {
        return HeaderFault::Version;
    }
    if (packet.size() < kHeaderSize4) {
        return HeaderFault::Truncated;
    }
    Header h;
    h.flags = std::to_integer<std::uint8_t>(packet[HeaderOffset::kFlags]);
    if ((h.flags & ~Flags::kKnown) != 0 || (h.flags & Flags::kAuthenticated) != 0) {
        return HeaderFault::Flags;
    }
    const bool v6 = (h.flags & Flags::kIpv6Origin) != 0;
    if (v6 && packet.size() < kHeaderSize6) {
        return HeaderFault::Truncated;
    }
    h.port = load_be<std::uint16_t>(packet, HeaderOffset::kPort);
    h.request_id = load_be<std::uint16_t>(packet, HeaderOffset::kRequestId);
    h.bound = load_be<std::uint16_t>(packet, HeaderOffset::kBound);
    h.entry = load_be<std::uint16_t>(packet, HeaderOffset::kEntry);
    h.code_size = load_be<std::uint16_t>(packet, HeaderOffset::kCodeSize);
    h.heap_size = load_be<std::uint16_t>(packet, HeaderOffset::kHeapSize);
    h.stack_size = load_be<std::uint16_t>(packet, HeaderOffset::kStackSize);
    h.origin = *IpAddress::from_octets(packet.subspan(HeaderOffset::kOrigin, v6 ? 16 : 4));
    if (h.code_size % 4 != 0 || h.heap_size % 4 != 0 || h.stack_size % kWordSize != 0) {
        return HeaderFault::Lengths;
    }
    if (packet.size() < h.total_size()) {
        return HeaderFault::Truncated;
    }
    if (packet.size() > h.total_size() || (h.is_report() && h.code_size != 0)) {
        return HeaderFault::Lengths;
    }
    if (h.code_size == 0 ? h.entry != 0 : h.entry >= h.code_size / 4) {
        return HeaderFault::Entry;
    }
    return h;
}

void write_header(Bytes packet, const Header& header) {
    const auto v6 = static_cast<std::uint8_t>(header.origin.is_v6() ? Flags::kIpv6Origin : 0);
    packet[HeaderOffset::kVersion] = std::byte{kVersion};
    packet[HeaderOffset::kFlags] = static_cast<std::byte>((header.flags & ~Flags::kIpv6Origin) | v6);
    store_be<std::uint16_t>(packet, HeaderOffset::kPort, header.port);
    store_be<std::uint16_t>(packet, HeaderOffset::kRequestId, header.request_id);
    store_be<std::uint16_t>(packet, HeaderOffset::kBound, header.bound);
    store_be<std::uint16_t>(packet, HeaderOffset::kEntry, header.entry);
    store_be<std::uint16_t>(packet, HeaderOffset::kCodeSize, header.code_size);
    store_be<std::uint16_t>(packet, HeaderOffset::kHeapSize, header.heap_size);
    store_be<std::uint16_t>(packet, HeaderOffset::kStackSize, header.stack_size);
    std::ranges::copy(header.origin.octets(), packet.begin() + HeaderOffset::kOrigin);
}

std::vector<std::byte> Packet::to_wire() const {
    const std::size_t heap_size = align4(heap.size());
    SPLASH_ASSERT(code.size() * 4 <= 0xffff && heap_size <= 0xffff && stack.size() * 8 <= 0xffff,
                  "a section is beyond 65,535 octets");
    Header h = header;
    h.code_size = static_cast<std::uint16_t>(code.size() * 4);
    h.heap_size = static_cast<std::uint16_t>(heap_size);
    h.stack_size = static_cast<std::uint16_t>(stack.size() * kWordSize);
    std::vector<std::byte> octets(h.size());
    write_header(octets, h);
    octets.reserve(h.total_size());
    for (const std::uint32_t instruction : code) {
        append_be<std::uint32_t>(octets, instruction);
    }
    append(octets, heap);
    octets.resize(h.size() + h.code_size + heap_size);
    for (const Word word : stack) {
        append_be<std::uint64_t>(octets, word.raw());
    }
    return octets;
}

std::variant<Packet, HeaderFault> Packet::from_wire(ConstBytes octets) {
    const auto parsed = parse_header(octets);
    if (const auto* fault = std::get_if<HeaderFault>(&parsed)) {
        return *fault;
    }
    Packet p;
    p.header = std::get<Header>(parsed);
    std::size_t at = p.header.size();
    for (std::size_t i = 0; i < p.header.code_size; i += 4) {
        p.code.push_back(load_be<std::uint32_t>(octets, at + i));
    }
    at += p.header.code_size;
    const ConstBytes heap = octets.subspan(at, p.header.heap_size);
    p.heap.assign(heap.begin(), heap.end());
    at += p.header.heap_size;
    for (std::size_t i = 0; i < p.header.stack_size; i += kWordSize) {
        p.stack.emplace_back(load_be<std::uint64_t>(octets, at + i));
    }
    return p;
}

std::optional<Report> Report::from_packet(const Packet& packet) {
    if (!packet.header.is_report() || packet.stack.empty()) {
        return std::nullopt;
    }
    std::vector<Value> values;  // top first
    ReadLimits left = ReadLimits::for_packet();
    for (auto word = packet.stack.rbegin(); word != packet.stack.rend(); ++word) {
        auto value = read_value(*word, packet.heap, left);
        if (!value) {
            break;  // the offender's, broken as it is: what lies below is lost, the report is not
        }
        values.push_back(std::move(*value));
    }
    const auto as_int = [&values](std::size_t i) { return std::get_if<std::int64_t>(&values[i]); };
    if (values.empty() || as_int(0) == nullptr) {
        return std::nullopt;
    }
    Report report;
    report.reason = static_cast<Reason>(*as_int(0));
    if (packet.stack.size() == 1) {
        return report;
    }
    if (values.size() < 5 || as_int(1) == nullptr || as_int(3) == nullptr || as_int(4) == nullptr ||
        !std::holds_alternative<IpAddress>(values[2])) {
        return std::nullopt;
    }
    report.index = *as_int(1);
    report.node = std::get<IpAddress>(values[2]);
    report.opcode = static_cast<std::uint8_t>(*as_int(3));
    report.instructions = *as_int(4);
    report.stack.assign(std::make_move_iterator(values.begin() + 5), std::make_move_iterator(values.end()));
    return report;
}

}  // namespace splash::isa
