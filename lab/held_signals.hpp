// Signals that shall not end this process in the middle of something.
#pragma once

#include <signal.h>

namespace splash::lab {

/// While it lives, SIGINT, SIGTERM and SIGHUP wait, and act when it goes. What is ignored stays ignored.
/// Threads and children begun meanwhile hold them too.
class HeldSignals {
public:
    HeldSignals();
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    ~HeldSignals();
    /// True if one of them has come.
    [[nodiscard]] bool has_come() const;

private:
    sigset_t held_{};
    sigset_t before_{};
};

}  // namespace splash::lab
