#include "condition.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "asm/assembler.hpp"

namespace splash::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string detail_of(std::string_view text) {
    const auto condition = Condition::parse(text);
    if (condition) {
        return "a condition";
    }
    EXPECT_EQ(condition.error().code, Errc::BadInput);
    return condition.error().detail;
}

/// "yes", "no", or why there is neither.
std::string answer(std::string_view text, const std::vector<isa::Value>& values = {}) {
    const auto condition = Condition::parse(text);
    if (!condition) {
        return condition.error().detail;
    }
    const auto holds = condition->holds(values);
    return !holds ? holds.error().detail : *holds ? "yes" : "no";
}

const isa::Value kMissing = isa::Exc::NoSuchInstance;
isa::Value text(const char* octets) {
    return isa::Str{octets};
}
isa::Value number(std::int64_t value) {
    return value;
}

TEST(Condition, ComparesAColumnWithANumber) {
    EXPECT_EQ(answer("ifInErrors > 0", {number(1)}), "yes");
    EXPECT_EQ(answer("ifInErrors > 0", {number(0)}), "no");
    EXPECT_EQ(answer("0 < ifInErrors", {number(1)}), "yes");
    EXPECT_EQ(answer("ifInErrors >= -1 and ifInErrors <= 0x10", {number(16)}), "yes");
    EXPECT_EQ(answer("ifInErrors <> 5", {number(5)}), "no");
    EXPECT_EQ(answer("ifInErrors == 99999999999", {number(99'999'999'999)}), "yes");
    EXPECT_EQ(answer("ifInErrors < 1.5", {number(1)}), "yes");
    EXPECT_EQ(answer("ifInErrors < 1.5e-1", {number(1)}), "no");
}

TEST(Condition, ComparesTextAddressesAndOids) {
    EXPECT_EQ(answer("ifDescr = 'eth0'", {text("eth0")}), "yes");
    EXPECT_EQ(answer(R"(ifDescr = "a\"\x41\\")", {text("a\"A\\")}), "yes");
    EXPECT_EQ(answer("ifDescr < 'eth1'", {text("eth0")}), "yes");
    EXPECT_EQ(answer("ifDescr != ''", {text("")}), "no");
    EXPECT_EQ(answer("ipAdEntAddr = 10.0.0.1", {IpAddress::v4(0x0a000001)}), "yes");
    EXPECT_EQ(answer(".1.3.6.1.9.9 != 2001:db8::1", {*IpAddress::parse("2001:db8::2")}), "yes");
    EXPECT_EQ(answer("sysObjectID.0 = oid:sysName.0", {*oid_from_name("sysName.0")}), "yes");
    EXPECT_EQ(answer("sysObjectID.0 > oid:1.3.6", {*oid_from_name("sysName.0")}), "yes");
}

TEST(Condition, BindsAsOneReadsIt) {
    const auto abc = [](std::int64_t a, std::int64_t b, std::int64_t c) {
        return std::vector<isa::Value>{a, b, c};
    };
    constexpr auto kOrLast = "ifInErrors = 1 or ifOutErrors = 1 and ifMtu = 1";
    EXPECT_EQ(answer(kOrLast, abc(1, 0, 0)), "yes");
    EXPECT_EQ(answer("(ifInErrors = 1 || ifOutErrors = 1) && ifMtu = 1", abc(1, 0, 0)), "no");
    EXPECT_EQ(answer("not ifInErrors = 1 AND ifOutErrors = 1 and ifMtu = 1", abc(0, 1, 1)), "yes");
    EXPECT_EQ(answer("! (ifInErrors = 1 and ifOutErrors = 1) and ifMtu = 1", abc(1, 1, 1)), "no");
    EXPECT_EQ(answer("ifInErrors + ifOutErrors * 2 = ifMtu", abc(1, 2, 5)), "yes");
    EXPECT_EQ(answer("(ifInErrors + ifOutErrors) * 2 = ifMtu", abc(1, 2, 6)), "yes");
    EXPECT_EQ(answer("ifInErrors - ifOutErrors - 1 = -ifMtu", abc(1, 2, 2)), "yes");
    EXPECT_EQ(answer("ifInErrors-ifOutErrors<ifMtu/2", abc(3, 2, 5)), "yes");
    EXPECT_EQ(answer("- ifInErrors < - 2 and -(ifOutErrors + ifMtu) = -5", abc(3, 2, 3)), "yes");
}

TEST(Condition, IsFalseWhereWhatItComparesIsMissing) {
    for (const char* const op : {"=", "!=", "<", "<=", ">", ">="}) {
        EXPECT_EQ(answer(std::string("ifInErrors ") + op + " 0", {kMissing}), "no") << op;
        EXPECT_EQ(answer(std::string("0 ") + op + " ifInErrors", {kMissing}), "no") << op;
        EXPECT_EQ(answer(std::string("ifInErrors ") + op + " ifOutErrors", {kMissing, kMissing}), "no") << op;
        EXPECT_EQ(answer(std::string("ifInErrors ") + op + " ifOutErrors", {number(1), kMissing}), "no")
            << op;
        EXPECT_EQ(answer(std::string("ifInErrors / 0 ") + op + " 0", {number(1)}), "no") << op;
    }
    EXPECT_EQ(answer("not ifInErrors = 0", {kMissing}), "yes");
    EXPECT_EQ(answer("ifInErrors = ifOutErrors", {number(2), number(2)}), "yes");
    EXPECT_EQ(answer("ifInErrors != ifOutErrors", {number(2), number(2)}), "no");
    EXPECT_EQ(answer("ifInErrors != ifOutErrors", {number(2), number(3)}), "yes");
}

TEST(Condition, ListsEachObjectOnce) {
    const auto condition = Condition::parse("IF-MIB::ifInErrors > 0 or ifMtu.7 = 5 and ifInErrors < ifMtu.8");
    ASSERT_TRUE(condition);
    std::vector<std::string> objects;
    for (const Condition::Column& column : condition->columns()) {
        objects.push_back(column.text + " " + column.object.to_string());
    }
    EXPECT_THAT(objects, ElementsAre("IF-MIB::ifInErrors .1.3.6.1.2.1.2.2.1.14",
                                     "ifMtu.7 .1.3.6.1.2.1.2.2.1.4.7", "ifMtu.8 .1.3.6.1.2.1.2.2.1.4.8"));
}

TEST(Condition, PointsAtWhatIsWrong) {
    EXPECT_EQ(detail_of("ifInErrors >"),
              "an object or a value is missing:\n  ifInErrors >\n              ^ here");
    EXPECT_EQ(detail_of("ifInErorrs > 0"),
              "object 'ifInErorrs', did you mean ifInErrors: no such object is known (text stands in quotes, "
              "other objects in figures):\n  ifInErorrs > 0\n  ^ here");
    EXPECT_EQ(detail_of("ifDescr = 5"),
              "text cannot be compared with a number:\n  ifDescr = 5\n          ^ here");
    EXPECT_THAT(detail_of(""), HasSubstr("missing:\n  \n  ^ here"));
    EXPECT_THAT(detail_of("ifInErrors"), HasSubstr("a value, not a condition"));
    EXPECT_THAT(detail_of("ifMtu > 1 and ifInErrors"), HasSubstr("\n                ^ here"));
    EXPECT_THAT(detail_of("not ifMtu"), HasSubstr("a value, not a condition"));
    EXPECT_THAT(detail_of("1 < ifMtu < 5"), HasSubstr("this is a condition already"));
    EXPECT_THAT(detail_of("ifMtu (5)"), HasSubstr("an operator is missing"));
    EXPECT_THAT(detail_of("ifMtu not 5"), HasSubstr("an operator is missing"));
    EXPECT_THAT(detail_of("(ifMtu > 5"), HasSubstr("is not closed:\n  (ifMtu > 5\n  ^"));
    EXPECT_THAT(detail_of("ifMtu > 5)"), HasSubstr("closes none:\n  ifMtu > 5)\n           ^"));
    EXPECT_THAT(detail_of("ifDescr + 1 > 5"), HasSubstr("only numbers can be computed with, not text"));
    EXPECT_THAT(detail_of("ipAdEntAddr > 10.0.0.1"), HasSubstr("have no order"));
    EXPECT_THAT(detail_of("ifDescr = 'eth0"), HasSubstr("has no end"));
    EXPECT_THAT(detail_of(R"(ifDescr = "\xg0")"), HasSubstr("two hexadecimal digits"));
    EXPECT_THAT(detail_of(R"(ifDescr = "\)"), HasSubstr("behind a backslash"));
    EXPECT_THAT(detail_of("ifMtu > 99999999999999999999"), HasSubstr("64 bits"));
    EXPECT_THAT(detail_of("ifMtu > 12ab"), HasSubstr("this is no number"));
    EXPECT_THAT(detail_of("ifMtu > 1e999"), HasSubstr("this is no number"));
    EXPECT_THAT(detail_of("ifMtu ~ 5"), HasSubstr("begins like this:\n  ifMtu ~ 5\n        ^"));
    EXPECT_THAT(detail_of("sysObjectID.0 = oid:sysNome.0"), HasSubstr("sysName"));
    EXPECT_THAT(detail_of("ifAlias = '\xc3\xa4' ~"), HasSubstr("\n                ^ here"));
    EXPECT_THAT(detail_of(std::string(100, '(') + "ifMtu"), HasSubstr("at most 64 levels"));
    EXPECT_THAT(detail_of(std::string(5000, ' ')), HasSubstr("at most 4096"));
}

TEST(Condition, SaysThatUnlistedColumnsOfDifferentTypesCannotBeOrdered) {
    EXPECT_THAT(answer(".1.3.6.1.4.1.9.9.1 > 5", {text("a")}), HasSubstr("value of the wrong type"));
    EXPECT_EQ(answer(".1.3.6.1.4.1.9.9.1 = 5", {text("a")}), "no");
}

TEST(Condition, TakesValuesThatNoInstructionCouldName) {
    EXPECT_EQ(answer("ifDescr > 'a'", {isa::Str{std::string(20'000, 'b')}}), "yes");
}

TEST(Condition, IsTheSameAsAssemblyText) {
    const auto condition =
        Condition::parse("ifInErrors != 0 and not (ifDescr = 'lo' or ifInErrors / 2 < ifMtu)");
    ASSERT_TRUE(condition);
    const auto name = [](std::size_t column) { return fmt::format("oid:1.3.{}", column); };
    const std::string text = condition->to_assembly([&name](std::size_t column, std::size_t depth) {
        return fmt::format("        push   {}\n        push   {}\n        pop\n", name(column), depth);
    });
    ProgramWriter program;
    condition->append_to(program, [&name](ProgramWriter& code, std::size_t column, std::size_t depth) {
        code.push(*oid_from_name(name(column).substr(4)))
            .push(static_cast<std::int64_t>(depth))
            .op(isa::Opcode::Pop);
    });
    const auto assembled = assembly::assemble(text, "text", assembly::BuiltinNames());
    ASSERT_TRUE(std::holds_alternative<assembly::Program>(assembled)) << text;
    EXPECT_EQ(std::get<assembly::Program>(assembled).packet.code, program.finish().code);
    EXPECT_EQ(std::get<assembly::Program>(assembled).packet.heap, program.finish().heap);
}

}  // namespace
}  // namespace splash::cli
