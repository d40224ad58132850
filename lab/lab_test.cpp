#include "lab/lab.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "paths.hpp"
#include "process.hpp"
#include "test_lab.hpp"

namespace splash::lab {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string namespace_of_this_process() {
    return std::filesystem::read_symlink("/proc/self/ns/net");
}

UpOptions only_hosts(UpOptions options) {
    for (NodeSpec& node : options.topology.nodes) {
        node.kind = "host";
    }
    return options;
}

TEST_F(LabTest, PacketsCrossItBetweenTheFarthestLoopbacks) {
    const std::string name = new_name();
    const auto lab = up(only_hosts(options(name, "honeycomb20")));
    ASSERT_TRUE(lab) << lab.error().detail;
    const auto status = exec(*lab, "n1", {"ping", "-q", "-c1", "-w10", "10.0.0.20"});
    ASSERT_TRUE(status) << status.error().detail;
    EXPECT_EQ(*status, 0);
    const auto back = exec(*lab, "n20", {"ping", "-q", "-c1", "-w10", "10.0.0.1"});
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(*back, 0);
}

TEST_F(LabTest, PacketsCrossMoreHopsThanAKernelsOwnTimeToLive) {
    const auto lab = up(only_hosts(options(new_name(), "line70")));
    ASSERT_TRUE(lab) << lab.error().detail;
    const auto status = exec(*lab, "n1", {"ping", "-q", "-c1", "-w10", "10.0.0.70"});
    ASSERT_TRUE(status) << status.error().detail;
    EXPECT_EQ(*status, 0);
}

TEST_F(LabTest, ItsLinksTakePacketsFromTheFirst) {
    const auto lab = up(only_hosts(options(new_name(), "line4")));
    ASSERT_TRUE(lab) << lab.error().detail;
    for (const NodeInfo& node : lab->nodes) {
        const auto status = exec(*lab, node.name,
                                 {"sh", "-c",
                                  "links=$(ip -o link show up) && case $links in *NO-CARRIER*) exit 1;; "
                                  "*LOWER_UP*) ;; *) exit 2;; esac"});
        ASSERT_TRUE(status) << status.error().detail;
        EXPECT_EQ(*status, 0) << node.name;
    }
}

TEST_F(LabTest, TellsWhatIsInItAndLeavesNothing) {
    const std::string name = new_name();
    const std::string before = namespace_of_this_process();
    UpOptions wanted = options(name, "line3");
    wanted.topology.nodes[2].kind = "host";
    wanted.splashd = write_good_daemon();
    const auto lab = up(wanted);
    ASSERT_TRUE(lab) << lab.error().detail;
    EXPECT_EQ(namespace_of_this_process(), before);
    EXPECT_EQ(lab->name, name);
    EXPECT_EQ(lab->topology, "line3");
    EXPECT_EQ(lab->state, LabState::Up);
    EXPECT_EQ(lab->links, wanted.topology.links);
    ASSERT_EQ(lab->nodes.size(), 3U);
    EXPECT_EQ(lab->nodes[1].loopback.to_string(), "10.0.0.2");
    EXPECT_EQ(lab->nodes[1].netns, name + "-n2");
    EXPECT_EQ(lab->nodes[1].socket, "/run/splash/lab/" + name + "/n2/splashd.sock");
    EXPECT_TRUE(lab->nodes[1].is_running);
    EXPECT_EQ(lab->nodes[2].socket, "");
    EXPECT_EQ(lab->nodes[2].pid, 0);
    EXPECT_FALSE(lab->nodes[2].is_running);
    const auto daemon = processes_in({*identify_namespace(netns_file(name, "n2"))});
    ASSERT_EQ(daemon.size(), 1U);
    EXPECT_EQ(daemon[0].pid, lab->nodes[1].pid);
    EXPECT_EQ(getsid(daemon[0].pid), daemon[0].pid);

    const auto labs = list();
    ASSERT_TRUE(labs);
    EXPECT_EQ(std::ranges::count(*labs, name, &LabInfo::name), 1);

    ASSERT_TRUE(down(name));
    EXPECT_THAT(remains_of(name), IsEmpty());
    EXPECT_FALSE(is_running(daemon[0]));
    const auto gone = find(name);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, Errc::NotFound);
    EXPECT_TRUE(down(name)) << "taking down what is gone is no error";
}

