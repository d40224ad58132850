// Whatever lies in a packet, its text assembles back to the same octets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "asm/assembler.hpp"

namespace splash::assembly {
namespace {

using isa::Instruction;
using isa::Packet;
using isa::Word;

/// Assembles the disassembly; what the node sets itself (origin, request id) is taken over.
std::vector<std::byte> there_and_back(const Packet& packet) {
    const std::string text = disassemble(packet);
    auto result = assemble(text, "back.snap", BuiltinNames());
    if (const auto* findings = std::get_if<std::vector<Diagnostic>>(&result)) {
        ADD_FAILURE() << (findings->empty() ? "" : findings->front().to_string()) << "\n"
                      << text.substr(0, 2000);
        return {};
    }
    Packet back = std::get<Program>(result).packet;
    back.header.origin = packet.header.origin;
    back.header.request_id = packet.header.request_id;
    return back.to_wire();
}

Packet packet_of(std::vector<std::uint32_t> code, std::vector<std::byte> heap = {},
                 std::vector<Word> stack = {}) {
    Packet packet;
    packet.code = std::move(code);
    packet.heap = std::move(heap);
    packet.stack = std::move(stack);
    return packet;
}

std::vector<std::byte> octets(std::string_view text) {
    const ConstBytes bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

std::uint32_t word(isa::Opcode opcode, std::int32_t immediate) {
    return Instruction{static_cast<std::uint8_t>(opcode), immediate}.to_word();
}

constexpr std::uint32_t kExit = 0x01000000;

TEST(Disassembler, NamesJumpTargetsByTheirIndex) {
    EXPECT_EQ(disassemble(packet_of({word(isa::Opcode::Bez, 2), kExit, word(isa::Opcode::Ji, 1)})),
              "; 3 instructions, 0 octets of constants, 0 values on the stack\n"
              "#trimmable off\n"
              "        bez    L2-pc\n"
              "        exit\n"
              "L2:     ji     L3-pc\n"
              "L3:\n");
}

TEST(Disassembler, ShowsWhatIsNoInstructionAsAWord) {
    const std::string text = disassemble(packet_of({0xff123456, 0x01000001, word(isa::Opcode::Popi, -1)}));
    EXPECT_THAT(text, testing::HasSubstr(".word  0xff123456               ; no instruction\n"));
    EXPECT_THAT(text, testing::HasSubstr(".word  0x01000001               ; exit 1 is not valid\n"));
    EXPECT_THAT(text, testing::HasSubstr(".word  0x19ffffff               ; popi -1 is not valid\n"));
}

TEST(Disassembler, ShowsJumpsThatCannotSucceedAsNumbers) {
    const Packet packet = packet_of({word(isa::Opcode::Ji, -1), word(isa::Opcode::Bez, 100),
                                     word(isa::Opcode::Moveto, 1), word(isa::Opcode::Paj, -3)});
    EXPECT_THAT(disassemble(packet), testing::HasSubstr("ji     -1\n        bez    100\n"));
    EXPECT_EQ(there_and_back(packet), packet.to_wire());
}

TEST(Disassembler, ShowsUnknownServicesAsNumbers) {
    EXPECT_THAT(disassemble(packet_of({word(isa::Opcode::Calls, 0x123456)})),
                testing::HasSubstr("calls  0x123456                 ; a service this version does not know"));
}

TEST(Disassembler, ExplainsObjectsAndExceptions) {
    Packet packet = packet_of({word(isa::Opcode::PushExc, 34)});
    packet.stack.push_back(Word::exc(isa::Exc::NoSuchObject));
    const std::string text = disassemble(packet);
    EXPECT_THAT(text, testing::HasSubstr("push   exc:34                   ; no route"));
    EXPECT_THAT(text, testing::HasSubstr("#data exc:40                            ; no such object"));
}

TEST(Disassembler, KeepsTheHeadersFields) {
    Packet packet = packet_of({kExit, kExit, kExit});
    packet.header.entry = 2;
    packet.header.port = 7777;
    packet.header.bound = 9;
    EXPECT_THAT(disassemble(packet),
                testing::HasSubstr("#entry L2\n#sport 7777\n#bound 9\n#trimmable off\n"));
    EXPECT_EQ(there_and_back(packet), packet.to_wire());
    packet.header.flags = isa::Flags::kTrimmable;
    EXPECT_THAT(disassemble(packet), testing::Not(testing::HasSubstr("#trimmable")));
    EXPECT_EQ(there_and_back(packet), packet.to_wire());
}

TEST(Disassembler, ShowsReportsAndDeliveries) {
    Packet packet = packet_of({}, {}, {Word::inline_int(3), Word::inline_int(128)});
    EXPECT_THAT(disassemble(packet), testing::HasSubstr("#delivery\n#data 128\n#data 3\n"));
    EXPECT_EQ(there_and_back(packet), packet.to_wire());
    packet.header.flags = isa::Flags::kReport;
    EXPECT_THAT(disassemble(packet), testing::HasSubstr("#report\n"));
    EXPECT_EQ(there_and_back(packet), packet.to_wire());
}

TEST(Disassembler, FallsBackToRawHeapForConstantsThatAreNotShared) {
    const Packet packet = packet_of({word(isa::Opcode::PushStr, 4), word(isa::Opcode::PushStr, 1 << 12 | 4)},
                                    octets("samesame"), {Word::heap(isa::Type::Str, {4, 4})});
    const std::string text = disassemble(packet);
    EXPECT_THAT(text, testing::HasSubstr(".word  0x13000004               ; push \"same\" at 0\n"));
    EXPECT_THAT(text, testing::HasSubstr("#word 0x2000000000040004                ; \"same\" at 4\n"));
    EXPECT_THAT(text, testing::HasSubstr("#heap \"samesame\""));
    EXPECT_EQ(there_and_back(packet), packet.to_wire());
}

TEST(Disassembler, KeepsGapsPaddingAndDanglingReferences) {
    for (const Packet& packet : {
             packet_of({kExit}, octets("unused\x01\x02")),
             packet_of({word(isa::Opcode::PushStr, 2)}, octets("ab\x01\x02")),
             packet_of({word(isa::Opcode::PushStr, 99 << 12 | 9)}),
             packet_of({word(isa::Opcode::PushWide, 8)}, octets(std::string_view("\0\0\0\0\0\0\0\1", 8))),
             packet_of({word(isa::Opcode::PushOid, 2)}, octets("\x80\x80\x01\x01")),
             packet_of({kExit}, {},
                       {Word(0x7000000000000000), Word(0xffffffffffffffff), Word(0x1000000100000000)}),
             packet_of({kExit}, octets("\x20\x01\x01\x01"), {Word::heap(isa::Type::Addr, {0, 4})}),
             packet_of({word(isa::Opcode::PushStr, 0)}),
         }) {
        EXPECT_EQ(there_and_back(packet), packet.to_wire()) << disassemble(packet);
    }
}

TEST(Disassembler, KeepsATupleThatContainsItself) {
    std::vector<std::byte> heap;
    append_be<std::uint64_t>(heap, Word::heap(isa::Type::Tuple, {0, 8}).raw());
    const Packet packet =
        packet_of({word(isa::Opcode::PushTup, 8)}, heap, {Word::heap(isa::Type::Tuple, {0, 8})});
    EXPECT_EQ(there_and_back(packet), packet.to_wire());
}

TEST(Disassembler, KeepsEveryFloat) {
    for (const double value :
         {0.0, -0.0, 1.0, 0.1, 1e300, 5e-324, -1e22, 1e16, std::numeric_limits<double>::infinity(),
          std::numeric_limits<double>::quiet_NaN(), std::bit_cast<double>(0xfff8000000000123U)}) {
        isa::HeapWriter writer;
        const Word slot = writer.put(value);
        const Packet packet = packet_of({kExit}, writer.heap(), {slot});
        EXPECT_EQ(there_and_back(packet), packet.to_wire()) << value;
    }
}

TEST(Disassembler, StaysSmallForConstantsPushedManyTimes) {
    std::vector<std::uint32_t> code(16383, word(isa::Opcode::PushStr, 4092));
    const Packet packet = packet_of(std::move(code), octets(std::string(4092, '\x01')));
    EXPECT_LT(disassemble(packet).size(), 3000000U);
    EXPECT_EQ(there_and_back(packet), packet.to_wire());
}

/// Random programs as a person might write them: values of every type, any instruction.
class RandomSource {
public:
    explicit RandomSource(unsigned seed) : random_(seed) {}

    std::string program() {
        const std::size_t n = 1 + pick(40);
        std::string text = "#entry L" + std::to_string(pick(n)) + "\n";
        for (std::size_t i = 0; i < n; ++i) {
            text += "L" + std::to_string(i) + ": " + instruction(i, n) + "\n";
        }
        text += "L" + std::to_string(n) + ":\n";
        for (std::size_t i = pick(6); i > 0; --i) {
            text += "#data " + value(0) + "\n";
        }
        return text;
    }

private:
    std::size_t pick(std::size_t n) { return random_() % n; }

    std::string value(unsigned depth) {
        switch (pick(depth < 3 ? 9U : 8U)) {
            case 0:
                return std::to_string(static_cast<std::int64_t>(random_() << 32U | random_()) >> pick(64));
            case 1: return IpAddress::v4(static_cast<std::uint32_t>(random_())).to_string();
            case 2: return "2001:db8::" + std::to_string(pick(10));
            case 3:
                return "\"" + std::string(pick(9), static_cast<char>('a' + pick(3))) + "\\x" + "0" +
                       std::to_string(pick(10)) + "\"";
            case 4: return "exc:" + std::to_string(pick(200));
            case 5: return std::to_string(pick(1000)) + "." + std::to_string(pick(1000));
            case 6: return "oid:1.3.6.1." + std::to_string(random_());
            case 7: return "oid:ifInErrors." + std::to_string(pick(4));
            default: break;
        }
        std::string text = "(";
        for (std::size_t i = pick(4); i > 0; --i) {
            text += (text.size() > 1 ? ", " : "") + value(depth + 1);
        }
        return text + ")";
    }

    std::string instruction(std::size_t index, std::size_t n) {
        const isa::OpInfo& op = isa::kOps[pick(isa::kOps.size())];
        std::string mnemonic = std::string(op.mnemonic) + " ";
        if (op.mnemonic == "push") {
            return mnemonic + value(0);
        }
        switch (op.operand) {
            case isa::Operand::None: return mnemonic;
            case isa::Operand::Int:
                return mnemonic + std::to_string(static_cast<int>(pick(1U << 24U)) - (1 << 23));
            case isa::Operand::Count: return mnemonic + std::to_string(pick(1U << 23U));
            case isa::Operand::Service: return mnemonic + (pick(2) == 0 ? "\"snmp_getsingle\"" : "\"other\"");
            case isa::Operand::Label:
                return index + 1 < n
                           ? mnemonic + "L" + std::to_string(index + 1 + pick(n - index - 1)) + "-pc"
                           : "exit";
            case isa::Operand::Exc:
            case isa::Operand::Const: break;
        }
        return "nop";
    }

    std::mt19937 random_;
};

TEST(RoundTrip, OfRandomProgramsKeepsEveryOctetAndStaysReadable) {
    for (unsigned seed = 0; seed < 500; ++seed) {
        const std::string source = RandomSource(seed).program();
        auto result = assemble(source, "random.snap", BuiltinNames());
        ASSERT_TRUE(std::holds_alternative<Program>(result)) << "seed " << seed << "\n"
                                                             << std::get<1>(result).front().to_string();
        const Packet& packet = std::get<Program>(result).packet;
        ASSERT_EQ(there_and_back(packet), packet.to_wire()) << "seed " << seed << "\n" << source;
        ASSERT_EQ(disassemble(packet).find(".word"), std::string::npos) << "seed " << seed << "\n" << source;
    }
}

TEST(RoundTrip, OfRandomPacketsKeepsEveryOctet) {
    std::mt19937 random(7);
    for (int round = 0; round < 1000; ++round) {
        Packet packet;
        for (std::size_t n = 1 + random() % 20; n > 0; --n) {
            const isa::OpInfo& op = isa::kOps[random() % isa::kOps.size()];
            const auto immediate = random() % 2 == 0 ? random() : (random() % 4) << 12U | random() % 20;
            packet.code.push_back(static_cast<std::uint32_t>(op.opcode) << 24U | (immediate & 0xffffffU));
        }
        packet.heap.resize(4 * (random() % 10));
        for (std::byte& octet : packet.heap) {
            octet = static_cast<std::byte>(random() % 8);
        }
        for (std::size_t n = random() % 5; n > 0; --n) {
            packet.stack.emplace_back(static_cast<std::uint64_t>(random() % 12) << 60U |
                                      (random() % 2 == 0 ? random() : random() % 8 << 18U | random() % 20));
        }
        packet.header.entry = static_cast<std::uint16_t>(random() % packet.code.size());
        packet.header.flags = random() % 2 == 0 ? isa::Flags::kTrimmable : std::uint8_t{0};
        ASSERT_EQ(there_and_back(packet), packet.to_wire()) << "round " << round << "\n"
                                                            << disassemble(packet);
    }
}

TEST(Robustness, RandomOctetsAreRefusedOrAssembledButNeverCrash) {
    std::mt19937 random(11);
    const std::string alphabet = "ab1.:-#()\",;\\x0 \t\n\r@\xff";
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (std::size_t n = random() % 200; n > 0; --n) {
            text += round % 2 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
        }
        const auto result = assemble(text, "noise", BuiltinNames());
        if (const auto* findings = std::get_if<1>(&result)) {
            ASSERT_FALSE(findings->empty());
            for (const Diagnostic& d : *findings) {
                ASSERT_FALSE(d.to_string().empty());
            }
        }
    }
}

TEST(Robustness, DamagedProgramsAreRefusedOrAssembledButNeverCrash) {
    std::mt19937 random(13);
    for (unsigned round = 0; round < 1000; ++round) {
        std::string text = RandomSource(round).program();
        for (std::size_t n = 1 + random() % 5; n > 0; --n) {
            text[random() % text.size()] = static_cast<char>(random());
        }
        const auto result = assemble(text, "damaged", BuiltinNames());
        if (const auto* program = std::get_if<Program>(&result)) {
            ASSERT_EQ(there_and_back(program->packet), program->packet.to_wire()) << text;
        }
    }
}

TEST(Robustness, AMegaoctetOfAnythingIsReadInOnePass) {
    constexpr std::size_t kSize = 1U << 20U;
    std::string labels;
    std::string unknown;
    std::string arguments;
    for (std::size_t i = 0; labels.size() < kSize; ++i) {
        labels += "l" + std::to_string(i) + ": ";
        unknown += "ji m" + std::to_string(i) + "-pc\n";
        arguments += "#arg a" + std::to_string(i) + " int 1\n";
    }
    std::string blocks;
    while (blocks.size() < kSize) {
        blocks += "#data \"" + std::to_string(blocks.size()) + "\"\n";
    }
    for (const std::string& text :
         {std::string(kSize, '('), std::string(kSize, '"'), std::string(kSize, '\n'), std::string(kSize, 'a'),
          std::string(kSize, '1'), "push " + std::string(kSize, '1'), "push oid:" + std::string(kSize, 'a'),
          "push " + std::string(kSize, '.'), "push ::" + std::string(kSize, ':'), labels, unknown,
          labels + unknown, arguments, blocks, "push (" + std::string(kSize, ',')}) {
        EXPECT_TRUE(std::holds_alternative<std::vector<Diagnostic>>(assemble(text, "big", BuiltinNames())))
            << text.substr(0, 40);
    }
}

}  // namespace
}  // namespace splash::assembly
