#include "tool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "descriptor.hpp"
#include "paths.hpp"

namespace splash::lab {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{10};
constexpr int kNoProgram = 127;
constexpr int kNoNamespace = 126;
constexpr std::size_t kMostInput = 60'000;  // a pipe holds 65 536: written before anyone reads

[[noreturn]] void become(char* const* argv, std::optional<int> netns, int input, int output) {
    for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGPIPE}) {
        signal(number, SIG_DFL);
    }
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    const int entered = netns ? setns(*netns, CLONE_NEWNET) : unshare(CLONE_NEWNET);
    if (entered != 0) {
        _exit(kNoNamespace);
    }
    execvp(argv[0], argv);
    _exit(errno == ENOENT ? kNoProgram : kNoNamespace);
}

/// Until the end of the pipe. nullopt: too long.
std::optional<std::string> read_all(int fd) {
    const auto deadline = Clock::now() + kPatience;
    std::string text;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
        if (left.count() <= 0 || poll(&readable, 1, static_cast<int>(left.count())) == 0) {
            return std::nullopt;
        }
        std::array<char, 4096> piece{};
        const ssize_t n = read(fd, piece.data(), piece.size());
        if (n == 0) {
            return text;
        }
        text.append(piece.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    }
}

std::string_view package_of(std::string_view program) {
    return program == "tcpdump" ? "tcpdump" : "iproute2";
}

}  // namespace

Result<std::string> run_tool(const ToolRun& run) {
    SPLASH_ASSERT(run.input.size() <= kMostInput, "input of a tool");
    int input[2];
    int output[2];
    if (pipe2(input, O_CLOEXEC) != 0) {
        return system_failure(errno, "make a pipe");
    }
    Descriptor input_read(input[0]);
    Descriptor input_write(input[1]);
    if (pipe2(output, O_CLOEXEC) != 0) {
        return system_failure(errno, "make a pipe");
    }
    const Descriptor output_read(output[0]);
    Descriptor output_write(output[1]);
    if (write(input_write.get(), run.input.data(), run.input.size()) !=
        static_cast<ssize_t>(run.input.size())) {
        return system_failure(errno, "write to a pipe");
    }
    input_write.reset();
    std::vector<char*> argv;
    for (const std::string& word : run.argv) {
        argv.push_back(const_cast<char*>(word.c_str()));  // execvp() does not write to them
    }
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        become(argv.data(), run.netns, input_read.get(), output_write.get());
    }
    if (child < 0) {
        return system_failure(errno, "fork");
    }
    output_write.reset();
    auto text = read_all(output_read.get());
    if (!text) {
        kill(child, SIGKILL);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const std::string& name = run.argv.front();
    if (!text) {
        return fail(Errc::TimedOut, name + " did not end within 10 s");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return *std::move(text);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNoProgram) {
        return fail(Errc::Unsupported,
                    fmt::format("{} is not installed; package {}", name, package_of(name)));
    }
    while (!text->empty() && text->back() == '\n') {
        text->pop_back();
    }
    return fail(Errc::System, fmt::format("{}: {}", fmt::join(run.argv, " "),
                                          text->empty() ? "it failed without a word" : *text));
}

}  // namespace splash::lab
