#include "isa/packet.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace splash::isa {
namespace {

/// One instruction, four octets of heap, one word.
Packet sample() {
    Packet packet;
    packet.header.flags = Flags::kTrimmable;
    packet.header.port = 7777;
    packet.header.request_id = 0x1234;
    packet.header.bound = 30;
    packet.header.origin = *IpAddress::parse("192.0.2.1");
    packet.code = {0x01000000, 0x02000000};
    packet.header.entry = 1;
    const ConstBytes heap = as_bytes("abcd");
    packet.heap.assign(heap.begin(), heap.end());
    packet.stack = {Word::inline_int(5), Word::heap(Type::Str, {0, 4})};
    return packet;
}

HeaderFault fault_of(const std::vector<std::byte>& octets) {
    const auto parsed = parse_header(octets);
    const auto* fault = std::get_if<HeaderFault>(&parsed);
    EXPECT_NE(fault, nullptr) << "accepted";
    return fault == nullptr ? HeaderFault::Truncated : *fault;
}

/// The sample with one octet of its header changed.
std::vector<std::byte> sample_with(std::size_t at, unsigned octet) {
    auto octets = sample().to_wire();
    octets[at] = static_cast<std::byte>(octet);
    return octets;
}

TEST(Packet, LiesOnTheWireAsSpecified) {
    const auto octets = sample().to_wire();
    ASSERT_EQ(octets.size(), 20U + 8U + 4U + 16U);
    EXPECT_EQ(octets[0], std::byte{2});
    EXPECT_EQ(octets[1], std::byte{2});
    EXPECT_EQ(load_be<std::uint16_t>(octets, 2), 7777);
    EXPECT_EQ(load_be<std::uint16_t>(octets, 4), 0x1234);
    EXPECT_EQ(load_be<std::uint16_t>(octets, 6), 30);
    EXPECT_EQ(load_be<std::uint16_t>(octets, 8), 1);
    EXPECT_EQ(load_be<std::uint16_t>(octets, 10), 8);
    EXPECT_EQ(load_be<std::uint16_t>(octets, 12), 4);
    EXPECT_EQ(load_be<std::uint16_t>(octets, 14), 16);
    EXPECT_EQ(load_be<std::uint32_t>(octets, 16), 0xc0000201U);
    EXPECT_EQ(load_be<std::uint32_t>(octets, 20), 0x01000000U);
    EXPECT_EQ(as_text(std::span(octets).subspan(28, 4)), "abcd");
    EXPECT_EQ(load_be<std::uint64_t>(octets, 32), 5U);
}

TEST(Packet, SurvivesTheWire) {
    for (const char* const origin : {"192.0.2.1", "2001:db8::1"}) {
        Packet packet = sample();
        packet.header.origin = *IpAddress::parse(origin);
        const auto parsed = Packet::from_wire(packet.to_wire());
        ASSERT_TRUE(std::holds_alternative<Packet>(parsed));
        const Packet& back = std::get<Packet>(parsed);
        EXPECT_EQ(back.code, packet.code);
        EXPECT_EQ(back.heap, packet.heap);
        EXPECT_EQ(back.stack, packet.stack);
        EXPECT_EQ(back.header.origin, packet.header.origin);
        EXPECT_EQ(back.header.size(), packet.header.origin.is_v6() ? 32U : 20U);
        EXPECT_EQ(back.to_wire(), packet.to_wire());
    }
}

TEST(Packet, PadsItsHeapToFourOctets) {
    Packet packet = sample();
    packet.heap.resize(5);
    EXPECT_EQ(packet.to_wire().size(), 20U + 8U + 8U + 16U);
}

TEST(Header, RefusesEveryTruncation) {
    const auto octets = sample().to_wire();
    for (std::size_t n = 0; n < octets.size(); ++n) {
        EXPECT_EQ(fault_of({octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(n)}),
                  HeaderFault::Truncated)
            << n;
    }
}

TEST(Header, RefusesOctetsBehindThePacket) {
    auto octets = sample().to_wire();
    octets.resize(octets.size() + 4);
    EXPECT_EQ(fault_of(octets), HeaderFault::Lengths);
}

TEST(Header, RefusesOtherVersions) {
    for (const unsigned version : {0U, 1U, 3U, 255U}) {
        EXPECT_EQ(fault_of(sample_with(0, version)), HeaderFault::Version) << version;
    }
}

TEST(Header, RefusesReservedAndUnsupportedFlags) {
    for (const unsigned flags : {1U, 16U, 32U, 64U, 128U, 3U}) {
        EXPECT_EQ(fault_of(sample_with(1, flags)), HeaderFault::Flags) << flags;
    }
}

TEST(Header, RefusesSizesThatAreNotWholeWords) {
    EXPECT_EQ(fault_of(sample_with(11, 6)), HeaderFault::Lengths);
    EXPECT_EQ(fault_of(sample_with(13, 2)), HeaderFault::Lengths);
    EXPECT_EQ(fault_of(sample_with(15, 12)), HeaderFault::Lengths);
}

TEST(Header, RefusesAnEntryPointOutsideTheCode) {
    EXPECT_EQ(fault_of(sample_with(9, 2)), HeaderFault::Entry);
    EXPECT_EQ(fault_of(sample_with(8, 255)), HeaderFault::Entry);
}

TEST(Header, AcceptsCodelessPacketsOnlyWithEntryZero) {
    Packet packet = sample();
    packet.code.clear();
    packet.header.entry = 0;
    EXPECT_TRUE(std::holds_alternative<Header>(parse_header(packet.to_wire())));
    packet.header.entry = 1;
    EXPECT_EQ(fault_of(packet.to_wire()), HeaderFault::Entry);
}

TEST(Header, RefusesAReportWithCode) {
    Packet packet = sample();
    packet.header.flags = Flags::kReport;
    EXPECT_EQ(fault_of(packet.to_wire()), HeaderFault::Lengths);
}

TEST(Header, SetsTheIpv6FlagFromTheOriginAlone) {
    Packet packet = sample();
    packet.header.flags = Flags::kIpv6Origin;
    EXPECT_EQ(packet.to_wire()[1], std::byte{0});
    packet.header.flags = 0;
    packet.header.origin = *IpAddress::parse("::1");
    EXPECT_EQ(packet.to_wire()[1], std::byte{Flags::kIpv6Origin});
}

TEST(Header, NamesEveryFault) {
    for (const HeaderFault fault : {HeaderFault::Truncated, HeaderFault::Version, HeaderFault::Flags,
                                    HeaderFault::Lengths, HeaderFault::Entry}) {
        EXPECT_FALSE(to_string(fault).empty());
    }
}

/// A report with these values, top first.
Packet report_of(const std::vector<Value>& values) {
    Packet packet;
    packet.header.flags = Flags::kReport;
    HeapWriter writer;
    for (const Value& value : values) {
        packet.stack.push_back(writer.put(value));
    }
    std::ranges::reverse(packet.stack);
    packet.heap = writer.heap();
    return packet;
}

Value integer(std::int64_t n) {
    return n;
}

TEST(Report, IsReadTopFirst) {
    const auto report =
        Report::from_packet(report_of({integer(129), integer(3), Value(IpAddress::v4(0x0a000001)),
                                       integer(0x40), integer(12), Value(Str{"partial"}), integer(7)}));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->reason, Reason::WrongType);
    EXPECT_EQ(report->index, 3);
    EXPECT_EQ(report->node, IpAddress::v4(0x0a000001));
    EXPECT_EQ(report->opcode, 0x40);
    EXPECT_EQ(report->instructions, 12);
    ASSERT_EQ(report->stack.size(), 2U);
    EXPECT_EQ(report->stack[0], Value(Str{"partial"}));
    EXPECT_EQ(report->stack[1], integer(7));
}

TEST(Report, MaySayNothingButItsReason) {
    const auto report = Report::from_packet(report_of({integer(139)}));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->reason, Reason::NotAdmitted);
}

TEST(Report, RefusesOtherPackets) {
    EXPECT_FALSE(Report::from_packet(sample()));
    EXPECT_FALSE(Report::from_packet(report_of({})));
    EXPECT_FALSE(Report::from_packet(report_of({integer(1), integer(2)})));
    EXPECT_FALSE(Report::from_packet(report_of({Value(Str{"x"})})));
    EXPECT_FALSE(
        Report::from_packet(report_of({integer(1), integer(2), integer(3), integer(4), integer(5)})));
    Packet dangling = report_of({integer(1)});
    dangling.stack[0] = Word::heap(Type::Str, {0, 4});
    EXPECT_FALSE(Report::from_packet(dangling));
}

}  // namespace
}  // namespace splash::isa
