// HTTP for a Prometheus server to scrape: GET and HEAD of /metrics and nothing else.
//
// libmicrohttpd without threads of its own: its descriptors stand behind one epoll descriptor that joins the
// daemon's event loop, and every call, also the page's, is made on the loop's thread. Strangers may connect:
// connections are limited in number, memory and lifetime, so whoever opens many or dribbles octets
// into them keeps other scrapers out for seconds and the node from nothing.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/address.hpp"
#include "base/error.hpp"

namespace splash::control {

class MetricsServer {
public:
    using Page = std::function<std::string()>;
    using Clock = std::chrono::steady_clock;

    static constexpr unsigned kMaxConnections = 32;
    static constexpr std::chrono::seconds kLifetime{5};  ///< of a connection, whatever it does

    /// Binds and listens; call while privileged. Nothing is served before start().
    /// @error PortTaken, NeedsRoot, System  the address is named.
    [[nodiscard]] static Result<MetricsServer> listen(const Endpoint& at);
    MetricsServer(MetricsServer&&) noexcept;
    MetricsServer& operator=(MetricsServer&&) noexcept;
    ~MetricsServer();

    /// Begins to serve; call after the last fork. `page` is called once for every GET.
    /// @error System  libmicrohttpd refused.
    [[nodiscard]] Result<> start(Page page);
    /// Readable when service() has something to do; valid after start().
    [[nodiscard]] int poll_fd() const;
    /// Does what is due; never waits.
    void service();
    /// When service() wants to be called, whatever poll_fd() says; nullopt: no connection is open.
    [[nodiscard]] std::optional<Clock::time_point> next_deadline() const;

private:
    class State;
    explicit MetricsServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::control
