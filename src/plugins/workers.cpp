#include "workers.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <mutex>
#include <system_error>
#include <utility>

namespace splash::plugins {

using isa::Exc;
using std::chrono::steady_clock;

struct Workers::Job {
    std::uint64_t id = 0;
    std::shared_ptr<const Function> function;
    std::vector<isa::Value> arguments;
    node::Instant give_up;
};

/// What the threads share. They hold it, too: one that hangs may outlive everything else.
struct Workers::Shared {
    explicit Shared(int fd) : event_fd(fd) {}
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    ~Shared() { ::close(event_fd); }

    const int event_fd;
    std::mutex mutex;  ///< of all below
    std::condition_variable there_is_work;
    std::condition_variable has_ended;
    std::deque<Job> queue;
    std::vector<std::pair<std::uint64_t, Outcome>> finished;
    std::vector<std::shared_ptr<const Function>> running;  ///< one entry a call
    std::size_t threads = 0;
    bool is_ending = false;
};

Workers::Workers(const Limits& limits, node::Log& log, std::shared_ptr<Shared> shared)
    : limits_(limits), log_(log), shared_(std::move(shared)), complaints_(log) {}

Workers::~Workers() {
    static_cast<void>(stop(std::chrono::seconds(1)));
}

Result<std::unique_ptr<Workers>> Workers::start(const Limits& limits, node::Log& log) {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        return fail(Errc::System, std::string("an eventfd for workers: ") + std::strerror(errno));
    }
    std::unique_ptr<Workers> workers(new Workers(limits, log, std::make_shared<Shared>(fd)));
    // Signals are the main thread's: a worker's system calls are not interrupted by them.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    Result<> started;
    for (unsigned n = 0; n < limits.threads && started; ++n) {
        try {
            workers->threads_.emplace_back(work, workers->shared_);
            const std::lock_guard lock(workers->shared_->mutex);
            ++workers->shared_->threads;
        } catch (const std::system_error& refused) {
            started = fail(Errc::System, std::string("a thread for services: ") + refused.what());
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (!started) {
        return Failure(started.error());
    }
    return workers;
}

int Workers::fd() const {
    return shared_->event_fd;
}

void Workers::work(const std::shared_ptr<Shared>& shared) {
    std::unique_lock lock(shared->mutex);
    while (true) {
        shared->there_is_work.wait(lock, [&] { return shared->is_ending || !shared->queue.empty(); });
        if (shared->is_ending) {
            break;
        }
        Job job = std::move(shared->queue.front());
        shared->queue.pop_front();
        shared->running.push_back(job.function);
        lock.unlock();
        Outcome outcome{Exc::TimedOut, {}};
        if (steady_clock::now() < job.give_up) {
            outcome = call(*job.function, job.arguments, job.give_up);
        }
        lock.lock();
        std::erase_if(shared->running, [&, seen = false](const auto& function) mutable {
            return function == job.function && !std::exchange(seen, true);
        });
        if (!shared->is_ending) {
            shared->finished.emplace_back(job.id, std::move(outcome));
            const std::uint64_t one = 1;
            // Refused only at the counter's end, and then it is readable anyway.
            [[maybe_unused]] const auto n = ::write(shared->event_fd, &one, sizeof one);
        }
    }
    --shared->threads;
    shared->has_ended.notify_all();
}

void Workers::run(const std::shared_ptr<const Function>& function, std::span<const isa::Value> arguments,
                  node::Answer answer) {
    const auto now = steady_clock::now();
    const auto is_full = [this] {
        const std::lock_guard lock(shared_->mutex);
        return shared_->queue.size() >= limits_.queue;
    };
    if (is_full()) {
        expire_queued();
    }
    if (is_full()) {
        answer(Exc::QuotaUsedUp);
        return;
    }
    const std::uint64_t id = next_id_++;
    const node::Instant give_up = now + limits_.patience;
    waiting_.emplace(id, Waiting{function->name, now, give_up, std::move(answer)});
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->queue.push_back({id, function, {arguments.begin(), arguments.end()}, give_up});
    }
    shared_->there_is_work.notify_one();
}

void Workers::take_answers() {
    std::uint64_t count = 0;
    // Empty when expire_queued() was quicker.
    [[maybe_unused]] const auto n = ::read(shared_->event_fd, &count, sizeof count);
    std::vector<std::pair<std::uint64_t, Outcome>> finished;
    {
        const std::lock_guard lock(shared_->mutex);
        finished.swap(shared_->finished);
    }
    for (auto& [id, outcome] : finished) {
        finish(id, std::move(outcome));
    }
}

void Workers::finish(std::uint64_t id, Outcome outcome) {
    auto found = waiting_.extract(id);  // before the answer, which may come back to run()
    if (found.empty()) {
        return;
    }
    Waiting& call = found.mapped();
    if (!outcome.complaint.empty()) {
        complaints_.once(call.service, Complaints::About::Results, outcome.complaint);
    }
    if (const auto now = steady_clock::now(); now > call.give_up) {
        const auto ms = [](auto d) {
            return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
        };
        complaints_.once(call.service, Complaints::About::Time,
                         "answered after " + ms(now - call.since) + " ms; programs wait " +
                             ms(call.give_up - call.since) + " ms (park_timeout_ms)");
    }
    call.answer(std::move(outcome.results));
}

void Workers::expire_queued() {
    std::vector<std::uint64_t> expired;
    {
        const auto now = steady_clock::now();
        const std::lock_guard lock(shared_->mutex);
        std::erase_if(shared_->queue, [&](const Job& job) {
            if (job.give_up <= now) {
                expired.push_back(job.id);
            }
            return job.give_up <= now;
        });
    }
    for (const std::uint64_t id : expired) {
        finish(id, {Exc::TimedOut, {}});
    }
}

bool Workers::stop(std::chrono::milliseconds limit) {
    if (threads_.empty()) {
        return true;  // said already if one was left behind
    }
    std::deque<Job> dropped;
    std::vector<std::shared_ptr<const Function>> stuck;
    bool have_ended = false;
    {
        std::unique_lock lock(shared_->mutex);
        shared_->is_ending = true;
        dropped.swap(shared_->queue);
        shared_->there_is_work.notify_all();
        have_ended = shared_->has_ended.wait_for(lock, limit, [this] { return shared_->threads == 0; });
        stuck = shared_->running;
    }
    for (std::thread& thread : threads_) {
        have_ended ? thread.join() : thread.detach();
    }
    threads_.clear();
    for (const auto& function : stuck) {
        log_.write(node::Log::Level::Warning, "service " + function->name + " still runs " +
                                                  std::to_string(limit.count()) +
                                                  " ms after the end began; its thread is left behind");
    }
    return have_ended;
}

}  // namespace splash::plugins
