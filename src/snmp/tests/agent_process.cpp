#include "agent_process.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "snmp/agent.hpp"

// What net-snmp's modules and configuration keep to the end of the process is theirs. Nothing here names what
// requests are made of: sessions, PDUs, variables.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libnetsnmpmibs\nleak:netsnmp_create_table_data\nleak:netsnmp_ipv4_get_taddr\n"
           "leak:snmp_duplicate_objid\n";
}

namespace splash::snmp {

TemporaryDirectory::TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "splash-snmp-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) {
        path_ = pattern;
    }
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::write(const std::string& name, const std::string& text) const {
    std::string path = path_ + "/" + name;
    std::ofstream(path) << text;
    return path;
}

std::uint16_t free_port() {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                       getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    close(fd);
    return bound ? ntohs(address.sin_port) : std::uint16_t{0};
}

void use_directory(const std::string& directory) {
    setenv("MIBS", "", 1);
    setenv("SNMPCONFPATH", directory.c_str(), 1);
    setenv("SNMP_PERSISTENT_DIR", directory.c_str(), 1);
}

AgentProcess::AgentProcess(const std::string& persistent_directory,
                           const std::vector<std::string>& arguments) {
    std::string line;
    for (const std::string& argument : arguments) {
        line += argument + "\n";
    }
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ != 0) {
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    use_directory(persistent_directory);
    setenv("SPLASH_TEST_AGENT", line.c_str(), 1);
    execl("/proc/self/exe", "snmp_test", "--gtest_also_run_disabled_tests",
          "--gtest_filter=AgentProcess.DISABLED_Serves", nullptr);
    _exit(127);
}

AgentProcess::~AgentProcess() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
}

bool until(const std::function<bool()>& is_done, const std::function<void()>& step,
           std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < end) {
        if (is_done()) {
            return true;
        }
        step();
    }
    return false;
}

namespace {

/// Not a test: what AgentProcess runs.
TEST(AgentProcess, DISABLED_Serves) {
    const char* const text = std::getenv("SPLASH_TEST_AGENT");
    ASSERT_NE(text, nullptr);
    std::istringstream lines(text);
    std::vector<std::string> words{"snmpd"};
    for (std::string word; std::getline(lines, word);) {
        words.push_back(word);
    }
    std::vector<const char*> argv;
    for (const std::string& word : words) {
        argv.push_back(word.c_str());
    }
    const auto options = parse_options(static_cast<int>(argv.size()), argv.data());
    ASSERT_TRUE(options);
    auto agent = Agent::init(*options);
    ASSERT_TRUE(agent) << to_string(agent.error());
    agent->announce();
    while (true) {  // ended by a signal
        const auto wait = agent->prepare();
        pollfd ready{agent->poll_fd(), POLLIN, 0};
        poll(&ready, 1, wait ? static_cast<int>(wait->count() / 1000 + 1) : -1);
        agent->service();
    }
}

}  // namespace
}  // namespace splash::snmp
