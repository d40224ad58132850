// net-snmp's descriptors and timers behind one epoll descriptor.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.hpp"

namespace splash::snmp {

/// net-snmp tells what it waits for only when asked, as fd_sets. prepare() asks and brings the epoll set
/// in line; service() turns what epoll reports back into fd_sets.
class AgentEvents {
public:
    static Result<std::unique_ptr<AgentEvents>> open();
    ~AgentEvents();
    AgentEvents(const AgentEvents&) = delete;
    AgentEvents& operator=(const AgentEvents&) = delete;

    [[nodiscard]] int poll_fd() const { return epoll_fd_; }
    [[nodiscard]] std::optional<std::chrono::microseconds> prepare();
    void service();

private:
    struct Sets;
    AgentEvents(int epoll_fd, std::unique_ptr<Sets> sets);
    void reconcile(int count);
    int collect_ready();

    int epoll_fd_;
    std::unique_ptr<Sets> sets_;
    std::vector<std::uint8_t> interest_;  ///< by descriptor: what its epoll registration asks for
    std::optional<std::chrono::steady_clock::time_point> due_;
};

}  // namespace splash::snmp
