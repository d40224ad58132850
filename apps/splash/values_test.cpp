#include <gtest/gtest.h>

#include "json_output.hpp"
#include "objects.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

Oid oid(std::string_view text) {
    return *oid_from_name(text);
}
isa::Value text(std::string octets) {
    return isa::Str{std::move(octets)};
}
isa::Value number(std::int64_t n) {
    return n;
}

TEST(ValueText, PrintsDisplayStringsWithoutQuotes) {
    EXPECT_EQ(print_line(oid("sysName.0"), text("n5")), "SNMPv2-MIB::sysName.0 = STRING: n5");
}

TEST(ValueText, QuotesOctetsOfUnknownSyntax) {
    EXPECT_EQ(print_line(oid("1.3.111.99999.1.0"), text("n5")), "iso.3.111.99999.1.0 = STRING: \"n5\"");
}

TEST(ValueText, QuotesAsNetSnmpDoes) {
    EXPECT_EQ(print_line(oid("1.3.111.99999.1.0"), text(R"(a\b"c)")),
              R"(iso.3.111.99999.1.0 = STRING: "a\\b\"c")");
    EXPECT_EQ(print_line(oid("sysName.0"), text(R"(a\b"c)")), R"(SNMPv2-MIB::sysName.0 = STRING: a\b"c)");
}

TEST(ValueText, PrintsUnprintableOctetsAsHexadecimal) {
    EXPECT_EQ(print_line(oid("sysName.0"), text(std::string("\x00\x1f\xff", 3))),
              "SNMPv2-MIB::sysName.0 = Hex-STRING: 00 1F FF");
}

TEST(ValueText, PrintsTicksAsTime) {
    EXPECT_EQ(print_line(oid("sysUpTime.0"), number(123)),
              "SNMPv2-MIB::sysUpTime.0 = Timeticks: (123) 0:00:01.23");
}

TEST(ValueText, CountsDaysInTicks) {
    constexpr std::uint64_t kDay = 8'640'000;
    EXPECT_EQ(print_ticks(kDay), "1 day, 0:00:00.00");
    EXPECT_EQ(print_ticks(2 * kDay + 366'105), "2 days, 1:01:01.05");
}

TEST(ValueText, PrintsIntegersOfUnknownSyntaxAsInteger) {
    EXPECT_EQ(print_line(oid("1.3.111.99999.1.0"), number(-7)), "iso.3.111.99999.1.0 = INTEGER: -7");
}

TEST(ValueText, PrintsObjectIdentifiersByName) {
    EXPECT_EQ(print_value(oid("1.3.111.99999.1"), isa::Value(oid("sysName"))),
              (PrintedValue{"OID", "SNMPv2-MIB::sysName"}));
}

TEST(ValueText, PrintsAddresses) {
    EXPECT_EQ(print_value(oid("1.3.111.99999.1"), isa::Value(IpAddress::v4(0x0a000001))),
              (PrintedValue{"IpAddress", "10.0.0.1"}));
}

TEST(ValueText, SaysExceptionsInNetSnmpsWords) {
    const auto line = [](isa::Exc e) { return print_line(oid("sysName.1"), isa::Value(e)); };
    EXPECT_EQ(line(isa::Exc::NoSuchObject),
              "SNMPv2-MIB::sysName.1 = No Such Object available on this agent at this OID");
    EXPECT_EQ(line(isa::Exc::NoSuchInstance),
              "SNMPv2-MIB::sysName.1 = No Such Instance currently exists at this OID");
    EXPECT_EQ(line(isa::Exc::EndOfMibView),
              "SNMPv2-MIB::sysName.1 = No more variables left in this MIB View (It is "
              "past the end of the MIB tree)");
}

TEST(ValueText, SaysOtherExceptionsClearly) {
    EXPECT_EQ(print_line(oid("sysName.0"), isa::Value(isa::Exc::NotPermitted)),
              "SNMPv2-MIB::sysName.0 = Exception 39: not permitted");
    EXPECT_EQ(print_line(oid("sysName.0"), isa::Value(isa::exc_from_snmp_error(17))),
              "SNMPv2-MIB::sysName.0 = Exception 81: SNMP notWritable");
}

TEST(OneLine, LeavesTextAndSpellsOutWhatATerminalWouldObey) {
    EXPECT_EQ(one_line("caf\xc3\xa9 \\"), "caf\xc3\xa9 \\");
    EXPECT_EQ(one_line("\x1b[31mn1\nn2\r\t\x7f"), "\\x1b[31mn1\\x0an2\\x0d\\x09\\x7f");
    EXPECT_EQ(one_line("\xff"
                       "A\xc2\x9b"
                       "B"),
              "\\xffA\\xc2\\x9bB");
    EXPECT_EQ(one_line(""), "");
}

TEST(IsText, TakesWellFormedUtf8) {
    EXPECT_TRUE(is_text(""));
    EXPECT_TRUE(is_text("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\n"));
}

TEST(IsText, RefusesMalformedUtf8AndControls) {
    for (const std::string_view bad : {"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80",
                                       "a\x1b[2J", "\xc2\x9b", "\x7f"}) {
        EXPECT_FALSE(is_text(bad)) << print_hex(bad);
    }
}

TEST(Objects, ReadNamesAndNumbers) {
    EXPECT_EQ(*parse_object("sysName.0"), oid(".1.3.6.1.2.1.1.5.0"));
    EXPECT_EQ(*parse_object("SNMPv2-MIB::sysName.0"), oid(".1.3.6.1.2.1.1.5.0"));
    EXPECT_EQ(*parse_object("iso.3.6.1.2.1.1.5.0"), oid(".1.3.6.1.2.1.1.5.0"));
}

TEST(Objects, OfASingleArcAreAskedAsTheFirstOidBelowIt) {
    for (const char* const text : {".1", "1", "iso"}) {
        EXPECT_EQ(*parse_object(text), oid("1.0")) << text;
        EXPECT_EQ(parse_root(text)->to_string(), ".1") << text;
    }
    EXPECT_EQ(*parse_object("ccitt.1"), oid("0.1"));
    EXPECT_EQ(*parse_root("joint-iso-ccitt")->end().subids().begin(), 2U);
    EXPECT_EQ(parse_root("iso.3.6")->asked(), oid("1.3.6"));
    EXPECT_FALSE(parse_root("iso.3.6")->is_arc());
    EXPECT_EQ(print_object(oid("2.0")), "joint-iso-ccitt.0");
}

TEST(Objects, RefuseArcsThatAreNone) {
    for (const char* const text : {".3", "3", "", ".", "-1", "1.", ".1.", "4294967296", "isolated"}) {
        EXPECT_EQ(parse_object(text).error().code, Errc::NoSuchName) << text;
    }
    EXPECT_EQ(parse_object(".3").error().detail, "object '.3'") << "no name is like a number";
}

TEST(Objects, SuggestNamesThatAreAlike) {
    const auto object = parse_object("sysNmae.0");
    ASSERT_FALSE(object);
    EXPECT_EQ(object.error().code, Errc::NoSuchName);
    EXPECT_NE(object.error().detail.find("sysName"), std::string::npos) << object.error().detail;
}

TEST(TypedValue, ReadsIntegersWithinTheirType) {
    EXPECT_EQ(*typed_value('i', "-5"), number(-5));
    EXPECT_EQ(*typed_value('u', "4294967295"), number(4294967295));
    for (const auto& [letter, value] :
         {std::pair{'i', "2147483648"}, {'u', "-1"}, {'t', "4294967296"}, {'i', "5x"}, {'i', ""}}) {
        EXPECT_EQ(typed_value(letter, value).error().code, Errc::BadInput) << letter << ' ' << value;
    }
}

TEST(TypedValue, ReadsOctetsInEveryNotation) {
    EXPECT_EQ(*typed_value('s', "n5"), text("n5"));
    EXPECT_EQ(*typed_value('x', "0x6e35"), text("n5"));
    EXPECT_EQ(*typed_value('x', "6E 35"), text("n5"));
    EXPECT_EQ(*typed_value('d', "110.53"), text("n5"));
    EXPECT_EQ(*typed_value('b', "0,9"), text("\x80\x40"));
}

TEST(TypedValue, RefusesMalformedOctets) {
    EXPECT_FALSE(typed_value('x', "6e3"));
    EXPECT_FALSE(typed_value('x', "zz"));
    EXPECT_FALSE(typed_value('d', "256"));
    EXPECT_FALSE(typed_value('b', "-1"));
}

TEST(TypedValue, ReadsAddressesAndObjects) {
    EXPECT_EQ(*typed_value('a', "10.0.0.1"), isa::Value(IpAddress::v4(0x0a000001)));
    EXPECT_EQ(*typed_value('o', "sysName.0"), isa::Value(oid("sysName.0")));
    EXPECT_FALSE(typed_value('a', "10.0.0.256"));
}

TEST(TypedValue, RefusesLettersItDoesNotKnow) {
    EXPECT_EQ(typed_value('q', "1").error().code, Errc::Usage);
    EXPECT_EQ(typed_value('n', "").error().code, Errc::Usage);
}

TEST(Json, PutsAnErrorBesideWhatWasPrintedBefore) {
    const Json error = json_error({Errc::TimedOut, "n5"});
    EXPECT_EQ(error["code"], 12);
    EXPECT_EQ(error["name"], "TimedOut");
    EXPECT_EQ(error["detail"], "n5");
    EXPECT_EQ(error["hint"], what_next(Errc::TimedOut));
    EXPECT_EQ(with_error("", error).dump(), Json({{"error", error}}).dump());
    EXPECT_EQ(with_error("{\"file\": \"f\"}", error)["file"], "f");
    EXPECT_EQ(with_error("{\"file\": \"f\"}", error)["error"], error);
}

TEST(Json, SaysObjectNameTypeAndValue) {
    EXPECT_EQ(json_object(oid("sysName.0"), "STRING", text("n5")).dump(),
              R"({"oid":".1.3.6.1.2.1.1.5.0","name":"SNMPv2-MIB::sysName.0","type":"STRING","value":"n5"})");
}

TEST(Json, SaysExceptionsAsNullWithCode) {
    const Json json = json_object(oid("sysName.1"), "", isa::Value(isa::Exc::NoSuchInstance));
    EXPECT_EQ(json["type"], "noSuchInstance");
    EXPECT_TRUE(json["value"].is_null());
    EXPECT_EQ(json["exception"]["code"], 41);
}

TEST(Json, GivesTuplesAsTypedFields) {
    auto tuple = std::make_shared<isa::Tuple>();
    tuple->fields = {number(1), text(std::string("\xff"))};
    EXPECT_EQ(json_typed(isa::Value(std::shared_ptr<const isa::Tuple>(tuple))).dump(),
              R"({"type":"tuple","value":[{"type":"int","value":1},{"type":"hex","value":"FF"}]})");
}

}  // namespace
}  // namespace splash::cli
