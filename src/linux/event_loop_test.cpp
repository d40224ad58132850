#include "linux/event_loop.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/unique_fd.hpp"

namespace splash::linux {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
constexpr nanoseconds kNow{0};

EventLoop open_loop() {
    auto loop = EventLoop::open();
    EXPECT_TRUE(loop);
    return std::move(*loop);
}
UniqueFd event_fd(unsigned initial) {
    return UniqueFd(::eventfd(initial, EFD_CLOEXEC | EFD_NONBLOCK));
}

TEST(EventLoop, CallsBackAsLongAsSomethingIsThere) {
    EventLoop loop = open_loop();
    const UniqueFd fd = event_fd(1);
    int calls = 0;
    ASSERT_TRUE(loop.watch(fd.get(), [&calls] { ++calls; }));
    EXPECT_TRUE(loop.turn(kNow));
    EXPECT_TRUE(loop.turn(kNow));
    EXPECT_EQ(calls, 2);
    eventfd_t value = 0;
    ASSERT_EQ(::eventfd_read(fd.get(), &value), 0);
    EXPECT_TRUE(loop.turn(kNow));
    EXPECT_EQ(calls, 2);
}

TEST(EventLoop, WatchesANewFileUnderAnOldNumber) {
    EventLoop loop = open_loop();
    UniqueFd fd = event_fd(0);
    const int number = fd.get();
    int calls = 0;
    ASSERT_TRUE(loop.watch(number, [&calls] { ++calls; }));
    fd.reset();
    fd = event_fd(1);
    ASSERT_EQ(fd.get(), number);
    ASSERT_TRUE(loop.watch(number, [&calls] { ++calls; }));
    EXPECT_TRUE(loop.turn(kNow));
    EXPECT_EQ(calls, 1);
}

TEST(EventLoop, DoesNotCallWhatWasUnwatchedInTheSameTurn) {
    EventLoop loop = open_loop();
    const UniqueFd a = event_fd(1);
    const UniqueFd b = event_fd(1);
    int calls = 0;
    for (const int fd : {a.get(), b.get()}) {
        ASSERT_TRUE(loop.watch(fd, [&] {
            ++calls;
            loop.unwatch(a.get());
            loop.unwatch(b.get());
        }));
    }
    EXPECT_TRUE(loop.turn(kNow));
    EXPECT_TRUE(loop.turn(kNow));
    EXPECT_EQ(calls, 1);
    loop.unwatch(12345);
}

TEST(EventLoop, RefusesWhatCannotBeWatched) {
    EventLoop loop = open_loop();
    const auto done = loop.watch(-1, [] {});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::System);
}

TEST(EventLoop, EndsATurnWhenItsTimeIsOver) {
    EventLoop loop = open_loop();
    const auto before = std::chrono::steady_clock::now();
    EXPECT_TRUE(loop.turn(nanoseconds(1'500'000)));
    EXPECT_GE(std::chrono::steady_clock::now() - before, nanoseconds(1'500'000));
}

TEST(EventLoop, CallsBackForSignalsFromTheTurn) {
    EventLoop loop = open_loop();
    int hups = 0;
    int users = 0;
    ASSERT_TRUE(loop.on_signal(SIGHUP, [&hups] { ++hups; }));
    ASSERT_TRUE(loop.on_signal(SIGUSR1, [&users] { ++users; }));
    ASSERT_EQ(::raise(SIGHUP), 0);
    ASSERT_EQ(::raise(SIGUSR1), 0);
    ASSERT_EQ(::raise(SIGHUP), 0);
    EXPECT_EQ(hups, 0);
    EXPECT_TRUE(loop.turn(std::chrono::seconds(5)));
    EXPECT_EQ(hups, 2);
    EXPECT_EQ(users, 1);
    EXPECT_TRUE(loop.turn(kNow));
    EXPECT_EQ(hups, 2);
}

TEST(EventLoop, LeavesSignalsToTheirDefaultInAProgramItStarts) {
    EventLoop loop = open_loop();
    ASSERT_TRUE(loop.on_signal(SIGTERM, [] {}));
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl("/bin/sh", "sh", "-c", "kill -TERM $$; exit 0", nullptr);
        ::_exit(127);
    }
    ASSERT_GT(child, 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
}

TEST(EventLoop, GivesSignalsBackWhenItGoes) {
    {
        EventLoop loop = open_loop();
        ASSERT_TRUE(loop.on_signal(SIGUSR1, [] {}));
    }
    struct sigaction action {};
    ASSERT_EQ(::sigaction(SIGUSR1, nullptr, &action), 0);
    EXPECT_EQ(action.sa_handler, SIG_DFL);
}

}  // namespace
}  // namespace splash::linux
