#include "held_signals.hpp"

#include <initializer_list>

namespace splash::lab {
namespace {

constexpr std::initializer_list<int> kEnding{SIGINT, SIGTERM, SIGHUP};

}  // namespace

HeldSignals::HeldSignals() {
    sigemptyset(&held_);
    for (const int number : kEnding) {
        // One that is blocked counts as come even if it is ignored.
        struct sigaction action {};
        if (sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
            sigaddset(&held_, number);
        }
    }
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool HeldSignals::has_come() const {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    for (const int number : kEnding) {
        if (sigismember(&held_, number) == 1 && sigismember(&pending, number) == 1) {
            return true;
        }
    }
    return false;
}

}  // namespace splash::lab
