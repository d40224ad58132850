#include "repeating.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "programs.hpp"
#include "random_id.hpp"

namespace splash::cli {
namespace {

isa::Packet calling(std::initializer_list<std::string_view> services) {
    ProgramWriter program;
    for (const std::string_view service : services) {
        program.call(service);
    }
    return program.finish();
}

TEST(UnrepeatableService, IsNoneInAProgramThatReads) {
    EXPECT_EQ(unrepeatable_service(calling({"snmp_getsingle", "snmp_getnext", "node_info"})), std::nullopt);
    EXPECT_EQ(unrepeatable_service(calling({})), std::nullopt);
}

TEST(UnrepeatableService, IsTheFirstThatWrites) {
    EXPECT_EQ(unrepeatable_service(calling({"snmp_getsingle", "snmp_setsingle"})), "snmp_setsingle");
    EXPECT_EQ(unrepeatable_service(calling({"if_getup", "if_setup"})), "if_setup");
    EXPECT_EQ(unrepeatable_service(calling({"memmap_getint", "memmap_addint"})), "memmap_addint");
}

TEST(UnrepeatableService, IsNoneWhereRepetitionsAreKnown) {
    EXPECT_EQ(unrepeatable_service(calling({"once", "snmp_setonce"})), std::nullopt);
}

TEST(UnrepeatableService, IsOneThatNobodyKnows) {
    const auto service = unrepeatable_service(calling({"restart_everything"}));
    ASSERT_TRUE(service);
    EXPECT_EQ(service->find("the unknown service 0x"), 0U);
}

TEST(RandomId, IsNeverNegativeAndTellsInvocationsApart) {
    const auto one = random_id();
    const auto other = random_id();
    ASSERT_TRUE(one && other);
    EXPECT_GE(*one, 0);
    EXPECT_NE(*one, *other);
    EXPECT_EQ(id_of(std::numeric_limits<std::int64_t>::max(), 1), 0);
}

}  // namespace
}  // namespace splash::cli
