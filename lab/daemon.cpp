#include "daemon.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include "paths.hpp"

namespace splash::lab {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kHandshakePatienceMs = 10'000;
constexpr int kPauseMs = 5;               // between two attempts to connect
constexpr std::size_t kLogOctets = 2000;  // of a dead daemon's log
constexpr std::size_t kLogLines = 5;

enum class Word : int { Ready, Failed };
/// From the process-to-be to its maker; small enough to be written whole.
struct Message {
    Word word;
    int error_number;
    pid_t pid;
    const char* doing;  // a literal: both sides are one program
};

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

Result<Pipe> make_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return system_failure(errno, "make a pipe");
    }
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

/// Everything prepared before fork(), so that the child only makes system calls.
struct Launch {
    char* const* argv;
    char* const* environment;
    const char* directory;
    int log;
    int netns;
    int go;      // read: the maker's word
    int report;  // write
};

[[noreturn]] void give_up(int report, const char* doing) {
    const Message message{Word::Failed, errno, 0, doing};
    static_cast<void>(!write(report, &message, sizeof message));
    _exit(127);
}

[[noreturn]] void become_daemon(const Launch& launch) {
    for (int number = 1; number < NSIG; ++number) {
        signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    keep_only({launch.log, launch.netns, launch.go, launch.report});
    if (setsid() < 0) {
        give_up(launch.report, "start a session");
    }
    if (dup2(launch.log, STDOUT_FILENO) < 0 || dup2(launch.log, STDERR_FILENO) < 0) {
        give_up(launch.report, "open the log");
    }
    if (setns(launch.netns, CLONE_NEWNET) != 0) {
        give_up(launch.report, "enter the namespace");
    }
    if (chdir(launch.directory) != 0) {
        give_up(launch.report, "enter the directory");
    }
    const Message ready{Word::Ready, 0, getpid(), nullptr};
    char word = 0;
    if (write(launch.report, &ready, sizeof ready) != sizeof ready || read(launch.go, &word, 1) != 1) {
        _exit(0);  // the maker is gone, and so will be the lab
    }
    execve(launch.argv[0], launch.argv, launch.environment);
    give_up(launch.report, "execute");
}

/// nullopt at the end of the pipe.
Result<std::optional<Message>> hear(int report) {
    pollfd readable{.fd = report, .events = POLLIN, .revents = 0};
    int n = 0;
    do {
        n = poll(&readable, 1, kHandshakePatienceMs);
    } while (n < 0 && errno == EINTR);
    if (n == 0) {
        return fail(Errc::TimedOut, "its process was not started within 10 s");
    }
    Message message{};
    const ssize_t size = read(report, &message, sizeof message);
    if (size == 0) {
        return std::optional<Message>();
    }
    if (size != sizeof message) {
        return system_failure(errno, "hear of its process");
    }
    return std::optional(message);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (const std::string& text : texts) {
        all.push_back(const_cast<char*>(text.c_str()));  // execve() does not write to them
    }
    all.push_back(nullptr);
    return all;
}

Failure refusal(const DaemonPlace& place, const Command& command, const Message& message) {
    return system_failure(message.error_number,
                          "node " + place.node + ": " + message.doing + " " + command.argv.front());
}

bool accepts(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return false;
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const Descriptor client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return connect(client.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)),
                   sizeof address) == 0;
}

std::string end_of_log(const std::string& path) {
    auto text = read_tail(path, kLogOctets);
    if (!text || text->find_first_not_of(" \n\r\t") == std::string::npos) {
        return "its log is empty";
    }
    std::vector<std::string> lines;
    std::size_t at = 0;
    while (at < text->size()) {
        const std::size_t end = std::min(text->find('\n', at), text->size());
        if (end > at) {
            lines.push_back(text->substr(at, end - at));
        }
        at = end + 1;
    }
    std::string joined;
    for (std::size_t i = lines.size() - std::min(lines.size(), kLogLines); i < lines.size(); ++i) {
        joined += (joined.empty() ? "" : " | ") + lines[i];
    }
    return "its log ends: " + joined;
}

/// The line that the last complaint about a splash.toml names ("FILE:3:5: ..."), for the file goes with the
/// lab. Empty if it names none. Of snmpd.conf no line is quoted: it may hold passphrases.
std::string named_line(const std::string& complaints, const std::string& file) {
    const std::size_t found = complaints.rfind(file + ":");
    if (found == std::string::npos) {
        return {};
    }
    const std::string_view rest = std::string_view(complaints).substr(found + file.size() + 1);
    std::size_t number = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), number);
    std::ifstream in(file);
    std::string line;
    for (std::size_t at = 0; at < number; ++at) {
        if (!std::getline(in, line)) {
            return {};
        }
    }
    return number == 0 ? "" : "; line " + std::to_string(number) + " of splash.toml is: " + line;
}