TEST_F(LabTest, TwoAtOnceDoNotMeet) {
    const std::string one = new_name();
    const std::string two = new_name();
    const auto first = up(only_hosts(options(one, "line2")));
    ASSERT_TRUE(first) << first.error().detail;
    UpOptions other = only_hosts(options(two, "line3"));
    other.topology.links.pop_back();  // n3 stands alone
    const auto second = up(other);
    ASSERT_TRUE(second) << second.error().detail;
    EXPECT_EQ(exec(*first, "n1", {"ping", "-q", "-c1", "-w10", "10.0.0.2"}).value(), 0);
    EXPECT_NE(exec(*first, "n1", {"sh", "-c", "ping -q -c1 -w1 10.0.0.3 2>&1"}).value(), 0);
    ASSERT_TRUE(down(one));
    EXPECT_EQ(exec(*second, "n1", {"ping", "-q", "-c1", "-w10", "10.0.0.2"}).value(), 0);
}

TEST_F(LabTest, NamesInTheHostsNamespaceDoNotChange) {
    const auto names = [] {
        std::vector<std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator("/sys/class/net")) {
            all.push_back(entry.path().filename());
        }
        std::ranges::sort(all);
        return all;
    };
    const auto before = names();
    ASSERT_TRUE(up(only_hosts(options(new_name(), "line3"))));
    EXPECT_EQ(names(), before);
}

TEST_F(LabTest, RefusesANameThatIsTakenAndHarmsNothing) {
    const std::string name = new_name();
    ASSERT_TRUE(up(only_hosts(options(name, "line2"))));
    const auto again = up(only_hosts(options(name, "line3")));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::AlreadyExists);
    const auto lab = find(name);
    ASSERT_TRUE(lab);
    EXPECT_EQ(lab->nodes.size(), 2U);
    EXPECT_EQ(exec(*lab, "n1", {"ping", "-q", "-c1", "-w10", "10.0.0.2"}).value(), 0);
}

TEST_F(LabTest, LeavesANamespaceOfSomeoneElseAlone) {
    const std::string name = new_name();
    std::filesystem::create_directories(kNetnsDirectory);
    const std::string foreign = netns_file(name, "n2");
    std::ofstream(foreign) << "";
    const auto lab = up(only_hosts(options(name, "line2")));
    ASSERT_FALSE(lab);
    EXPECT_EQ(lab.error().code, Errc::AlreadyExists);
    EXPECT_THAT(lab.error().detail, HasSubstr(foreign));
    EXPECT_THAT(remains_of(name), testing::ElementsAre(foreign));
    std::filesystem::remove(foreign);
}

TEST_F(LabTest, ADaemonThatEndsEarlyIsNamedAndAllIsUndone) {
    const std::string name = new_name();
    UpOptions wanted = options(name, "line3");
    wanted.splashd = write_daemon(
        "if node == 'n2':\n"
        "    sys.exit('snmpd.conf: line 7: no such directive')\n"
        "s = answer()\n"
        "signal.pause()\n");
    const auto lab = up(wanted);
    ASSERT_FALSE(lab);
    EXPECT_EQ(lab.error().code, Errc::NoDaemon);
    EXPECT_THAT(lab.error().detail, HasSubstr("node n2"));
    EXPECT_THAT(lab.error().detail, HasSubstr("line 7: no such directive"));
    EXPECT_THAT(remains_of(name), IsEmpty());
}

TEST_F(LabTest, ADaemonThatDoesNotAnswerIsNamedAndAllIsUndone) {
    const std::string name = new_name();
    UpOptions wanted = options(name, "line2");
    wanted.deadline = std::chrono::milliseconds(500);
    wanted.splashd = write_daemon("signal.pause()\n");
    const auto lab = up(wanted);
    ASSERT_FALSE(lab);
    EXPECT_EQ(lab.error().code, Errc::TimedOut);
    EXPECT_THAT(lab.error().detail, HasSubstr("node n1"));
    EXPECT_THAT(lab.error().detail, HasSubstr("2 of 2"));
    EXPECT_THAT(remains_of(name), IsEmpty());
}

TEST_F(LabTest, ADaemonThatCannotBeExecutedIsNamedAndAllIsUndone) {
    const std::string name = new_name();
    UpOptions wanted = options(name, "line2");
    wanted.splashd = write_good_daemon();
    std::ofstream(wanted.splashd) << "#!/no/such/interpreter\n";
    const auto lab = up(wanted);
    ASSERT_FALSE(lab);
    EXPECT_THAT(lab.error().detail, HasSubstr("node n1: execute " + wanted.splashd));
    EXPECT_THAT(remains_of(name), IsEmpty());
}

