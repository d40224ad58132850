// How an execution is driven: what conformance cases, which see only its end, cannot show.
#include "vm/execution.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace splash::vm {
namespace {

using isa::Opcode;
using isa::Word;

constexpr ServiceSignature kAsk{"ask", "i", "i", 0};

class OneServiceHost final : public Host {
public:
    unsigned calls = 0;

    bool is_local(const IpAddress& address) override { return address == here(); }
    bool is_neighbour(const IpAddress&) override { return false; }
    IpAddress here() override { return IpAddress::v4(0x0a000001); }
    std::uint32_t ingress() override { return 0; }
    IpAddress destination() override { return here(); }
    std::int64_t now_us() override { return 0; }
    unsigned max_sends() override { return 8; }
    RouteAnswer route(const IpAddress&, Travel) override { return isa::Exc::NoRoute; }
    void emit(const IpAddress&, Travel, ConstBytes) override {}
    void deliver(std::uint16_t, ConstBytes, std::span<const Word>) override {}
    const ServiceSignature* find_service(std::uint32_t id) override {
        return id == isa::service_id(kAsk.name) ? &kAsk : nullptr;
    }
    std::variant<ServiceResults, Pending> call(const ServiceSignature&,
                                               std::span<const isa::Value>) override {
        ++calls;
        return Pending{};
    }
};

std::uint32_t instruction(Opcode op, std::int32_t immediate = 0) {
    return isa::Instruction{static_cast<std::uint8_t>(op), immediate}.to_word();
}

std::uint32_t call_ask() {
    return static_cast<std::uint32_t>(Opcode::Calls) << 24U | isa::service_id(kAsk.name);
}

/// A packet in its workspace, and its execution.
struct Prepared {
    std::vector<std::byte> workspace;
    std::optional<Execution> execution;

    Prepared(const std::vector<std::uint32_t>& code, const std::vector<Word>& stack,
             std::size_t size = 4096) {
        isa::Packet packet;
        packet.header.bound = 5;
        packet.code = code;
        packet.stack = stack;
        workspace = packet.to_wire();
        const auto header = std::get<isa::Header>(isa::parse_header(workspace));
        workspace.resize(size);
        execution.emplace(workspace, header, 4096);
    }
};

TEST(Execution, ParksUntilItsServiceAnswers) {
    OneServiceHost host;
    Prepared p({call_ask(), instruction(Opcode::Addi, 1)}, {Word::inline_int(7)});
    ASSERT_TRUE(std::holds_alternative<Parked>(p.execution->run(host)));
    EXPECT_EQ(p.execution->depth(), 0U);
    EXPECT_EQ(p.execution->steps(), 1U);
    const Outcome outcome = p.execution->resume(host, std::vector<isa::Value>{std::int64_t{41}});
    ASSERT_TRUE(std::holds_alternative<Ended>(outcome));
    EXPECT_EQ(p.execution->snapshot(100).words, std::vector{Word::inline_int(42)});
    EXPECT_EQ(p.execution->steps(), 2U);
    EXPECT_EQ(host.calls, 1U);
    EXPECT_EQ(p.execution->service_calls(), 1U);
}

TEST(Execution, TellsWhereItFaultedAlsoAfterParking) {
    OneServiceHost host;
    Prepared p({instruction(Opcode::Nop), call_ask(), instruction(Opcode::Nop), instruction(Opcode::Add)},
               {Word::inline_int(7)});
    ASSERT_TRUE(std::holds_alternative<Parked>(p.execution->run(host)));
    const Outcome outcome = p.execution->resume(host, isa::Exc::TimedOut);
    const Fault expected{isa::Reason::Underflow, 3, static_cast<std::uint8_t>(Opcode::Add)};
    ASSERT_TRUE(std::holds_alternative<Fault>(outcome));
    EXPECT_EQ(std::get<Fault>(outcome), expected);
}

TEST(Execution, WritesItsBoundIntoThePacket) {
    isa::Packet packet;
    packet.header.bound = 9;
    packet.code = {instruction(Opcode::Nop)};
    std::vector<std::byte> workspace = packet.to_wire();
    auto header = std::get<isa::Header>(isa::parse_header(workspace));
    header.bound = 8;
    const Execution execution(workspace, header, 0);
    EXPECT_EQ(load_be<std::uint16_t>(workspace, isa::HeaderOffset::kBound), 8);
}

TEST(Execution, RunsInAWorkspaceThatHoldsNothingButThePacket) {
    OneServiceHost host;
    Prepared p({instruction(Opcode::Pop), instruction(Opcode::PushInt, 3)}, {Word::inline_int(7)}, 36);
    EXPECT_TRUE(std::holds_alternative<Ended>(p.execution->run(host)));
    EXPECT_EQ(p.execution->depth(), 1U);
}

TEST(Execution, IgnoresOctetsBehindTheLastWholeFour) {
    OneServiceHost host;
    Prepared p({instruction(Opcode::Mktup, 0)}, {}, 35);
    EXPECT_TRUE(std::holds_alternative<Ended>(p.execution->run(host)));
}

TEST(Snapshot, TakesTheTopThatFits) {
    Prepared p({instruction(Opcode::Nop)}, {Word::inline_int(1), Word::inline_int(2), Word::inline_int(3)});
    EXPECT_EQ(p.execution->snapshot(16).words, (std::vector{Word::inline_int(2), Word::inline_int(3)}));
    EXPECT_EQ(p.execution->snapshot(23).words.size(), 2U);
    EXPECT_TRUE(p.execution->snapshot(7).words.empty());
}

TEST(Snapshot, LeavesNoHeapOfAValueThatDidNotFit) {
    isa::HeapWriter writer;
    const Word text = writer.put(isa::Str{"0123456789abcdef"});
    isa::Packet packet;
    packet.code = {instruction(Opcode::Nop)};
    packet.heap = writer.heap();
    packet.stack = {text, Word::inline_int(1)};
    std::vector<std::byte> workspace = packet.to_wire();
    const auto header = std::get<isa::Header>(isa::parse_header(workspace));
    const Execution execution(workspace, header, 0);
    const Execution::Snapshot taken = execution.snapshot(24);  // 8 for the integer; 16 + 8 do not fit as well
    EXPECT_EQ(taken.words, std::vector{Word::inline_int(1)});
    EXPECT_TRUE(taken.heap.empty());
}

}  // namespace
}  // namespace splash::vm
