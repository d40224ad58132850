// The table spec/names.def as a whole, and what is looked up in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string_view>

#include "base/oid.hpp"

namespace splash {
namespace {

struct Row {
    std::string_view module;
    std::string_view object;
    std::string_view dotted;
    Syntax syntax;
};
constexpr Row kRows[] = {
#define SPLASH_NAME(module, object, dotted, syntax) {module, object, dotted, Syntax::syntax},
#include "names.def"
#include "splash_mib_names.def"
#undef SPLASH_NAME
};

TEST(NamesTable, ListsEachObjectAndEachIdentifierOnce) {
    std::set<std::string_view> objects;
    std::set<std::string_view> identifiers;
    for (const Row& row : kRows) {
        EXPECT_TRUE(objects.insert(row.object).second) << row.object;
        EXPECT_TRUE(identifiers.insert(row.dotted).second) << row.dotted;
    }
    EXPECT_GE(objects.size(), 250U);
}

TEST(NamesTable, LeadsFromNameToIdentifierAndBack) {
    for (const Row& row : kRows) {
        const auto oid = oid_from_name(row.object);
        ASSERT_TRUE(oid) << row.object;
        EXPECT_EQ(oid->to_string(), "." + std::string(row.dotted));
        EXPECT_EQ(name_from_oid(*oid), std::string(row.module) + "::" + std::string(row.object));
        EXPECT_EQ(syntax_of(*oid), row.syntax);
    }
}

TEST(NamesTable, KnowsWhatANodeCounts) {
    EXPECT_EQ(name_from_oid(*Oid::parse("1.3.6.1.4.1.8072.9999.9999.7253.1.2.1.0")),
              "SPLASH-MIB::splashReceived.0");
    EXPECT_EQ(syntax_of(*oid_from_name("splashPrincipalFaults")), Syntax::Counter64);
    EXPECT_EQ(syntax_of(*oid_from_name("SPLASH-MIB::splashName.0")), Syntax::DisplayString);
}

TEST(NamesTable, HasNoValuesBelowValues) {
    // An instance such as sysName.0 must not be taken for another object's.
    std::map<std::string, const Row*> by_identifier;
    for (const Row& row : kRows) {
        by_identifier["." + std::string(row.dotted)] = &row;
    }
    for (const Row& row : kRows) {
        const Oid oid = *Oid::parse(row.dotted);
        const auto subids = oid.subids();
        for (std::size_t n = 2; n < subids.size(); ++n) {
            const auto above = by_identifier.find(Oid::from_subids(subids.first(n))->to_string());
            if (above != by_identifier.end()) {
                EXPECT_EQ(above->second->syntax, Syntax::Node)
                    << row.object << " below " << above->second->object;
            }
        }
    }
}

TEST(Names, TakeInstancesModulesAndNumbers) {
    EXPECT_EQ(oid_from_name("sysName.0"), Oid::parse("1.3.6.1.2.1.1.5.0"));
    EXPECT_EQ(oid_from_name("ifInErrors.3"), Oid::parse("1.3.6.1.2.1.2.2.1.14.3"));
    EXPECT_EQ(oid_from_name("IF-MIB::ifInErrors.3"), Oid::parse("1.3.6.1.2.1.2.2.1.14.3"));
    EXPECT_EQ(oid_from_name(".1.3.6.1"), Oid::parse("1.3.6.1"));
    EXPECT_EQ(oid_from_name("mib-2"), Oid::parse("1.3.6.1.2.1"));
    EXPECT_EQ(oid_from_name("UCD-SNMP-MIB::laLoad.1"), Oid::parse("1.3.6.1.4.1.2021.10.1.3.1"));
}

TEST(Names, RefuseWhatIsNotListedOrMalformed) {
    for (const char* const text : {"", "nosuch", "sysName.", "sysName.x", "sysName..0", "IP-MIB::sysName.0",
                                   "::sysname", "sysname.0", "sysName.0 ", "sysName.4294967296"}) {
        EXPECT_EQ(oid_from_name(text), std::nullopt) << text;
    }
}

TEST(Names, PrintInstancesAsNetSnmpDoes) {
    EXPECT_EQ(name_from_oid(*Oid::parse("1.3.6.1.2.1.1.5.0")), "SNMPv2-MIB::sysName.0");
    EXPECT_EQ(name_from_oid(*Oid::parse("1.3.6.1.2.1.4.20.1.1.10.0.0.1")), "IP-MIB::ipAdEntAddr.10.0.0.1");
    EXPECT_EQ(name_from_oid(*Oid::parse("1.3.6.1.9")), "SNMPv2-SMI::internet.9");
    EXPECT_EQ(name_from_oid(*Oid::parse("2.999")), std::nullopt);
}

TEST(Names, KnowTheSyntaxOfInstances) {
    EXPECT_EQ(syntax_of(*Oid::parse("1.3.6.1.2.1.1.3.0")), Syntax::TimeTicks);
    EXPECT_EQ(syntax_of(*Oid::parse("1.3.6.1.2.1.31.1.1.1.6.2")), Syntax::Counter64);
    EXPECT_EQ(syntax_of(*Oid::parse("1.3.6.1.2.1.2.2.1.6.2")), Syntax::OctetString);
    EXPECT_EQ(syntax_of(*Oid::parse("2.999")), std::nullopt);
}

TEST(Names, SuggestTheClosest) {
    EXPECT_THAT(names_like("sysNmae.0"), testing::Contains("sysName"));
    EXPECT_EQ(names_like("ifInErrrors").front(), "ifInErrors");
    EXPECT_EQ(names_like("SYSNAME").front(), "sysName");
    EXPECT_THAT(names_like("completelyelsewhere"), testing::IsEmpty());
    EXPECT_LE(names_like("ifOutOctet").size(), 3U);
}

}  // namespace
}  // namespace splash
