// Whatever ends a lab's maker or owner, nothing of the lab is left behind.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <ostream>

#include "lab/lab.hpp"
#include "paths.hpp"
#include "record.hpp"
#include "test_lab.hpp"

namespace splash::lab {
namespace {

using testing::IsEmpty;

struct Accident {
    const char* label;
    const char* when;  // the progress line at whose sight it happens
    int signal_number;
};

void PrintTo(const Accident& accident, std::ostream* out) {
    *out << accident.label;
}

class BuilderEnds : public LabTest, public testing::WithParamInterface<Accident> {};

TEST_P(BuilderEnds, NothingIsLeft) {
    const std::string name = new_name();
    UpOptions wanted = options(name, "line4");
    wanted.splashd = write_good_daemon();
    wanted.progress = [](std::string_view line) {
        if (line.find(GetParam().when) != std::string_view::npos) {
            kill(getpid(), GetParam().signal_number);
        }
    };
    const pid_t builder = in_child([&] { static_cast<void>(up(wanted)); });
    const int status = status_of(builder);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the builder came through";
    EXPECT_EQ(WTERMSIG(status), GetParam().signal_number);
    if (GetParam().signal_number != SIGKILL) {
        EXPECT_THAT(remains_of(name), IsEmpty()) << "when the builder has ended";
    }
    EXPECT_TRUE(eventually([&] { return remains_of(name).empty(); }));
    EXPECT_THAT(remains_of(name), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stages, BuilderEnds,
                         testing::Values(Accident{"KilledAfterNamespaces", "namespaces made", SIGKILL},
                                         Accident{"KilledAfterLinks", "links made", SIGKILL},
                                         Accident{"KilledAfterRoutes", "routes set", SIGKILL},
                                         Accident{"KilledAfterDaemons", "daemons started", SIGKILL},
                                         Accident{"KilledBeforeTheEnd", "all daemons answer", SIGKILL},
                                         Accident{"InterruptedAfterDaemons", "daemons started", SIGINT},
                                         Accident{"InterruptedBeforeTheEnd", "all daemons answer", SIGINT},
                                         Accident{"HungUpAfterNamespaces", "namespaces made", SIGHUP},
                                         Accident{"TerminatedAfterLinks", "links made", SIGTERM}),
                         [](const testing::TestParamInfo<Accident>& accident) {
                             return std::string(accident.param.label);
                         });

TEST_F(LabTest, InterruptedSaysSoToACallerThatLivesOn) {
    const std::string name = new_name();
    UpOptions wanted = options(name, "line2");
    wanted.splashd = write_good_daemon();
    wanted.progress = [](std::string_view) { kill(getpid(), SIGTERM); };
    const pid_t builder = in_child([&] {
        signal(SIGTERM, [](int) {});
        const auto lab = up(wanted);
        const bool is_told = !lab && lab.error().code == Errc::Interrupted && remains_of(name).empty();
        _exit(is_told ? 7 : 1);
    });
    const int status = status_of(builder);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST_F(LabTest, GoesWithItsOwner) {
    const std::string name = new_name();
    const pid_t owner = in_child([] { pause(); });
    UpOptions wanted = options(name, "line3");
    wanted.splashd = write_good_daemon();
    wanted.owner = owner;
    const auto lab = up(wanted);
    ASSERT_TRUE(lab) << lab.error().detail;
    kill(owner, SIGKILL);
    EXPECT_NE(status_of(owner), -1);
    EXPECT_TRUE(eventually([&] { return remains_of(name).empty(); }));
}

TEST_F(LabTest, TakenDownBeforeItsOwnerEndsLeavesNoGuardian) {
    const std::string name = new_name();
    UpOptions wanted = options(name, "line2");
    wanted.splashd = write_good_daemon();
    wanted.owner = getpid();
    ASSERT_TRUE(up(wanted));
    const auto record = load(name);
    ASSERT_TRUE(record);
    EXPECT_TRUE(is_running(record->guardian));
    ASSERT_TRUE(down(name));
    EXPECT_TRUE(eventually([&] { return !is_running(record->guardian); }));
}

TEST_F(LabTest, RefusesAnOwnerThatHasEnded) {
    const std::string name = new_name();
    const pid_t owner = in_child([] {});
    ASSERT_EQ(status_of(owner), 0);
    UpOptions wanted = options(name, "line2");
    wanted.splashd = write_good_daemon();
    wanted.owner = owner;
    const auto lab = up(wanted);
    ASSERT_FALSE(lab);
    EXPECT_EQ(lab.error().code, Errc::NotFound);
    EXPECT_THAT(remains_of(name), IsEmpty());
}

TEST_F(LabTest, DoesNotEndAProcessThatInheritedADaemonsPid) {
    const std::string name = new_name();
    const pid_t stranger = in_child([] { pause(); });
    const auto id = identify(stranger);
    ASSERT_TRUE(id);
    std::filesystem::create_directories(lab_directory(name));
    ASSERT_TRUE(save(
        {.name = name,
         .topology = "line2",
         .is_complete = true,
         .guardian = {.pid = stranger, .started = id->started + 1},
         .nodes = {{"n1", "splash", "10.0.0.1", "fd00::1", {.pid = stranger, .started = id->started + 1}}},
         .links = {},
         .conditions = {},
         .splashd = {}}));
    const auto lab = find(name);
    ASSERT_TRUE(lab);
    EXPECT_FALSE(lab->nodes.at(0).is_running);
    ASSERT_TRUE(down(name));
    EXPECT_TRUE(is_running(*id));
    EXPECT_THAT(remains_of(name), IsEmpty());
}

TEST_F(LabTest, ShowsAndRemovesOneThatLostItsMakerAndGuardian) {
    const std::string name = new_name();
    UpOptions wanted = options(name, "line3");
    wanted.splashd = write_good_daemon();
    wanted.progress = [&](std::string_view line) {
        if (line.find("daemons started") != std::string_view::npos) {
            kill(load(name)->guardian.pid, SIGKILL);
            kill(getpid(), SIGKILL);
        }
    };
    const pid_t builder = in_child([&] { static_cast<void>(up(wanted)); });
    ASSERT_TRUE(WIFSIGNALED(status_of(builder)));
    EXPECT_TRUE(eventually([&] { return find(name) && find(name)->state == LabState::Broken; }));
    const auto labs = list();
    ASSERT_TRUE(labs);
    EXPECT_EQ(std::ranges::count(*labs, name, &LabInfo::name), 1);
    ASSERT_TRUE(down(name));
    EXPECT_THAT(remains_of(name), IsEmpty());
}

TEST_F(LabTest, ShowsAndRemovesOneWhoseRecordIsUnreadable) {
    const std::string name = new_name();
    UpOptions wanted = options(name, "line2");
    wanted.splashd = write_good_daemon();
    ASSERT_TRUE(up(wanted));
    std::ofstream(record_file(name)) << "{";
    const auto lab = find(name);
    ASSERT_TRUE(lab);
    EXPECT_EQ(lab->state, LabState::Broken);
    ASSERT_TRUE(down(name));
    EXPECT_THAT(remains_of(name), IsEmpty());
}

}  // namespace
}  // namespace splash::lab