/// Why a daemon does not run, as far as it said.
std::string last_words(const StartedDaemon& daemon) {
    const std::string words = end_of_log(daemon.log);
    return words + named_line(words, daemon.directory + "/splash.toml");
}

}  // namespace

Result<ProcessId> start_daemon(const Command& command, const DaemonPlace& place) {
    // Opened here, not in the child: a child that outlives its maker then makes no files.
    const Descriptor log(open(place.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!log.is_open()) {
        return system_failure(errno, "open " + place.log);
    }
    auto go = make_pipe();
    auto report = make_pipe();
    if (!go || !report) {
        return Failure(!go ? go.error() : report.error());
    }
    const std::vector<char*> argv = pointers(command.argv);
    const std::vector<char*> environment = pointers(command.environment);
    const Launch launch{.argv = argv.data(),
                        .environment = environment.data(),
                        .directory = place.directory.c_str(),
                        .log = log.get(),
                        .netns = place.netns,
                        .go = go->read_end.get(),
                        .report = report->write_end.get()};
    const pid_t between = fork();
    if (between == 0) {
        const pid_t daemon = fork();
        if (daemon == 0) {
            become_daemon(launch);
        }
        if (daemon < 0) {
            give_up(launch.report, "fork for");
        }
        _exit(0);
    }
    if (between < 0) {
        return system_failure(errno, "fork");
    }
    while (waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
    }
    go->read_end.reset();
    report->write_end.reset();
    const auto ready = hear(report->read_end.get());
    if (!ready) {
        return fail(ready.error().code, "node " + place.node + ": " + ready.error().detail);
    }
    if (!*ready) {
        return fail(Errc::System, "node " + place.node + ": its process ended at once");
    }
    const Message first = **ready;
    if (first.word == Word::Failed) {
        return refusal(place, command, first);
    }
    const auto process = identify(first.pid);
    if (!process || write(go->write_end.get(), "g", 1) != 1) {
        return fail(Errc::System, "node " + place.node + ": its process ended at once");
    }
    const auto failed = hear(report->read_end.get());
    if (!failed) {
        return fail(failed.error().code, "node " + place.node + ": " + failed.error().detail);
    }
    if (*failed) {
        return refusal(place, command, **failed);
    }
    return *process;
}

Result<> await_daemons(const std::vector<StartedDaemon>& daemons, std::chrono::milliseconds patience,
                       const std::function<Result<>()>& go_on) {
    struct Waiting {
        const StartedDaemon* daemon;
        Descriptor process;
    };
    std::vector<Waiting> waiting;
    waiting.reserve(daemons.size());
    for (const StartedDaemon& daemon : daemons) {
        waiting.push_back({&daemon, open_process(daemon.process)});
    }
    const auto deadline = Clock::now() + patience;
    for (;;) {
        std::erase_if(waiting,
                      [](const Waiting& w) { return w.process.is_open() && accepts(w.daemon->socket); });
        if (waiting.empty()) {
            return {};
        }
        if (auto further = go_on(); !further) {
            return further;
        }
        std::vector<pollfd> polled;
        polled.reserve(waiting.size());
        for (const Waiting& w : waiting) {
            polled.push_back({.fd = w.process.get(), .events = POLLIN, .revents = 0});
        }
        poll(polled.data(), polled.size(), kPauseMs);
        for (std::size_t i = 0; i < waiting.size(); ++i) {
            const StartedDaemon& daemon = *waiting[i].daemon;
            if (!waiting[i].process.is_open() || polled[i].revents != 0) {
                return fail(Errc::NoDaemon, "node " + daemon.node + ": splashd ended before it answered; " +
                                                last_words(daemon));
            }
        }
        if (Clock::now() >= deadline) {
            const StartedDaemon& daemon = *waiting.front().daemon;
            return fail(Errc::TimedOut, "node " + daemon.node + ": splashd did not answer at " +
                                            daemon.socket + " within " + std::to_string(patience.count()) +
                                            " ms (" + std::to_string(waiting.size()) + " of " +
                                            std::to_string(daemons.size()) + " nodes silent); " +
                                            last_words(daemon));
        }
    }
}

}  // namespace splash::lab
