#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "descriptor.hpp"
#include "lab/lab.hpp"
#include "paths.hpp"

namespace splash::lab {
namespace {

/// While it lives, the terminal's signals are the command's business and not ours, as with system(3).
class TerminalSignalsIgnored {
public:
    TerminalSignalsIgnored() {
        struct sigaction ignore {};
        ignore.sa_handler = SIG_IGN;
        sigaction(SIGINT, &ignore, &interrupt_);
        sigaction(SIGQUIT, &ignore, &quit_);
    }
    TerminalSignalsIgnored(const TerminalSignalsIgnored&) = delete;
    TerminalSignalsIgnored& operator=(const TerminalSignalsIgnored&) = delete;
    ~TerminalSignalsIgnored() { restore(); }
    void restore() const noexcept {
        sigaction(SIGINT, &interrupt_, nullptr);
        sigaction(SIGQUIT, &quit_, nullptr);
    }

private:
    struct sigaction interrupt_ {};
    struct sigaction quit_ {};
};

[[noreturn]] void become(int netns, char* const* argv, int report) {
    if (setns(netns, CLONE_NEWNET) == 0) {
        execvp(argv[0], argv);
    }
    const int error_number = errno;
    static_cast<void>(!write(report, &error_number, sizeof error_number));
    _exit(127);
}

}  // namespace

Result<int> exec(const LabInfo& lab, std::string_view node, const std::vector<std::string>& argv) {
    const auto named = std::ranges::find(lab.nodes, node, &NodeInfo::name);
    if (named == lab.nodes.end()) {
        return fail(Errc::NotFound, "node '" + std::string(node) + "' in lab " + lab.name);
    }
    if (argv.empty()) {
        return fail(Errc::Usage, "no command to run on " + named->name);
    }
    const std::string path = netns_file(lab.name, node);
    const Descriptor netns(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!netns.is_open()) {
        return system_failure(errno, "open " + path);
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return system_failure(errno, "make a pipe");
    }
    const Descriptor report(ends[0]);
    Descriptor report_end(ends[1]);
    std::vector<char*> pointers;
    pointers.reserve(argv.size() + 1);
    for (const std::string& argument : argv) {
        pointers.push_back(const_cast<char*>(argument.c_str()));  // execvp() does not write to them
    }
    pointers.push_back(nullptr);

    const TerminalSignalsIgnored ignored;
    const pid_t child = fork();
    if (child == 0) {
        ignored.restore();
        become(netns.get(), pointers.data(), report_end.get());
    }
    if (child < 0) {
        return system_failure(errno, "fork");
    }
    report_end.reset();
    int error_number = 0;
    const bool failed = read(report.get(), &error_number, sizeof error_number) == sizeof error_number;
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return system_failure(errno, "wait for " + argv.front());
        }
    }
    if (failed && (error_number == ENOENT || error_number == ENOTDIR)) {
        return fail(Errc::FileNotFound, argv.front() + ": " + std::strerror(error_number));
    }
    if (failed && (error_number == EACCES || error_number == ENOEXEC || error_number == EISDIR)) {
        return fail(Errc::BadInput, argv.front() + ": " + std::strerror(error_number));
    }
    if (failed) {
        return system_failure(error_number, "execute " + argv.front() + " on " + named->name);
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace splash::lab
