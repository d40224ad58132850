#include "isa/opcodes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "isa/codes.hpp"
#include "isa/packet.hpp"

namespace splash::isa {
namespace {

TEST(Opcodes, FindGivesEachRowAndNothingElse) {
    for (unsigned octet = 0; octet < 256; ++octet) {
        const OpInfo* const op = find_op(static_cast<std::uint8_t>(octet));
        const bool is_listed = std::ranges::any_of(
            kOps, [&](const OpInfo& o) { return static_cast<unsigned>(o.opcode) == octet; });
        EXPECT_EQ(op != nullptr, is_listed) << octet;
        if (op != nullptr) {
            EXPECT_EQ(static_cast<unsigned>(op->opcode), octet);
        }
    }
}

TEST(Opcodes, EveryRowHasALowercaseMnemonicAndAMeaning) {
    for (const OpInfo& op : kOps) {
        EXPECT_FALSE(op.mnemonic.empty());
        EXPECT_TRUE(std::ranges::all_of(op.mnemonic, [](char c) { return c >= 'a' && c <= 'z'; }))
            << op.mnemonic;
        EXPECT_FALSE(op.meaning.empty()) << op.mnemonic;
        EXPECT_FALSE(op.meaning.ends_with('.')) << op.mnemonic;
    }
}

TEST(Opcodes, EveryImmediateFormHasItsTwoOperandForm) {
    const auto find = [](std::string_view mnemonic) {
        const auto at = std::ranges::find(kOps, mnemonic, &OpInfo::mnemonic);
        return at == kOps.end() ? nullptr : &*at;
    };
    for (const OpInfo& op : kOps) {
        if (op.operand == Operand::Int && op.mnemonic.ends_with('i')) {
            const OpInfo* const plain = find(op.mnemonic.substr(0, op.mnemonic.size() - 1));
            ASSERT_NE(plain, nullptr) << op.mnemonic;
            EXPECT_EQ(plain->operand, Operand::None) << op.mnemonic;
        }
    }
}

TEST(Instruction, SurvivesTheWordItIsEncodedIn) {
    for (const std::int32_t immediate : {0, 1, -1, kMaxImmediate, kMinImmediate, 0x123456}) {
        const Instruction instruction{0x42, immediate};
        EXPECT_EQ(Instruction::from_word(instruction.to_word()), instruction) << immediate;
    }
    EXPECT_EQ(Instruction::from_word(0x10ffffff), (Instruction{0x10, -1}));
    EXPECT_EQ(Instruction::from_word(0x10800000), (Instruction{0x10, kMinImmediate}));
    EXPECT_EQ(Instruction::from_word(0xb0fedcba).unsigned_immediate(), 0xfedcbaU);
}

TEST(ConstPlace, PacksOffsetInUnitsOfFourAndLength) {
    const ConstPlace place{ConstPlace::kMaxOffset, ConstPlace::kMaxLength};
    EXPECT_EQ(place.to_immediate(), 0xffffffU);
    EXPECT_EQ(ConstPlace::from_immediate(0xffffff).offset, 16380U);
    EXPECT_EQ(ConstPlace::from_immediate(0xffffff).length, 4095U);
    EXPECT_EQ(ConstPlace::from_immediate(0x002003).offset, 8U);
    EXPECT_EQ(ConstPlace::from_immediate(0x002003).length, 3U);
}

TEST(ServiceId, IsFoldedFnv1a) {
    static_assert(service_id("") == ((2166136261U >> 24U ^ 2166136261U) & 0xffffffU));
    // FNV-1a of "a" with 32 bits is e40c292c.
    EXPECT_EQ(service_id("a"), (0xe4U ^ 0xe40c292cU) & 0xffffffU);
}

TEST(ServiceId, OfListedServicesAreAllDifferent) {
    std::map<std::uint32_t, std::string> ids;
#define SPLASH_SERVICE(set, name, arguments, results, cost, right, when, meaning) \
    EXPECT_TRUE(ids.emplace(service_id(name), name).second) << (name);
#include "services.def"
#undef SPLASH_SERVICE
    EXPECT_GE(ids.size(), 4U);
}

TEST(Codes, NameExceptionsOfEveryOrigin) {
    EXPECT_EQ(to_string(Exc::NoRoute), "no route");
    EXPECT_EQ(to_string(static_cast<Exc>(7)), "program exception 7");
    EXPECT_EQ(to_string(exc_from_snmp_error(6)), "SNMP noAccess");
    EXPECT_EQ(to_string(exc_from_snmp_error(18)), "SNMP inconsistentName");
    EXPECT_EQ(to_string(static_cast<Exc>(1000)), "exception 1000");
}

TEST(Codes, NameReasonsOfFaultsAndOfFailedMoves) {
    EXPECT_EQ(to_string(Reason::Underflow), "stack underflow");
    EXPECT_EQ(to_string(reason_from_exc(Exc::DoesNotFit)), "does not fit the link");
    EXPECT_EQ(to_string(static_cast<Reason>(255)), "reason 255");
}

}  // namespace
}  // namespace splash::isa
