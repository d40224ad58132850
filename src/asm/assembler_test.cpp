#include "asm/assembler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace splash::assembly {
namespace {

using isa::Instruction;
using isa::Opcode;
using isa::Value;

Program assemble_or_fail(std::string_view source, const Arguments& arguments = {}) {
    auto result = assemble(source, "t.snap", BuiltinNames(), arguments);
    if (const auto* findings = std::get_if<std::vector<Diagnostic>>(&result)) {
        for (const Diagnostic& d : *findings) {
            ADD_FAILURE() << d.to_string();
        }
        return {};
    }
    return std::get<Program>(std::move(result));
}

Instruction only_instruction(std::string_view source) {
    const Program program = assemble_or_fail(source);
    return program.packet.code.size() == 1 ? Instruction::from_word(program.packet.code[0]) : Instruction{};
}

Instruction instruction(Opcode opcode, std::int32_t immediate) {
    return {static_cast<std::uint8_t>(opcode), immediate};
}

/// The values on the stack, top first.
std::vector<std::string> stack_of(const Program& program) {
    std::vector<std::string> shown;
    for (auto word = program.packet.stack.rbegin(); word != program.packet.stack.rend(); ++word) {
        const auto value = isa::read_value(*word, program.packet.heap);
        shown.push_back(value ? isa::to_string(*value) : "?");
    }
    return shown;
}

TEST(Assembler, EncodesIntegersOf24BitsInline) {
    EXPECT_EQ(only_instruction("push -8388608"), instruction(Opcode::PushInt, -8388608));
    EXPECT_EQ(only_instruction("push 0x7fffff"), instruction(Opcode::PushInt, 8388607));
    EXPECT_EQ(only_instruction("addi -0x10"), instruction(Opcode::Addi, -16));
}

TEST(Assembler, PutsWiderIntegersIntoTheHeap) {
    const Program program = assemble_or_fail("push 8388608");
    EXPECT_EQ(Instruction::from_word(program.packet.code[0]), instruction(Opcode::PushWide, 8));
    EXPECT_EQ(load_be<std::uint64_t>(program.packet.heap, 0), 8388608U);
}

TEST(Assembler, PutsPushedAddressesIntoTheHeap) {
    const Program program = assemble_or_fail("push 10.0.0.1\npush 2001:db8::1");
    EXPECT_EQ(Instruction::from_word(program.packet.code[0]), instruction(Opcode::PushAddr, 4));
    EXPECT_EQ(Instruction::from_word(program.packet.code[1]), instruction(Opcode::PushAddr, 1 << 12 | 16));
    EXPECT_EQ(program.packet.heap.size(), 20U);
}

TEST(Assembler, EncodesExceptionsAndServices) {
    EXPECT_EQ(only_instruction("push exc:12"), instruction(Opcode::PushExc, 12));
    EXPECT_EQ(only_instruction("calls \"snmp_getsingle\"").unsigned_immediate(),
              isa::service_id("snmp_getsingle"));
    EXPECT_EQ(only_instruction("calls 0xabcdef").unsigned_immediate(), 0xabcdefU);
}

TEST(Assembler, ReadsEveryKindOfValue) {
    const Program program = assemble_or_fail(
        "exit\n"
        "#data -5\n"
        "#data 9223372036854775807\n"
        "#data 1.5\n"
        "#data \"a\\\"b\\\\c\\x41\"\n"
        "#data 10.0.0.1\n"
        "#data 2001:db8::1\n"
        "#data oid:sysName.0\n"
        "#data oid:.1.3.6\n"
        "#data exc:40\n"
        "#data (1, (\"x\", 2.0), ())\n"
        "#data float:-inf\n");
    EXPECT_THAT(stack_of(program),
                testing::ElementsAre("-5", "9223372036854775807", "1.5", "\"a\"b\\cA\"", "10.0.0.1",
                                     "2001:db8::1", ".1.3.6.1.2.1.1.5.0", ".1.3.6", "exc:40 (no such object)",
                                     "(1, (\"x\", 2), ())", "-inf"));
}

TEST(Assembler, SharesEqualConstantsOfOneTypeBetweenCodeAndStack) {
    const Program program = assemble_or_fail("push \"abcd\"\npush \"abcd\"\npush (\"abcd\")\n#data \"abcd\"");
    EXPECT_EQ(program.packet.heap.size(), 4U + 8U);
    EXPECT_EQ(program.packet.code[0], program.packet.code[1]);
}

TEST(Assembler, KeepsConstantsOfDifferentTypesApart) {
    EXPECT_EQ(assemble_or_fail("push \"\\x0a\\x00\\x00\\x01\"\npush 10.0.0.1").packet.heap.size(), 8U);
}

TEST(Assembler, AnEmptyConstantNeverPointsBehindTheHeap) {
    const Program program = assemble_or_fail("push \"\"");
    EXPECT_EQ(program.packet.heap.size(), 4U);
    EXPECT_EQ(Instruction::from_word(program.packet.code[0]).immediate, 0);
}

TEST(Assembler, CountsDistancesFromTheInstructionThatUsesThem) {
    const Program program = assemble_or_fail("nop\nbez end-pc\nnop\nend:");
    EXPECT_EQ(Instruction::from_word(program.packet.code[1]).immediate, 2);
}

TEST(Assembler, LetsComputedJumpsCountBackwards) {
    const Program program = assemble_or_fail("start: nop\npaj start-pc\npaj 0-pc");
    EXPECT_EQ(Instruction::from_word(program.packet.code[1]).immediate, -1);
    EXPECT_EQ(Instruction::from_word(program.packet.code[2]).immediate, -2);
}

TEST(Assembler, GivesALabelsIndexAsAValue) {
    const Program program = assemble_or_fail("nop\na: push a\nb: eqi b\nexit\n#data b");
    EXPECT_EQ(Instruction::from_word(program.packet.code[1]), instruction(Opcode::PushInt, 1));
    EXPECT_EQ(Instruction::from_word(program.packet.code[2]), instruction(Opcode::Eqi, 2));
    EXPECT_EQ(program.packet.stack[0], isa::Word::inline_int(2));
}

TEST(Assembler, TakesSeveralLabelsBeforeOneInstruction) {
    const Program program = assemble_or_fail("ji b-pc\na:b:exit\n#entry a");
    EXPECT_EQ(program.packet.header.entry, 1);
}

TEST(Assembler, SetsTheHeaderFromDirectives) {
    const Program program = assemble_or_fail("#sport 7777\n#bound 30\n#entry go\nnop\ngo: exit\n");
    EXPECT_EQ(program.packet.header.port, 7777);
    EXPECT_EQ(program.packet.header.bound, 30);
    EXPECT_EQ(program.packet.header.entry, 1);
    EXPECT_TRUE(program.has_bound);
}

TEST(Assembler, CountsTheLinesOfInstructions) {
    EXPECT_THAT(assemble_or_fail("; c\n\nforw\na:\n  exit ; x\n").lines, testing::ElementsAre(3, 5));
}

TEST(Assembler, ReadsLinesThatEndInCarriageReturns) {
    EXPECT_EQ(assemble_or_fail("forw\r\nexit\r\n").packet.code.size(), 2U);
}

TEST(Assembler, OnlyProgramsWithoutJumpsToNamedPlacesAreTrimmable) {
    EXPECT_TRUE(assemble_or_fail("forw\nexit").packet.header.is_trimmable());
    for (const std::string refused :
         {"send", "hop", "dsend", "getep", "paj 1", "tpaj 1", "push a", "push a-pc"}) {
        EXPECT_FALSE(assemble_or_fail("a: forw\n" + refused).packet.header.is_trimmable()) << refused;
    }
    EXPECT_FALSE(assemble_or_fail("a: forw\n#data a").packet.header.is_trimmable());
    EXPECT_TRUE(assemble_or_fail("send\n#trimmable on").packet.header.is_trimmable());
}

TEST(Arguments, TakeThePlaceOfADataLine) {
    const Program program = assemble_or_fail("exit\n#data 1\n#arg x int 2\n#data 3", {{"x", "7"}});
    EXPECT_THAT(stack_of(program), testing::ElementsAre("1", "7", "3"));
    EXPECT_EQ(program.parameters[0].fallback, Value(std::int64_t{2}));
}

TEST(Arguments, FallBackToTheirDefault) {
    EXPECT_THAT(stack_of(assemble_or_fail("exit\n#arg x oid oid:sysName.0")),
                testing::ElementsAre(".1.3.6.1.2.1.1.5.0"));
}

TEST(Arguments, NeedNeitherQuotesNorPrefixes) {
    const Program program = assemble_or_fail(
        "exit\n#arg s str\n#arg o oid\n#arg e exc\n#arg f float\n#arg t tuple\n#arg a addr",
        {{"s", "10"}, {"o", "IF-MIB::ifInErrors.3"}, {"e", "7"}, {"f", "2"}, {"t", "(1, 2)"}, {"a", "::1"}});
    EXPECT_THAT(stack_of(program), testing::ElementsAre("\"10\"", ".1.3.6.1.2.1.2.2.1.14.3",
                                                        "exc:7 (program exception 7)", "2", "(1, 2)", "::1"));
}

TEST(Arguments, OfAnyTypeAreLiteralsOrElseText) {
    EXPECT_THAT(stack_of(assemble_or_fail("exit\n#arg x any", {{"x", "10"}})), testing::ElementsAre("10"));
    EXPECT_THAT(stack_of(assemble_or_fail("exit\n#arg x any", {{"x", "\"10\""}})),
                testing::ElementsAre("\"10\""));
    EXPECT_THAT(stack_of(assemble_or_fail("exit\n#arg x any", {{"x", "duty desk"}})),
                testing::ElementsAre("\"duty desk\""));
}

TEST(ParseLiteral, ReadsOneValueAndNothingBehindIt) {
    const BuiltinNames names;
    EXPECT_EQ(parse_literal(" 42 ", names), Value(std::int64_t{42}));
    EXPECT_EQ(parse_literal("-9223372036854775808", names), Value(std::numeric_limits<std::int64_t>::min()));
    EXPECT_EQ(parse_literal("\"a b\"", names), Value(isa::Str{"a b"}));
    EXPECT_EQ(parse_literal("oid:ifNumber.0", names), Value(*Oid::parse("1.3.6.1.2.1.2.1.0")));
    for (const char* const bad : {"", "1 2", "label", "1.2.3", "9223372036854775808", "\"open", "(1", "(1,)",
                                  "exc:x", "oid:nosuch.0", "--1", "0x", "1e999", "::1::", "float:big", ")"}) {
        EXPECT_EQ(parse_literal(bad, names), std::nullopt) << bad;
    }
}

}  // namespace
}  // namespace splash::assembly
