#include "process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <sstream>

#include "paths.hpp"

namespace splash::lab {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTermPatience{3000};
constexpr std::chrono::milliseconds kKillPatience{5000};

std::string proc(pid_t pid, const char* what) {
    return "/proc/" + std::to_string(pid) + "/" + what;
}

std::optional<pid_t> parse_pid(std::string_view text) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(pid) : std::nullopt;
}

void signal_all(const std::vector<Descriptor>& processes, int signal_number) {
    for (const Descriptor& process : processes) {
        syscall(SYS_pidfd_send_signal, process.get(), signal_number, nullptr, 0);
    }
}

/// Waits until all have ended; drops those that have.
void await_end(std::vector<Descriptor>& processes, std::chrono::milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    while (!processes.empty()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) {
            return;
        }
        std::vector<pollfd> polled;
        polled.reserve(processes.size());
        for (const Descriptor& process : processes) {
            polled.push_back({.fd = process.get(), .events = POLLIN, .revents = 0});
        }
        poll(polled.data(), polled.size(), static_cast<int>(left.count()));
        std::size_t i = 0;
        std::erase_if(processes, [&](const Descriptor&) { return polled[i++].revents != 0; });
    }
}

}  // namespace

std::optional<ProcessId> identify(pid_t pid) {
    const auto text = read_tail(proc(pid, "stat"), 4096);
    if (pid <= 0 || !text) {
        return std::nullopt;
    }
    // The name in parentheses may hold anything; what follows is the state and numbers (proc(5)).
    const std::size_t name_end = text->rfind(')');
    if (name_end == std::string::npos) {
        return std::nullopt;
    }
    std::istringstream fields(text->substr(name_end + 1));
    char state = '?';
    fields >> state;
    constexpr int kStartTime = 22;
    std::int64_t skipped = 0;
    for (int field = 4; field < kStartTime; ++field) {
        fields >> skipped;
    }
    ProcessId process{.pid = pid};
    fields >> process.started;
    if (!fields || state == 'Z' || state == 'X') {
        return std::nullopt;
    }
    return process;
}

bool is_running(const ProcessId& process) {
    return process.pid > 0 && identify(process.pid) == process;
}

Descriptor open_process(const ProcessId& process) {
    Descriptor descriptor(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
    // The pid may have changed hands before we held the descriptor, not after.
    return is_running(process) ? std::move(descriptor) : Descriptor();
}

std::optional<NamespaceId> identify_namespace(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) {
        return std::nullopt;
    }
    return NamespaceId(status.st_dev, status.st_ino);
}

std::vector<ProcessId> processes_in(const std::set<NamespaceId>& namespaces) {
    std::vector<ProcessId> found;
    if (namespaces.empty()) {
        return found;
    }
    std::error_code error;
    for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const auto pid = parse_pid(entry->path().filename().native());
        if (!pid || *pid == getpid()) {
            continue;
        }
        // Who it is first, where it is second: a successor of the same pid is then not taken for it.
        const auto process = identify(*pid);
        const auto where = identify_namespace(proc(*pid, "ns/net"));
        if (process && where && namespaces.contains(*where)) {
            found.push_back(*process);
        }
    }
    return found;
}

Result<> end_processes(const std::vector<ProcessId>& processes) {
    std::vector<Descriptor> alive;
    for (const ProcessId& process : processes) {
        if (Descriptor descriptor = open_process(process); descriptor.is_open()) {
            alive.push_back(std::move(descriptor));
        }
    }
    signal_all(alive, SIGTERM);
    await_end(alive, kTermPatience);
    signal_all(alive, SIGKILL);
    await_end(alive, kKillPatience);
    if (alive.empty()) {
        return {};
    }
    std::string pids;
    for (const ProcessId& process : processes) {
        pids += is_running(process) ? " " + std::to_string(process.pid) : "";
    }
    return fail(Errc::System, "processes that SIGKILL did not end:" + pids);
}

void keep_only(std::initializer_list<int> kept) noexcept {
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        dup2(null, stream);
    }
    unsigned next = STDERR_FILENO + 1;
    for (;;) {
        unsigned lowest = ~0U;
        for (const int fd : kept) {
            if (fd >= 0 && static_cast<unsigned>(fd) >= next) {
                lowest = std::min(lowest, static_cast<unsigned>(fd));
            }
        }
        if (lowest == ~0U) {
            close_range(next, ~0U, 0);
            return;
        }
        if (lowest > next) {
            close_range(next, lowest - 1, 0);
        }
        next = lowest + 1;
    }
}

}  // namespace splash::lab
