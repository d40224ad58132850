// All services from outside the daemon's own program. They run with the rights the daemon has left, and
// nothing keeps them from what it can do: who loads one trusts it as the daemon itself.
//
// Data: one Source for each library found; its set refers to functions, those hold the library. One thread,
// the node's, but for functions that may block: workers.hpp.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "node/ports.hpp"
#include "node/service.hpp"
#include "plugins/settings.hpp"

namespace splash::plugins {

/// "/usr/lib/x86_64-linux-gnu/splash/services"
[[nodiscard]] std::string default_directory();

/// A library, and what it offers or why it does not. Or the directory of all plug-ins, if it is not to be
/// trusted.
struct Source {
    std::string path;
    std::unique_ptr<node::ServiceSet> services;  ///< nullptr: refused
    std::optional<Error> why_not;
};

class PlugIns {
public:
    /// Takes the services of a set up, all or none: Node::add_services.
    using Offer = std::function<Result<>(node::ServiceSet&)>;
    struct Surroundings {
        node::Log& log;
        Offer offer;
        std::chrono::milliseconds patience;  ///< how long programs wait for an answer
        uid_t owner = 0;                     ///< whose files are as good as root's
    };

    /// Loads and offers what the settings name. A library that cannot be is logged with the reason, and the
    /// others are loaded. Call after the last fork and when privileges are gone.
    [[nodiscard]] static std::unique_ptr<PlugIns> load(const Settings& settings,
                                                       const Surroundings& surroundings);
    /// Whoever took the sets must be gone, or not call them again.
    ~PlugIns();
    PlugIns(const PlugIns&) = delete;
    PlugIns& operator=(const PlugIns&) = delete;

    [[nodiscard]] std::span<const Source> sources() const;
    /// Readable when take_answers() has something to do; nullopt: no service may block.
    [[nodiscard]] std::optional<int> poll_fd() const;
    void take_answers();
    void set_patience(std::chrono::milliseconds patience);

    /// Ends the workers; no answer comes any more. False: one hangs in a service, which is logged, and its
    /// library stays loaded. Then leave the process without running its destructors (_exit): they would be
    /// pulled from under that thread.
    [[nodiscard]] bool close();

private:
    class State;
    explicit PlugIns(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::plugins
