#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "paths.hpp"
#include "test_lab.hpp"

namespace splash::lab {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::seconds kPatience{20};

bool may_make_namespaces() {
    bool may = false;
    std::thread([&] { may = unshare(CLONE_NEWNET) == 0; }).join();
    return may;
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

std::vector<std::string> remains_of(std::string_view lab) {
    std::vector<std::string> remains;
    std::error_code error;
    for (const char* directory : {kNetnsDirectory, kLabsDirectory}) {
        for (const auto& entry : fs::directory_iterator(directory, error)) {
            if (entry.path().filename().native().starts_with(lab)) {
                remains.push_back(entry.path());
            }
        }
    }
    std::ifstream mounts("/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        if (line.find(netns_file(lab, "")) != std::string::npos) {
            remains.push_back(line);
        }
    }
    return remains;
}

void LabTest::SetUp() {
    if (geteuid() != 0 || !may_make_namespaces()) {
        GTEST_SKIP() << "needs root: cannot make a network namespace";
    }
    ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

void LabTest::TearDown() {
    for (const pid_t child : children_) {
        kill(child, SIGKILL);
    }
    for (const std::string& name : names_) {
        const auto done = down(name);
        EXPECT_TRUE(done) << done.error().detail;
        EXPECT_EQ(remains_of(name), std::vector<std::string>{});
    }
    for (const std::string& file : files_) {
        unlink(file.c_str());
    }
    EXPECT_TRUE(eventually([] {
        while (waitpid(-1, nullptr, WNOHANG) > 0) {
        }
        return waitpid(-1, nullptr, WNOHANG) < 0;
    })) << "a process is left";
}

std::string LabTest::new_name() {
    names_.push_back("t" + std::to_string(getpid()) + "-" + std::to_string(names_.size()));
    return names_.back();
}

std::string LabTest::write_daemon(std::string_view body) {
    files_.push_back("/tmp/splash-lab-test-" + std::to_string(getpid()) + "-" +
                     std::to_string(files_.size()));
    std::ofstream file(files_.back());
    file << "#!/usr/bin/python3 -SE\n"
            "import os, signal, socket, sys, time\n"
            "directory = os.path.dirname(sys.argv[-1].split('=', 1)[1])\n"
            "node = os.path.basename(directory)\n"
            "def answer():\n"
            "    s = socket.socket(socket.AF_UNIX)\n"
            "    s.bind(directory + '/splashd.sock')\n"
            "    s.listen(5)\n"
            "    return s\n"
         << body;
    file.close();
    chmod(files_.back().c_str(), 0755);
    return files_.back();
}

std::string LabTest::write_good_daemon() {
    return write_daemon("s = answer()\nsignal.pause()\n");
}

UpOptions LabTest::options(const std::string& name, std::string_view generator) {
    UpOptions options;
    options.name = name;
    options.topology = generate(generator).value();
    return options;
}

pid_t LabTest::in_child(const std::function<void()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    children_.push_back(child);
    return child;
}

int LabTest::status_of(pid_t child) {
    int status = -1;
    const bool ended = eventually([&] { return waitpid(child, &status, WNOHANG) == child; });
    std::erase(children_, child);
    if (!ended) {
        kill(child, SIGKILL);
    }
    return ended ? status : -1;
}

}  // namespace splash::lab
