#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "linux/host.hpp"
#include "linux/unique_fd.hpp"
#include "os_error.hpp"

namespace splash::linux {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMostOutput = 1U << 20U;  // of one stream; what is more is dropped

struct Pipe {
    UniqueFd reading;
    UniqueFd writing;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return os_failure("make a pipe", errno);
    }
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> found;
    found.reserve(words.size() + 1);
    for (const std::string& word : words) {
        found.push_back(const_cast<char*>(word.c_str()));  // execve() does not write to them
    }
    found.push_back(nullptr);
    return found;
}

std::vector<std::string> with_own_environment(const std::vector<std::string>& more) {
    std::vector<std::string> all = more;  // the first of a name counts
    for (char** entry = environ; *entry != nullptr; ++entry) {
        all.emplace_back(*entry);
    }
    return all;
}

/// Reads both streams until both are closed. False at the deadline.
bool gather(const UniqueFd& out, const UniqueFd& err, Clock::time_point end, ProgramOutput& into) {
    std::array<pollfd, 2> streams{pollfd{.fd = out.get(), .events = POLLIN, .revents = 0},
                                  pollfd{.fd = err.get(), .events = POLLIN, .revents = 0}};
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0) {
            return false;
        }
        if (::poll(streams.data(), streams.size(), static_cast<int>(left)) < 0) {
            continue;  // EINTR
        }
        for (pollfd& stream : streams) {
            if (stream.revents == 0) {
                continue;
            }
            std::array<char, 4096> chunk{};
            const ssize_t n = ::read(stream.fd, chunk.data(), chunk.size());
            if (n <= 0) {
                stream.fd = -1;  // poll() passes it over
                continue;
            }
            std::string& text = &stream == streams.data() ? into.out : into.err;
            text.append(chunk.data(), std::min(static_cast<std::size_t>(n), kMostOutput - text.size()));
        }
    }
    return true;
}

/// Waits for a child to end, and leaves its status to waitpid(). False at the deadline.
bool has_ended(pid_t child, Clock::time_point end) {
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    if (!process.is_open()) {
        return true;  // before Linux 5.3: waitpid() waits without a deadline
    }
    pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
    while (ended.revents == 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0 || (::poll(&ended, 1, static_cast<int>(left)) < 0 && errno != EINTR)) {
            return false;
        }
    }
    return true;
}

}  // namespace

Result<ProgramOutput> run_program(const std::vector<std::string>& argv,
                                  const std::vector<std::string>& environment,
                                  std::chrono::milliseconds deadline) {
    const Clock::time_point end = Clock::now() + deadline;
    if (argv.empty()) {
        return fail(Errc::Usage, "no program to run");
    }
    auto out = make_pipe();
    auto err = make_pipe();
    auto refusal = make_pipe();
    if (!out || !err || !refusal) {
        return fail(Errc::System, "no more descriptors");
    }
    const std::vector<std::string> variables = with_own_environment(environment);
    const std::vector<char*> words = pointers(argv);
    const std::vector<char*> values = pointers(variables);
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(nothing.get(), STDIN_FILENO);
        ::dup2(out->writing.get(), STDOUT_FILENO);
        ::dup2(err->writing.get(), STDERR_FILENO);
        ::execvpe(words[0], words.data(), values.data());
        const int error_number = errno;
        static_cast<void>(!::write(refusal->writing.get(), &error_number, sizeof error_number));
        ::_exit(127);
    }
    if (child < 0) {
        return os_failure("fork", errno);
    }
    for (Pipe* const pipe : {&*out, &*err, &*refusal}) {
        pipe->writing.reset();
    }
    ProgramOutput output;
    bool is_done = gather(out->reading, err->reading, end, output);
    // One that has closed its streams may go on all the same.
    if (!is_done || !has_ended(child, end)) {
        is_done = false;
        ::kill(child, SIGKILL);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    int error_number = 0;
    if (is_done && ::read(refusal->reading.get(), &error_number, sizeof error_number) > 0) {
        return os_failure(Errc::FileNotFound, argv.front(), error_number);
    }
    if (!is_done) {
        return fail(Errc::TimedOut,
                    argv.front() + ": still running after " + std::to_string(deadline.count()) + " ms");
    }
    output.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return output;
}

}  // namespace splash::linux
