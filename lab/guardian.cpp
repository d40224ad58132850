#include "guardian.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "paths.hpp"
#include "record.hpp"
#include "take_down.hpp"

namespace splash::lab {
namespace {

constexpr char kCommit = 'c';
constexpr char kDismiss = 'd';
constexpr int kPatienceMs = 10'000;

/// What a guardian holds.
struct Watch {
    std::string lab;
    Descriptor line;
    Descriptor owner;
    int lock;
};

void await(int fd) {
    pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
    while (poll(&readable, 1, -1) < 0 && errno == EINTR) {
    }
}

void remove_lab(const std::string& lab) {
    // Nobody is left to hear of an error; what stays is shown by list() and removed by down().
    if (take_down(lab, GuardianIs::Kept)) {
        remove_lock_file(lab);
    }
}

/// True if the lab of this name is still the one this guardian was started for.
bool is_ours(const std::string& lab) {
    const auto record = load(lab);
    return record && record->guardian == identify(getpid());
}

[[noreturn]] void guard(Watch watch) {
    prctl(PR_SET_NAME, "splash-guardian");
    for (const int ignored : {SIGINT, SIGQUIT, SIGHUP, SIGPIPE}) {
        signal(ignored, SIG_IGN);  // meant for the builder's terminal or line
    }
    setsid();
    keep_only({watch.line.get(), watch.owner.get(), watch.lock});
    if (chdir("/") != 0) {
        _exit(1);
    }
    const pid_t self = getpid();
    if (send(watch.line.get(), &self, sizeof self, MSG_NOSIGNAL) != sizeof self) {
        _exit(0);
    }
    await(watch.line.get());
    char word = 0;
    if (recv(watch.line.get(), &word, 1, 0) != 1) {
        remove_lab(watch.lab);
        _exit(0);
    }
    if (word == kDismiss || !watch.owner.is_open()) {
        _exit(0);
    }
    close(watch.lock);
    watch.line.reset();
    await(watch.owner.get());
    if (const auto lock = LabLock::take(watch.lab); lock && is_ours(watch.lab)) {
        remove_lab(watch.lab);
    }
    _exit(0);
}

}  // namespace

Result<Guardian> Guardian::start(std::string_view lab, pid_t owner, const LabLock& lock) {
    Descriptor owner_process;
    if (owner != 0) {
        const auto id = identify(owner);
        owner_process = id ? open_process(*id) : Descriptor();
        if (!owner_process.is_open()) {
            return fail(Errc::NotFound, "owner of the lab, process " + std::to_string(owner));
        }
    }
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return system_failure(errno, "make a pair of sockets");
    }
    Descriptor ours(ends[0]);
    Watch watch{.lab = std::string(lab),
                .line = Descriptor(ends[1]),
                .owner = std::move(owner_process),
                .lock = lock.fd()};
    const pid_t between = fork();
    if (between == 0) {
        if (fork() == 0) {
            ours.reset();
            guard(std::move(watch));
        }
        _exit(0);
    }
    if (between < 0) {
        return system_failure(errno, "fork");
    }
    while (waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
    }
    watch.line.reset();
    pid_t pid = 0;
    pollfd readable{.fd = ours.get(), .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, kPatienceMs) != 1 || recv(ours.get(), &pid, sizeof pid, 0) != sizeof pid) {
        return fail(Errc::System, "the lab's guardian did not start");
    }
    const auto id = identify(pid);
    if (!id) {
        return fail(Errc::System, "the lab's guardian ended at once");
    }
    return Guardian(std::move(ours), *id);
}

bool Guardian::say(char word) {
    if (send(line_.get(), &word, 1, MSG_NOSIGNAL) != 1) {
        return false;
    }
    // It closes its end when it has understood.
    pollfd closed{.fd = line_.get(), .events = POLLIN, .revents = 0};
    int n = 0;
    do {
        n = poll(&closed, 1, kPatienceMs);
    } while (n < 0 && errno == EINTR);
    return n == 1;
}

Result<> Guardian::commit() {
    if (!say(kCommit)) {
        return fail(Errc::System, "the lab's guardian was killed");
    }
    return {};
}

void Guardian::dismiss() {
    static_cast<void>(say(kDismiss));
}

}  // namespace splash::lab
