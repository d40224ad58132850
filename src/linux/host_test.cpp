#include "linux/host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "linux/unique_fd.hpp"
#include "namespaces_for_test.hpp"

namespace splash::linux {
namespace {

using ::testing::IsEmpty;

TEST(UdpPortHolders, NamesTheProcessThatHasIt) {
    const UniqueFd fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    socklen_t size = sizeof any;
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    ASSERT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&any), &size), 0);
    const auto holders = udp_port_holders(ntohs(any.sin6_port));
    ASSERT_TRUE(holders);
    ASSERT_EQ(holders->size(), 1U);
    EXPECT_EQ(holders->front().pid, ::getpid());
    EXPECT_EQ(holders->front().name, "linux_test");
}

TEST(UdpPortHolders, AreNoneForAFreePort) {
    const auto space = TestNamespace::make();
    if (!space) {
        GTEST_SKIP() << "needs root";
    }
    space->run([] { EXPECT_THAT(udp_port_holders(161).value(), IsEmpty()); });
}

TEST(Sysctl, IsReadWithoutItsLineFeed) {
    EXPECT_THAT(read_sysctl("net/ipv4/ip_forward").value(), ::testing::AnyOf("0", "1"));
    EXPECT_EQ(read_sysctl("net/ipv4/no_such_thing").error().code, Errc::Unsupported);
}

TEST(Capabilities, OfRootAreAllThere) {
    if (!TestNamespace::make()) {
        GTEST_SKIP() << "needs root";
    }
    EXPECT_THAT(lacking_capabilities().value(), IsEmpty());
}

TEST(SocketFiles, AreToldFromOtherFiles) {
    EXPECT_EQ(look_at_socket("/nonexistent/s").error().code, Errc::NotFound);
    EXPECT_EQ(look_at_socket("/dev/null").error().code, Errc::BadConfig);
    const std::string path =
        std::filesystem::temp_directory_path() / ("host_test." + std::to_string(::getpid()));
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const auto found = look_at_socket(path);
    ::unlink(path.c_str());
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->is_usable);
    EXPECT_FALSE(found->group.empty());
}

TEST(RunProgram, GivesStatusAndBothStreams) {
    const auto ran =
        run_program({"sh", "-c", "echo $WORD; echo no >&2; exit 3"}, {"WORD=yes"}, kTestDeadline);
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->status, 3);
    EXPECT_EQ(ran->out, "yes\n");
    EXPECT_EQ(ran->err, "no\n");
}

TEST(RunProgram, EndsOneThatHangs) {
    EXPECT_EQ(run_program({"sleep", "600"}, {}, std::chrono::milliseconds(20)).error().code, Errc::TimedOut);
}

TEST(RunProgram, EndsOneThatHangsBehindClosedStreams) {
    const auto ran = run_program({"sh", "-c", "exec sleep 20 >&- 2>&-"}, {}, std::chrono::milliseconds(100));
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().code, Errc::TimedOut);
}

TEST(RunProgram, NamesOneThatIsNotThere) {
    EXPECT_EQ(run_program({"/nonexistent/x"}, {}, kTestDeadline).error().code, Errc::FileNotFound);
}

TEST(DroppingChains, AreNoneInANewNamespace) {
    const auto space = TestNamespace::make();
    if (!space) {
        GTEST_SKIP() << "needs root";
    }
    space->run([] {
        const auto chains = dropping_chains();
        if (chains || chains.error().code != Errc::Unsupported) {
            EXPECT_THAT(chains.value(), IsEmpty());
        }
    });
}

}  // namespace
}  // namespace splash::linux
