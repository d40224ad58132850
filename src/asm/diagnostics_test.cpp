// Every finding, word for word: what a person reads is part of the interface.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "asm/assembler.hpp"

namespace splash::assembly {
namespace {

std::vector<Diagnostic> findings(std::string_view source, const Arguments& arguments = {}) {
    auto result = assemble(source, "t.snap", BuiltinNames(), arguments);
    auto* list = std::get_if<std::vector<Diagnostic>>(&result);
    return list == nullptr ? std::vector<Diagnostic>{} : std::move(*list);
}

/// All findings as printed, one behind the other.
std::string report(std::string_view source, const Arguments& arguments = {}) {
    std::string text;
    for (const Diagnostic& d : findings(source, arguments)) {
        text += (text.empty() ? "" : "\n") + d.to_string();
    }
    return text;
}

TEST(Diagnostics, UnknownInstruction) {
    EXPECT_EQ(report("forw\n        puhs   1\n"),
              "t.snap:2:9: error: unknown instruction 'puhs'\n"
              "        puhs   1\n"
              "        ^\n"
              "hint: did you mean 'push'?");
    EXPECT_EQ(report("frobnicate"),
              "t.snap:1:1: error: unknown instruction 'frobnicate'\n"
              "frobnicate\n"
              "^");
}

TEST(Diagnostics, UnknownDirective) {
    EXPECT_EQ(report("exit\n#dat 1"),
              "t.snap:2:1: error: unknown directive '#dat'\n"
              "#dat 1\n"
              "^\n"
              "hint: did you mean '#data'?");
}

TEST(Diagnostics, UnknownLabel) {
    EXPECT_EQ(report("        bne    athone-pc\nathome: exit"),
              "t.snap:1:16: error: unknown label 'athone'\n"
              "        bne    athone-pc\n"
              "               ^\n"
              "hint: did you mean 'athome'?");
}

TEST(Diagnostics, UnknownObjectName) {
    EXPECT_EQ(report("push oid:sysNmae.0"),
              "t.snap:1:6: error: unknown object name 'sysNmae.0'\n"
              "push oid:sysNmae.0\n"
              "     ^\n"
              "hint: did you mean sysName?");
    EXPECT_EQ(report("push oid:zzzzzzzzzzzzz"),
              "t.snap:1:6: error: unknown object name 'zzzzzzzzzzzzz'\n"
              "push oid:zzzzzzzzzzzzz\n"
              "     ^\n"
              "hint: a numeric identifier always works, as in oid:1.3.6.1.2.1.1.5.0");
}

TEST(Diagnostics, MissingOperand) {
    EXPECT_EQ(report("moveto"),
              "t.snap:1:7: error: 'moveto' needs an operand\n"
              "moveto\n"
              "      ^\n"
              "hint: 'moveto' takes a distance, as in 'moveto label-pc'");
}

TEST(Diagnostics, ExtraOperand) {
    EXPECT_EQ(report("pop 3"),
              "t.snap:1:5: error: 'pop' takes no operand\n"
              "pop 3\n"
              "    ^\n"
              "hint: write just 'pop'");
}

TEST(Diagnostics, TextBehindTheOperand) {
    EXPECT_EQ(report("push 1 2"),
              "t.snap:1:8: error: unexpected text behind the operand\n"
              "push 1 2\n"
              "       ^\n"
              "hint: one instruction or directive a line; a comment begins with ;");
}

TEST(Diagnostics, OperandOutOfRange) {
    EXPECT_EQ(report("popi -1"),
              "t.snap:1:6: error: -1 is out of range for 'popi'\n"
              "popi -1\n"
              "     ^\n"
              "hint: from 0 to 8388607");
    EXPECT_THAT(report("addi 8388608"), testing::HasSubstr("8388608 is out of range for 'addi'"));
    EXPECT_THAT(report("calls 0x1000000"), testing::HasSubstr("hint: from 0 to 16777215"));
    EXPECT_THAT(report("push exc:16777216"),
                testing::HasSubstr("exception 16777216 is out of range for 'push'"));
}

TEST(Diagnostics, OperandOfTheWrongType) {
    EXPECT_EQ(report("addi \"x\""),
              "t.snap:1:6: error: 'addi' takes no str\n"
              "addi \"x\"\n"
              "     ^\n"
              "hint: 'addi' takes an integer from -8388608 to 8388607");
    EXPECT_THAT(report("calls 1.5"), testing::HasSubstr("'calls' takes the name of a service"));
    EXPECT_THAT(report("a: pull a"), testing::HasSubstr("'pull' takes no label"));
}

TEST(Diagnostics, PlainLabelAsADistance) {
    EXPECT_EQ(report("bne athome\nathome: exit"),
              "t.snap:1:5: error: 'bne' takes a distance, not a label's index\n"
              "bne athome\n"
              "    ^\n"
              "hint: write 'bne athome-pc'");
}

TEST(Diagnostics, JumpBackwards) {
    EXPECT_EQ(report("again: nop\nji again-pc"),
              "t.snap:2:4: error: the label 'again' is not ahead of this instruction\n"
              "ji again-pc\n"
              "   ^\n"
              "hint: code only runs forward; to loop, a packet sends itself to an earlier entry");
    EXPECT_THAT(report("ji 9-pc"), testing::HasSubstr("instruction 9 is outside the code"));
}

TEST(Diagnostics, ResumingBehindTheCode) {
    EXPECT_EQ(report("moveto end-pc\nend:"),
              "t.snap:1:8: error: the label 'end' has no instruction behind it where a packet could resume\n"
              "moveto end-pc\n"
              "       ^\n"
              "hint: put 'exit' there");
}

TEST(Diagnostics, LabelDefinedTwice) {
    EXPECT_EQ(report("a: nop\n  a: exit"),
              "t.snap:2:3: error: the label 'a' is already defined\n"
              "  a: exit\n"
              "  ^\n"
              "hint: the first is in line 1");
    EXPECT_THAT(report("pc: exit"), testing::HasSubstr("a label cannot be called 'pc'"));
}

TEST(Diagnostics, BrokenLiterals) {
    EXPECT_EQ(report("push \"abc"),
              "t.snap:1:6: error: the string does not end\n"
              "push \"abc\n"
              "     ^\n"
              "hint: close it with \" in the same line");
    EXPECT_EQ(report("push \"a\\q\""),
              "t.snap:1:8: error: unknown escape in a string\n"
              "push \"a\\q\"\n"
              "       ^\n"
              "hint: escapes are \\\" \\\\ \\n \\t and \\xHH");
    EXPECT_THAT(report("push \"\\x4\""), testing::HasSubstr("\\x needs two hexadecimal digits"));
    EXPECT_THAT(report("push 10.0.0.256"), testing::HasSubstr("'10.0.0.256' is no address"));
    EXPECT_THAT(report("push 12ab"), testing::HasSubstr("'12ab' is no value"));
    EXPECT_THAT(report("push 9223372036854775808"),
                testing::HasSubstr("'9223372036854775808' does not fit 64 bits"));
    EXPECT_THAT(report("push 1e999"), testing::HasSubstr("'1e999' does not fit a float"));
    EXPECT_THAT(report("push exc:x"), testing::HasSubstr("'exc:x' is no exception"));
    EXPECT_THAT(report("push oid:1"), testing::HasSubstr("'oid:1' is no object identifier"));
    EXPECT_THAT(report("push float:big"), testing::HasSubstr("'float:big' is no float"));
    EXPECT_THAT(report("push sysName.0"), testing::HasSubstr("hint: an object is written oid:sysName.0"));
}

TEST(Diagnostics, BrokenTuples) {
    EXPECT_EQ(report("push (1, 2"),
              "t.snap:1:6: error: the tuple does not end\n"
              "push (1, 2\n"
              "     ^\n"
              "hint: close it with ) in the same line");
    EXPECT_THAT(report("push (1 2)"), testing::HasSubstr("t.snap:1:9: error: expected , or ) in a tuple"));
    EXPECT_THAT(report("push (1,"), testing::HasSubstr("t.snap:1:9: error: a value is missing"));
    EXPECT_THAT(report("push " + std::string(33, '(')), testing::HasSubstr("tuples are nested too deep"));
}

TEST(Diagnostics, StrayOctets) {
    EXPECT_EQ(report("forw\x01"),
              "t.snap:1:5: error: unexpected octet 0x01\n"
              "forw?\n"
              "    ^\n"
              "hint: only strings and comments may hold anything but ASCII");
}

TEST(Diagnostics, CaretsStandRightBelowTabsAndUtf8) {
    EXPECT_THAT(report("\tpush \"\xc3\xa4\" 1"), testing::HasSubstr("\n\t         ^\n"));
}

TEST(Diagnostics, ConstantsBeyondTheReachOfPush) {
    EXPECT_THAT(report("push \"" + std::string(4096, 'x') + "\""),
                testing::AllOf(testing::HasSubstr("the constant \"xxx"),
                               testing::HasSubstr("has 4096 octets, and 'push' takes at most 4095"),
                               testing::HasSubstr("hint: put it on the stack with #data")));
    std::string source;
    for (const char c : {'a', 'b', 'c', 'd', 'e'}) {
        source += "push \"" + std::string(4092, c) + "\"\n";
    }
    EXPECT_EQ(report(source + "push \"yyyyyyyyyyyy\"\npush \"last\""),
              "t.snap:6:6: error: the constant \"yyyyyyyyyyyy\" would lie at octet 20460 of the heap, and "
              "'push' reaches "
              "at most 16380\n"
              "push \"yyyyyyyyyyyy\"\n"
              "     ^\n"
              "hint: put long constants on the stack with #data\n"
              "t.snap:7:6: error: the constant \"last\" would lie at octet 20472 of the heap, and 'push' "
              "reaches at most "
              "16380\n"
              "push \"last\"\n"
              "     ^\n"
              "hint: put long constants on the stack with #data");
}

TEST(Diagnostics, SectionsBeyondTheirSize) {
    std::string code;
    for (int i = 0; i < 16384; ++i) {
        code += "nop\n";
    }
    EXPECT_THAT(report(code), testing::HasSubstr("t.snap:16384:1: error: more than 16383 instructions"));
    std::string stack = "exit\n";
    for (int i = 0; i < 8192; ++i) {
        stack += "#data 0\n";
    }
    EXPECT_THAT(report(stack),
                testing::HasSubstr("t.snap:8193:7: error: more than 8191 values on the stack"));
    EXPECT_THAT(report("exit\n#data \"" + std::string(65533, 'x') + "\""),
                testing::HasSubstr("no room for this constant: the heap would have more than 65532 octets"));
    EXPECT_THAT(report("exit\n#heap \"" + std::string(65533, 'x') + "\""),
                testing::HasSubstr("the heap has more than 65,532 octets"));
}

TEST(Diagnostics, DirectivesThatAreWrong) {
    EXPECT_EQ(report("exit\n#sport 65536"),
              "t.snap:2:8: error: '#sport' takes a number from 0 to 65535\n"
              "#sport 65536\n"
              "       ^");
    EXPECT_THAT(report("exit\n#bound \"x\""), testing::HasSubstr("'#bound' takes a number from 0 to 65535"));
    EXPECT_THAT(
        report("exit\n#bound 1\n#bound 2"),
        testing::AllOf(testing::HasSubstr("'#bound' is given twice"), testing::HasSubstr("in line 2")));
    EXPECT_THAT(report("exit\n#entry 1"), testing::HasSubstr("the entry point is outside the code"));
    EXPECT_THAT(report("exit\n#entry nowhere"), testing::HasSubstr("unknown label 'nowhere'"));
    EXPECT_THAT(report("exit\n#entry 1.5"), testing::HasSubstr("'#entry' takes a label or the index"));
    EXPECT_THAT(report("a: exit\n#data a-pc"),
                testing::HasSubstr("'#data' has no place in the code to count from"));
    EXPECT_THAT(report("exit\n#data"), testing::HasSubstr("t.snap:2:6: error: a value is missing"));
    EXPECT_THAT(report("exit\n#trimmable yes"), testing::HasSubstr("'#trimmable' takes 'on' or 'off'"));
    EXPECT_THAT(report("exit\n#word 12"), testing::HasSubstr("'#word' takes one stack word"));
    EXPECT_THAT(report("exit\n#heap 12"), testing::HasSubstr("'#heap' takes octets as a string"));
    EXPECT_THAT(report(".word 0x100000000"), testing::HasSubstr("'.word' takes one instruction as a number"));
    EXPECT_THAT(report("exit\n#report"), testing::HasSubstr("a report or delivery has no code"));
}

TEST(Diagnostics, ArgumentsThatAreWrong) {
    EXPECT_EQ(report("exit\n#arg oid oid"),
              "t.snap:2:6: error: the argument 'oid' is missing\n"
              "#arg oid oid\n"
              "     ^\n"
              "hint: give it on the command line: --arg oid=VALUE (oid)");
    EXPECT_THAT(report("exit\n#arg n int", {{"n", "x"}}),
                testing::HasSubstr("the argument 'n' was given as 'x', which is not of type int"));
    EXPECT_EQ(report("exit\n#arg count int 1", {{"cuont", "2"}}),
              "t.snap: error: the program has no argument 'cuont'\n"
              "hint: did you mean 'count'?");
    EXPECT_THAT(report("exit", {{"x", "2"}}), testing::HasSubstr("hint: it declares none with #arg"));
    EXPECT_THAT(report("exit\n#arg count int 1", {{"x", "2"}}),
                testing::HasSubstr("hint: it declares these: count"));
    EXPECT_THAT(report("exit\n#arg 1"), testing::HasSubstr("'#arg' needs a name"));
    EXPECT_THAT(report("exit\n#arg a string"), testing::HasSubstr("'#arg' needs a type"));
    EXPECT_THAT(report("exit\n#arg a int \"x\""), testing::HasSubstr("the default is not of type int"));
    EXPECT_THAT(report("exit\n#arg a int 1\n#arg a int 2"),
                testing::HasSubstr("the argument 'a' is already declared"));
}

TEST(Diagnostics, AProgramWithoutInstructions) {
    EXPECT_EQ(report("; nothing\n"), "t.snap: error: the program has no instructions");
}

TEST(Diagnostics, AreAllCollectedInTheOrderOfTheText) {
    const auto list = findings("bne nowhere-pc\nfoo\npush\n");
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].line, 1U);
    EXPECT_EQ(list[1].line, 2U);
    EXPECT_EQ(list[2].line, 3U);
    EXPECT_EQ(list[2].source_line, "push");
}

TEST(Diagnostics, EndWhenThereAreTooMany) {
    std::string source;
    for (int i = 0; i < 1000; ++i) {
        source += "foo\n";
    }
    const auto list = findings(source);
    ASSERT_EQ(list.size(), 200U);
    EXPECT_EQ(list.back().message, "too many errors; this and later ones are not shown");
}

TEST(Diagnostics, ShowOnlyTheSurroundingsInALongLine) {
    const std::string text = report("push \"" + std::string(100000, 'x') + "\" extra");
    EXPECT_LT(text.size(), 700U);
    EXPECT_THAT(text, testing::HasSubstr("t.snap:1:100009: error: unexpected text"));
}

}  // namespace
}  // namespace splash::assembly
