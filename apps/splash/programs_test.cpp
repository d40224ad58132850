#include "programs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "answers.hpp"

namespace splash::cli {
namespace {

using isa::Opcode;
using ::testing::ElementsAre;

Oid oid(std::string_view text) {
    return *oid_from_name(text);
}

std::vector<Opcode> opcodes(const isa::Packet& packet) {
    std::vector<Opcode> found;
    for (const std::uint32_t word : packet.code) {
        found.push_back(static_cast<Opcode>(isa::Instruction::from_word(word).octet));
    }
    return found;
}

/// The octets of the constant that the instruction at `index` pushes.
std::string constant_at(const isa::Packet& packet, std::size_t index) {
    const auto place =
        isa::ConstPlace::from_immediate(isa::Instruction::from_word(packet.code[index]).unsigned_immediate());
    return std::string(as_text(ConstBytes(packet.heap).subspan(place.offset, place.length)));
}

TEST(QuestionProgram, StaysWithoutMoves) {
    const auto questions = questions_about(Question::Kind::Get, {oid("sysName.0")});
    const isa::Packet packet = question_program(questions, Journey::Stays);
    EXPECT_THAT(opcodes(packet), ElementsAre(Opcode::PushOid, Opcode::Calls, Opcode::Demuxall));
}

TEST(QuestionProgram, TravelsThereAndHome) {
    const auto questions = questions_about(Question::Kind::Next, {oid("sysName"), oid("sysDescr")});
    const isa::Packet packet = question_program(questions, Journey::ByHop);
    EXPECT_THAT(opcodes(packet),
                ElementsAre(Opcode::Forw, Opcode::PushOid, Opcode::Calls, Opcode::PushOid, Opcode::Calls,
                            Opcode::GetSrc, Opcode::Moveto, Opcode::Forw, Opcode::Demuxall));
    EXPECT_TRUE(packet.header.is_trimmable());
}

TEST(QuestionProgram, PushesTheValueToWrite) {
    const std::vector<Question> questions{{Question::Kind::Set, oid("sysName.0"), isa::Str{"n5"}, 77}};
    const isa::Packet packet = question_program(questions, Journey::Stays);
    EXPECT_THAT(opcodes(packet), ElementsAre(Opcode::PushInt, Opcode::PushOid, Opcode::PushStr, Opcode::Calls,
                                             Opcode::Demuxall));
    EXPECT_EQ(isa::Instruction::from_word(packet.code[0]).immediate, 77);
    EXPECT_EQ(constant_at(packet, 2), "n5");
    EXPECT_EQ(isa::Instruction::from_word(packet.code[3]).unsigned_immediate(),
              isa::service_id("snmp_setonce"));
}

TEST(QuestionProgram, TravelsDirectByPlainIpBothWays) {
    const auto questions = questions_about(Question::Kind::Get, {oid("sysName.0")});
    const isa::Packet packet = question_program(questions, Journey::Direct);
    EXPECT_THAT(opcodes(packet), ElementsAre(Opcode::Dforw, Opcode::PushOid, Opcode::Calls, Opcode::GetSrc,
                                             Opcode::Dmoveto, Opcode::Dforw, Opcode::Demuxall));
    EXPECT_EQ(packet.to_wire().size(), 56U);  // 76 with an IP header
}

TEST(QuestionProgram, SurvivesTheWire) {
    const auto questions = questions_about(Question::Kind::Get, {oid("sysName.0"), oid("sysName.0")});
    const isa::Packet packet = question_program(questions, Journey::ByHop);
    const auto decoded = isa::Packet::from_wire(packet.to_wire());
    ASSERT_TRUE(std::holds_alternative<isa::Packet>(decoded));
    EXPECT_EQ(std::get<isa::Packet>(decoded).code, packet.code);
}

TEST(ProgramWriter, KeepsWideIntegersInTheHeap) {
    ProgramWriter program;
    program.push(std::int64_t{-1}).push(std::int64_t{1} << 32U);
    const isa::Packet packet = program.finish();
    EXPECT_THAT(opcodes(packet), ElementsAre(Opcode::PushInt, Opcode::PushWide));
    EXPECT_EQ(isa::Instruction::from_word(packet.code[0]).immediate, -1);
    EXPECT_EQ(constant_at(packet, 1), std::string("\0\0\0\1\0\0\0\0", 8));
}

TEST(ProgramWriter, IsUnsoundOnceAConstantIsOutOfReach) {
    ProgramWriter program;
    program.push(isa::Str{std::string(isa::ConstPlace::kMaxLength, 'x')});
    EXPECT_TRUE(program.is_sound());
    program.push(isa::Str{std::string(isa::ConstPlace::kMaxLength + 1, 'x')});
    EXPECT_FALSE(program.is_sound());
}

TEST(SplitQuestions, KeepsWhatFitsInOnePacket) {
    const auto questions = questions_about(Question::Kind::Get, std::vector<Oid>(5, oid("sysName.0")));
    const auto runs = split_questions(questions, Journey::ByHop);
    ASSERT_TRUE(runs);
    EXPECT_EQ(runs->size(), 1U);
}

TEST(SplitQuestions, CutsInOrderSoThatEveryPacketHasRoom) {
    std::vector<Oid> objects;
    for (int i = 0; i < 200; ++i) {
        objects.push_back(oid("1.3.6.1.2.1.2.2.1.10." + std::to_string(i)));
    }
    const auto questions = questions_about(Question::Kind::Get, objects);
    const auto runs = split_questions(questions, Journey::ByHop);
    ASSERT_TRUE(runs);
    EXPECT_GT(runs->size(), 1U);
    std::size_t at = 0;
    for (const auto run : *runs) {
        EXPECT_EQ(run.data(), questions.data() + at);
        EXPECT_LE(question_program(run, Journey::ByHop).to_wire().size(), kRoomyPacket);
        at += run.size();
    }
    EXPECT_EQ(at, questions.size());
}

TEST(SplitQuestions, LeavesNodesTheirBudget) {
    // Few octets each, since they share one constant; but 4096 units pay for 64 calls at most.
    const auto questions = questions_about(Question::Kind::Get, std::vector<Oid>(100, oid("sysName.0")));
    const auto runs = split_questions(questions, Journey::Stays);
    ASSERT_TRUE(runs);
    for (const auto run : *runs) {
        EXPECT_LT(run.size(), 64U);
    }
}

TEST(SplitQuestions, RefusesAQuestionTooLargeForAnyPacket) {
    const std::vector<Question> questions{
        {Question::Kind::Set, oid("sysName.0"), isa::Str{std::string(kRoomyPacket, 'x')}, 1}};
    const auto runs = split_questions(questions, Journey::Stays);
    ASSERT_FALSE(runs);
    EXPECT_EQ(runs.error().code, Errc::TooLarge);
}

TEST(CanDeliver, TellsProgramsThatNobodyHearsOf) {
    EXPECT_TRUE(can_deliver(node_info_program("name", Journey::Stays)));
    EXPECT_TRUE(can_deliver(path_program({})));
    EXPECT_FALSE(can_deliver(ProgramWriter().op(isa::Opcode::Forw).finish()));
}

TEST(PathProgram, MakesOneTupleAHopBeforeMovingOn) {
    const isa::Packet packet = path_program({oid("sysUpTime.0")});
    EXPECT_THAT(opcodes(packet),
                ElementsAre(Opcode::Depth, Opcode::Here, Opcode::PushOid, Opcode::Calls, Opcode::Now,
                            Opcode::PushOid, Opcode::Calls, Opcode::Mktup, Opcode::Forw, Opcode::GetSrc,
                            Opcode::Moveto, Opcode::Forw, Opcode::Demuxall));
    EXPECT_EQ(isa::Instruction::from_word(packet.code[7]).immediate, 5);
}

isa::Value hop(std::int64_t depth, std::uint32_t address, const std::string& name) {
    auto tuple = std::make_shared<isa::Tuple>();
    tuple->fields = {depth, IpAddress::v4(address), isa::Str{name}, std::int64_t{1000} * depth,
                     std::int64_t{7}};
    return std::shared_ptr<const isa::Tuple>(std::move(tuple));
}

TEST(Answers, ReadDeliveries) {
    isa::HeapWriter heap;
    isa::Packet packet;
    packet.header.origin = IpAddress::v4(0x0a000005);
    packet.stack = {heap.put(isa::Str{"n5"}), heap.put(std::int64_t{3})};
    packet.heap = heap.heap();
    const auto answer = read_answer(packet);
    ASSERT_TRUE(answer);
    const auto& delivery = std::get<Delivery>(*answer);
    EXPECT_EQ(delivery.node, IpAddress::v4(0x0a000005));
    EXPECT_THAT(delivery.values, ElementsAre(isa::Value(isa::Str{"n5"}), isa::Value(std::int64_t{3})));
}

TEST(Answers, RefuseWordsThatPointOutsideTheHeap) {
    isa::Packet packet;
    packet.stack = {isa::Word::heap(isa::Type::Str, {400, 4})};
    const auto answer = read_answer(packet);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::Protocol);
}

TEST(Answers, NumberHopsFromOne) {
    const auto hops = read_hops({hop(0, 0x0a000001, "n1"), hop(1, 0x0a000002, "n2")}, 1);
    ASSERT_TRUE(hops);
    ASSERT_EQ(hops->size(), 2U);
    EXPECT_EQ((*hops)[1].number, 2U);
    EXPECT_EQ((*hops)[1].address, IpAddress::v4(0x0a000002));
    EXPECT_THAT((*hops)[1].values, ElementsAre(isa::Value(std::int64_t{7})));
}

TEST(Answers, RefuseHopsWithTheWrongNumberOfObjects) {
    EXPECT_FALSE(read_hops({hop(0, 1, "n1")}, 2));
}

TEST(Answers, TakeHopsOfAReportInOrderAndLeaveOutTheRest) {
    isa::Report report;
    report.stack = {IpAddress::v4(9), hop(3, 0x0a000004, "n4"), hop(2, 0x0a000003, "n3")};  // top first
    const auto hops = hops_of(report, 1);
    ASSERT_EQ(hops.size(), 2U);
    EXPECT_EQ(hops[0].number, 3U);
    EXPECT_EQ(hops[1].number, 4U);
}

TEST(Answers, DescribeReportsWithNodeInstructionAndReason) {
    isa::Report report{.reason = isa::Reason::NotAdmitted,
                       .index = 2,
                       .node = IpAddress::v4(0x0a000005),
                       .opcode = static_cast<std::uint8_t>(Opcode::Forw),
                       .instructions = 9,
                       .stack = {}};
    EXPECT_EQ(describe(report, "n5"), "n5, instruction 2 of 9 (forw): not admitted");
    report.node = IpAddress();
    EXPECT_EQ(describe(report, "n5"), "a node that does not say which: not admitted");
}

}  // namespace
}  // namespace splash::cli
