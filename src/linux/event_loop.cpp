#include "linux/event_loop.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <map>

#include "linux/unique_fd.hpp"
#include "os_error.hpp"

namespace splash::linux {
namespace {

constexpr int kEventsPerTurn = 64;

/// Write end of the pipe that signal handlers feed. Static because a handler can see nothing else; a
/// signalfd would need the signals blocked, and children (scripts of the agent) would inherit that.
std::atomic<int> signal_pipe{-1};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void note_signal(int signal_number) {
    const int saved = errno;
    const auto octet = static_cast<unsigned char>(signal_number);
    // If the pipe is full, the loop has enough to wake up for.
    [[maybe_unused]] const auto n = ::write(signal_pipe.load(), &octet, 1);
    errno = saved;
}

int to_timeout_ms(std::optional<std::chrono::nanoseconds> wait) {
    if (!wait) {
        return -1;
    }
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(*wait).count();
    return static_cast<int>(std::clamp<decltype(ms)>(ms, 0, INT_MAX));
}

}  // namespace

class EventLoop::State {
public:
    explicit State(UniqueFd epoll) : epoll_(std::move(epoll)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        for (const auto& [number, callback] : on_signal_) {
            (void)std::signal(number, SIG_DFL);
        }
        if (write_end_.is_open()) {
            signal_pipe.store(-1);
        }
    }

    Result<> watch(int fd, Callback callback) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        // The kernel forgets a closed fd by itself, so only the kernel knows whether this is a new one.
        if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0 && errno != EEXIST) {
            return os_failure("watch descriptor " + std::to_string(fd), errno);
        }
        watched_[fd] = std::make_shared<const Callback>(std::move(callback));
        return {};
    }

    void unwatch(int fd) {
        (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
        watched_.erase(fd);
    }

    Result<> on_signal(int number, Callback callback) {
        if (!write_end_.is_open()) {
            if (auto done = open_signal_pipe(); !done) {
                return done;
            }
        }
        on_signal_[number] = std::make_shared<const Callback>(std::move(callback));
        struct sigaction action {};
        action.sa_handler = note_signal;
        action.sa_flags = SA_RESTART;
        sigfillset(&action.sa_mask);
        if (::sigaction(number, &action, nullptr) != 0) {
            return os_failure("handle signal " + std::to_string(number), errno);
        }
        return {};
    }

    Result<> turn(std::optional<std::chrono::nanoseconds> max_wait) {
        std::array<epoll_event, kEventsPerTurn> events;
        const int n = ::epoll_wait(epoll_.get(), events.data(), kEventsPerTurn, to_timeout_ms(max_wait));
        if (n < 0 && errno != EINTR) {
            return os_failure("wait for descriptors", errno);
        }
        for (int i = 0; i < n; ++i) {
            // A callback may have unwatched or replaced those behind it, or itself.
            const auto at = watched_.find(events[static_cast<std::size_t>(i)].data.fd);
            if (at != watched_.end()) {
                const std::shared_ptr<const Callback> callback = at->second;
                (*callback)();
            }
        }
        return {};
    }

private:
    Result<> open_signal_pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
            return os_failure("open a pipe for signals", errno);
        }
        read_end_.reset(ends[0]);
        write_end_.reset(ends[1]);
        signal_pipe.store(write_end_.get());
        return watch(read_end_.get(), [this] { dispatch_signals(); });
    }

    void dispatch_signals() {
        std::array<unsigned char, 64> numbers{};
        const ssize_t n = ::read(read_end_.get(), numbers.data(), numbers.size());
        for (ssize_t i = 0; i < n; ++i) {
            const auto at = on_signal_.find(numbers[static_cast<std::size_t>(i)]);
            if (at != on_signal_.end()) {
                const std::shared_ptr<const Callback> callback = at->second;
                (*callback)();
            }
        }
    }

    UniqueFd epoll_;
    UniqueFd read_end_;
    UniqueFd write_end_;
    std::map<int, std::shared_ptr<const Callback>> watched_;
    std::map<int, std::shared_ptr<const Callback>> on_signal_;
};

EventLoop::EventLoop(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventLoop::EventLoop(EventLoop&&) noexcept = default;
EventLoop& EventLoop::operator=(EventLoop&&) noexcept = default;
EventLoop::~EventLoop() = default;

Result<EventLoop> EventLoop::open() {
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll.is_open()) {
        return os_failure("open an epoll descriptor", errno);
    }
    return EventLoop(std::make_unique<State>(std::move(epoll)));
}
Result<> EventLoop::watch(int fd, Callback on_readable) {
    return state_->watch(fd, std::move(on_readable));
}
void EventLoop::unwatch(int fd) {
    state_->unwatch(fd);
}
Result<> EventLoop::on_signal(int signal_number, Callback callback) {
    return state_->on_signal(signal_number, std::move(callback));
}
Result<> EventLoop::turn(std::optional<std::chrono::nanoseconds> max_wait) {
    return state_->turn(max_wait);
}

}  // namespace splash::linux
