#include "privileges.hpp"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace splash::snmp {
namespace {

constexpr unsigned kNobody = 65534;

bool is_effective(cap_value_t capability) {
    const cap_t state = cap_get_proc();
    cap_flag_value_t value = CAP_CLEAR;
    cap_get_flag(state, capability, CAP_EFFECTIVE, &value);
    cap_free(state);
    return value == CAP_SET;
}

/// What `check` says in a child process, for what it does there cannot be undone.
bool holds_in_child(const std::function<bool()>& check) {
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(check() ? 0 : 1);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class Privileges : public testing::Test {
protected:
    void SetUp() override {
        if (geteuid() != 0) {
            GTEST_SKIP() << "needs root to give it up";
        }
    }
};

TEST_F(Privileges, KeepsTheNamedCapabilityAndNoOther) {
    EXPECT_TRUE(holds_in_child([] {
        return become({kNobody, kNobody}, {"cap_net_raw"}) && is_effective(CAP_NET_RAW) &&
               !is_effective(CAP_NET_ADMIN) && !is_effective(CAP_SETUID) && geteuid() == kNobody;
    }));
}

TEST_F(Privileges, KeepsNothingUnasked) {
    EXPECT_TRUE(holds_in_child([] {
        return become({kNobody, kNobody}, {}) && !is_effective(CAP_NET_RAW) && setuid(0) != 0 &&
               getegid() == kNobody;
    }));
}

TEST_F(Privileges, StaysRootWithoutAUser) {
    EXPECT_TRUE(holds_in_child(
        [] { return become({}, {"cap_net_raw"}) && geteuid() == 0 && is_effective(CAP_SETUID); }));
}

TEST_F(Privileges, NamesACapabilityThatIsNone) {
    const auto done = become({kNobody, kNobody}, {"cap_fly"});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error(), (Error{Errc::Usage, "capability cap_fly"}));
    EXPECT_EQ(geteuid(), 0U);
}

}  // namespace
}  // namespace splash::snmp
