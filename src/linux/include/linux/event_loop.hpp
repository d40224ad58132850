// Waits for descriptors and signals; what happens then is the caller's business. Level-triggered, no timers
// of its own: the caller says how long a turn may wait.
//
//   while (!stop) {
//       loop.turn(time until the next deadline);   // calls back what became readable
//       ... deadlines, queued packets, flush ...
//   }
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "base/error.hpp"

namespace splash::linux {

class EventLoop {
public:
    using Callback = std::function<void()>;

    /// One per process may handle signals: their disposition belongs to the process.
    [[nodiscard]] static Result<EventLoop> open();
    EventLoop(EventLoop&&) noexcept;
    EventLoop& operator=(EventLoop&&) noexcept;
    /// Gives the signals it handled back their default action.
    ~EventLoop();

    /// Calls back in every turn in which `fd` is readable or its other end is gone. Again for the same fd
    /// replaces the callback, and is right, too, when the fd was closed since and its number given to
    /// another file: so a list of someone else's descriptors may be watched anew before each turn.
    [[nodiscard]] Result<> watch(int fd, Callback on_readable);
    /// For an fd still open, or closed since.
    void unwatch(int fd);
    /// Calls back from turn(), never from the signal handler. Children do not inherit the handling.
    [[nodiscard]] Result<> on_signal(int signal_number, Callback callback);

    /// Waits until something happens, at most `max_wait` (rounded up to milliseconds; nullopt: for ever), and
    /// calls back. Callbacks may watch and unwatch; one that is unwatched is not called any more.
    [[nodiscard]] Result<> turn(std::optional<std::chrono::nanoseconds> max_wait);

private:
    class State;
    explicit EventLoop(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::linux
