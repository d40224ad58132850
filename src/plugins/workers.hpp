// Threads for services that may block: one bounded queue, a few workers. They see arguments and results,
// never the node, the MIB or the log; answers come back to the node's thread by an eventfd.
//
//   node's thread   run() -> queue -> worker: Function::run -> finished -> eventfd -> take_answers() ->
//   Answer
//
// Answers themselves stay on the node's thread all the time. One that comes late is given all the same: the
// node, which told the packet "timed out" long ago, drops it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "function.hpp"

namespace splash::plugins {

class Workers {
public:
    struct Limits {
        unsigned threads = 2;
        std::size_t queue = 64;                ///< calls that wait for a thread
        std::chrono::milliseconds patience{};  ///< how long somebody waits for an answer
    };
    /// @error System  no thread or eventfd to be had.
    [[nodiscard]] static Result<std::unique_ptr<Workers>> start(const Limits& limits, node::Log& log);
    /// As stop(), with a second.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Queues a call; exception 45 at once if the queue is full.
    void run(const std::shared_ptr<const Function>& function, std::span<const isa::Value> arguments,
             node::Answer answer);
    /// Readable when take_answers() has something to do.
    [[nodiscard]] int fd() const;
    void take_answers();
    /// For calls from now on.
    void set_patience(std::chrono::milliseconds patience) { limits_.patience = patience; }

    /// Ends the threads, and takes no answers any more. False: some are still in a service after `limit`;
    /// they are left behind, with the libraries they are in, and the log has the services' names.
    [[nodiscard]] bool stop(std::chrono::milliseconds limit);

private:
    struct Shared;
    struct Job;
    struct Waiting {
        std::string service;
        node::Instant since;
        node::Instant give_up;
        node::Answer answer;
    };
    Workers(const Limits& limits, node::Log& log, std::shared_ptr<Shared> shared);
    static void work(const std::shared_ptr<Shared>& shared);
    void finish(std::uint64_t id, Outcome outcome);
    /// Answers what nobody waits for any more, and takes it out of the queue.
    void expire_queued();

    Limits limits_;
    node::Log& log_;
    std::shared_ptr<Shared> shared_;  ///< with threads that may outlive this object
    std::vector<std::thread> threads_;
    std::unordered_map<std::uint64_t, Waiting> waiting_;
    std::uint64_t next_id_ = 1;
    Complaints complaints_;
};

}  // namespace splash::plugins