TEST_F(LabTest, RefusesADaemonThatIsNotThere) {
    const std::string name = new_name();
    UpOptions wanted = options(name, "line2");
    wanted.splashd = "/no/such/splashd";
    const auto lab = up(wanted);
    ASSERT_FALSE(lab);
    EXPECT_EQ(lab.error().code, Errc::FileNotFound);
    EXPECT_THAT(remains_of(name), IsEmpty());
}

TEST_F(LabTest, GivesADaemonNothingOfTheCallersDescriptors) {
    const std::string name = new_name();
    UpOptions wanted = options(name, "line2");
    wanted.splashd = write_good_daemon();
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t builder = in_child([&] {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[1]);
        wanted.progress = [](std::string_view line) {
            static_cast<void>(!write(STDOUT_FILENO, line.data(), line.size()));
        };
        _exit(up(wanted) ? 0 : 1);
    });
    close(ends[1]);
    EXPECT_EQ(status_of(builder), 0);
    bool at_end = false;
    EXPECT_TRUE(eventually([&] {
        pollfd readable{.fd = ends[0], .events = POLLIN, .revents = 0};
        std::array<char, 512> text{};
        while (!at_end && poll(&readable, 1, 0) == 1) {
            at_end = read(ends[0], text.data(), text.size()) == 0;
        }
        return at_end;
    })) << "a process of the lab holds the caller's pipe";
    close(ends[0]);
    const auto lab = find(name);
    ASSERT_TRUE(lab) << "a lab without an owner outlives its builder";
    EXPECT_TRUE(lab->nodes[0].is_running);
}

TEST_F(LabTest, ExecGivesTheCommandsStatus) {
    const auto lab = up(only_hosts(options(new_name(), "line2")));
    ASSERT_TRUE(lab);
    EXPECT_EQ(exec(*lab, "n2", {"sh", "-c", "exit 7"}).value(), 7);
    EXPECT_EQ(exec(*lab, "n2", {"sh", "-c", "kill -9 $$"}).value(), 128 + SIGKILL);
    EXPECT_EQ(exec(*lab, "n2", {"grep", "-q", "eth1:", "/proc/net/dev"}).value(), 0);
    const auto no_node = exec(*lab, "n3", {"true"});
    ASSERT_FALSE(no_node);
    EXPECT_EQ(no_node.error().code, Errc::NotFound);
    const auto no_command = exec(*lab, "n1", {"/no/such/command"});
    ASSERT_FALSE(no_command);
    EXPECT_EQ(no_command.error().code, Errc::FileNotFound);
}

TEST_F(LabTest, EndsCommandsThatStillRunInIt) {
    const std::string name = new_name();
    const auto lab = up(only_hosts(options(name, "line2")));
    ASSERT_TRUE(lab);
    const pid_t caller = in_child([&] { _exit(exec(*lab, "n1", {"sleep", "1000"}).value_or(1)); });
    const auto id = identify_namespace(netns_file(name, "n1"));
    ASSERT_TRUE(id);
    ASSERT_TRUE(eventually([&] { return processes_in({*id}).size() == 1; }));
    ASSERT_TRUE(down(name));
    const int status = status_of(caller);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
}

TEST_F(LabTest, KillsADaemonThatIgnoresSigterm) {
    const std::string name = new_name();
    UpOptions wanted = options(name, "line2");
    wanted.splashd = write_daemon(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "s = answer()\n"
        "while True: signal.pause()\n");
    ASSERT_TRUE(up(wanted));
    ASSERT_TRUE(down(name));
    EXPECT_THAT(remains_of(name), IsEmpty());
}

TEST(Lab, RefusesNamesThatAreNone) {
    for (const char* name : {"", "A", "a/b", "..", "-a", "a-", "a b", "seventeen-letters"}) {
        UpOptions options;
        options.name = name;
        options.topology = generate("line2").value();
        const auto made = up(options);
        ASSERT_FALSE(made) << name;
        EXPECT_EQ(made.error().code, Errc::BadInput);
        const auto removed = down(name);
        ASSERT_FALSE(removed) << name;
        EXPECT_EQ(removed.error().code, Errc::BadInput);
    }
}

}  // namespace
}  // namespace splash::lab
