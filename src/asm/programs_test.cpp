// The programs that ship: they assemble, have the size their purpose needs, and survive the way back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "asm/assembler.hpp"

namespace splash::assembly {
namespace {

std::string read_program(const std::string& name) {
    std::ifstream file(std::string(SPLASH_SOURCE_DIR) + "/programs/" + name);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>(file), {}};
}

Program assemble_or_fail(const std::string& source, const Arguments& arguments = {}) {
    auto result = assemble(source, "test.snap", BuiltinNames(), arguments);
    if (const auto* findings = std::get_if<std::vector<Diagnostic>>(&result)) {
        for (const Diagnostic& d : *findings) {
            ADD_FAILURE() << d.to_string();
        }
        return {};
    }
    return std::get<Program>(std::move(result));
}

Program shipped(const std::string& name, const Arguments& arguments = {}) {
    return assemble_or_fail(read_program(name), arguments);
}

std::vector<std::string> mnemonics(const isa::Packet& packet) {
    std::vector<std::string> names;
    for (const std::uint32_t word : packet.code) {
        const isa::OpInfo* const op = isa::find_op(isa::Instruction::from_word(word).octet);
        names.emplace_back(op == nullptr ? "?" : op->mnemonic);
    }
    return names;
}

TEST(Programs, EveryShippedProgramAssemblesBackToTheSameOctets) {
    const Arguments values{
        {"oid", "sysContact.0"}, {"value", "duty desk"}, {"payload", "hello"}, {"agent", "192.0.2.7"}};
    std::size_t seen = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(SPLASH_SOURCE_DIR) + "/programs")) {
        if (entry.path().extension() != ".snap") {
            continue;
        }
        const std::string name = entry.path().filename();
        SCOPED_TRACE(name);
        const std::string source = read_program(name);
        Arguments arguments;
        for (const auto& [key, value] : values) {
            if (source.find("\n#arg " + key) != std::string::npos) {
                arguments[key] = value;
            }
        }
        const Program program = assemble_or_fail(source, arguments);
        const std::string text = disassemble(program.packet);
        EXPECT_EQ(text.find("#heap"), std::string::npos) << text;
        EXPECT_EQ(assemble_or_fail(text).packet.to_wire(), program.packet.to_wire()) << text;
        ++seen;
    }
    EXPECT_GE(seen, 11U);
}

TEST(Programs, EveryShippedProgramSaysWhatItIsAndHowToRunIt) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(SPLASH_SOURCE_DIR) + "/programs")) {
        if (entry.path().extension() == ".snap") {
            const std::string name = entry.path().filename();
            const std::string source = read_program(name);
            EXPECT_TRUE(source.starts_with("; " + entry.path().stem().string() + ": ")) << name;
            EXPECT_NE(source.find("splash run programs/" + name), std::string::npos) << name;
        }
    }
}

TEST(Programs, GetsingleIsFigure71WithItsMarkBelow) {
    const Program program = shipped("getsingle.snap");
    EXPECT_THAT(mnemonics(program.packet),
                testing::ElementsAre("forw", "bne", "push", "calls", "getsrc", "ishere", "bne", "push",
                                     "getsrc", "forwto", "push", "demux"));
    EXPECT_EQ(program.packet.stack, std::vector{isa::Word::inline_int(0)});
    EXPECT_EQ(program.packet.header.port, 7777);
    EXPECT_EQ(isa::Instruction::from_word(program.packet.code[1]).immediate, 9);
    EXPECT_EQ(isa::Instruction::from_word(program.packet.code[6]).immediate, 4);
    EXPECT_TRUE(program.packet.header.is_trimmable());
    EXPECT_FALSE(program.has_bound);
}

TEST(Programs, Figure71DiffersFromGetsingleOnlyInTheObjectsName) {
    const isa::Packet ours = shipped("getsingle.snap").packet;
    const isa::Packet thesis = shipped("figure71.snap").packet;
    ASSERT_EQ(ours.code.size(), thesis.code.size());
    for (std::size_t i = 0; i < ours.code.size(); ++i) {
        EXPECT_EQ(ours.code[i] == thesis.code[i], i != 2) << i;
    }
    EXPECT_EQ(isa::Instruction::from_word(thesis.code[2]).octet,
              static_cast<std::uint8_t>(isa::Opcode::PushStr));
    EXPECT_TRUE(as_text(thesis.heap).starts_with("sysName.0"));
}

TEST(Programs, OneGetIs56Octets) {
    const Program program = assemble_or_fail(
        "forw\npush oid:sysName.0\ncalls \"snmp_getsingle\"\ngetsrc\nmoveto home-pc\nhome: forw\ndemuxall "
        "0\n");
    EXPECT_EQ(program.packet.to_wire().size(), 56U);
    EXPECT_TRUE(program.packet.header.is_trimmable());
}

TEST(Programs, FivegetIsOneHeaderFifteenInstructionsAndFiveNames) {
    EXPECT_EQ(shipped("fiveget.snap").packet.to_wire().size(), 20U + 15U * 4U + 5U * 8U);
}

TEST(Programs, TheFirstDataLineIsTheTopOfTheStack) {
    const isa::Packet packet = shipped("ping.snap", {{"payload", "7"}}).packet;
    ASSERT_EQ(packet.stack.size(), 3U);
    EXPECT_EQ(packet.stack.front(), isa::Word::inline_int(7));
    EXPECT_EQ(packet.stack.back(), isa::Word::inline_int(0));
}

TEST(Programs, PingKeepsItsDefaultPayload) {
    const isa::Packet packet = shipped("ping.snap").packet;
    EXPECT_EQ(isa::read_value(packet.stack.front(), packet.heap), isa::Value(isa::Str{"ping"}));
}

TEST(Programs, SetgetDeclaresItsArgumentsTopFirst) {
    const Program program = shipped("setget.snap", {{"oid", "oid:sysContact.0"}, {"value", "duty desk"}});
    ASSERT_EQ(program.parameters.size(), 2U);
    EXPECT_EQ(program.parameters[0].name, "value");
    EXPECT_TRUE(program.parameters[0].takes_any_type);
    EXPECT_EQ(program.parameters[1].type, isa::Type::Oid);
    const isa::Packet& packet = program.packet;
    EXPECT_EQ(isa::read_value(packet.stack[0], packet.heap), isa::Value(*oid_from_name("sysContact.0")));
    EXPECT_EQ(isa::read_value(packet.stack[1], packet.heap), isa::Value(isa::Str{"duty desk"}));
}

TEST(Programs, PathStaysSmallEnoughForThirtyNodes) {
    const Program program = shipped("path.snap");
    constexpr std::size_t kNodes = 30;
    constexpr std::size_t kPerNode = 8 + 24 + 12;  // word, tuple, a name of a dozen letters
    EXPECT_LE(20 + program.packet.to_wire().size() + kNodes * kPerNode, 1500U);
    EXPECT_TRUE(program.packet.header.is_trimmable());
}

TEST(Programs, TheDisassemblyOfGetsingleReadsLikeTheSource) {
    EXPECT_EQ(disassemble(shipped("getsingle.snap").packet),
              R"(; 12 instructions, 8 octets of constants, 1 value on the stack
#sport 7777
        forw
        bne    L10-pc
        push   oid:1.3.6.1.2.1.1.5.0    ; SNMPv2-MIB::sysName.0
        calls  "snmp_getsingle"
        getsrc
        ishere
        bne    L10-pc
        push   1
        getsrc
        forwto
L10:    push   7777
        demux
#data 0
)");
}

}  // namespace
}  // namespace splash::assembly
