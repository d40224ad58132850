#include "directory_lock.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "agent_process.hpp"

namespace splash::snmp {
namespace {

TEST(DirectoryLock, NamesDirectoryAndHolder) {
    const TemporaryDirectory directory;
    const auto first = DirectoryLock::take(directory.path(), "snmpd");
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->is_held());
    const auto second = DirectoryLock::take(directory.path(), "snmpd");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::AlreadyRunning);
    EXPECT_EQ(second.error().detail,
              "persistent directory " + directory.path() + ", process " + std::to_string(getpid()));
}

TEST(DirectoryLock, IsFreeAgainAfterItsHolder) {
    const TemporaryDirectory directory;
    { const auto first = DirectoryLock::take(directory.path(), "snmpd"); }
    EXPECT_TRUE(DirectoryLock::take(directory.path(), "snmpd")->is_held());
}

TEST(DirectoryLock, LetsApplicationsWithFilesOfTheirOwnShare) {
    const TemporaryDirectory directory;
    const auto first = DirectoryLock::take(directory.path(), "snmpd");
    EXPECT_TRUE(DirectoryLock::take(directory.path(), "subagent"));
}

TEST(DirectoryLock, IsNotHeldWhereNoFileCanBe) {
    const auto lock = DirectoryLock::take("/proc/self", "snmpd");
    ASSERT_TRUE(lock);
    EXPECT_FALSE(lock->is_held());
}

}  // namespace
}  // namespace splash::snmp
