#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "linux/rtnetlink.hpp"
#include "rtnetlink_socket.hpp"

namespace splash::linux {

class RtnetlinkMonitor::State {
public:
    explicit State(MnlSocket s) : socket(std::move(s)) {}
    MnlSocket socket;
};

RtnetlinkMonitor::RtnetlinkMonitor(std::unique_ptr<State> state) : state_(std::move(state)) {}
RtnetlinkMonitor::RtnetlinkMonitor(RtnetlinkMonitor&&) noexcept = default;
RtnetlinkMonitor& RtnetlinkMonitor::operator=(RtnetlinkMonitor&&) noexcept = default;
RtnetlinkMonitor::~RtnetlinkMonitor() = default;

Result<RtnetlinkMonitor> RtnetlinkMonitor::open() {
    constexpr unsigned kGroups = RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                                 RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    return open_rtnetlink_socket(kGroups, SOCK_NONBLOCK).map([](MnlSocket s) {
        return RtnetlinkMonitor(std::make_unique<State>(std::move(s)));
    });
}

int RtnetlinkMonitor::fd() const {
    return mnl_socket_get_fd(state_->socket.get());
}

bool RtnetlinkMonitor::drain() {
    bool changed = false;
    alignas(nlmsghdr) std::array<char, 32UL * 1024> buffer;
    for (;;) {
        const ssize_t n = mnl_socket_recvfrom(state_->socket.get(), buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && (errno == ENOBUFS || errno == ENOSPC)) {
            changed = true;  // messages were lost or cut: anything may have changed
            continue;
        }
        if (n <= 0) {
            return changed;
        }
        int left = static_cast<int>(n);
        const auto* m = static_cast<const nlmsghdr*>(static_cast<const void*>(buffer.data()));
        for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
            changed = changed || (m->nlmsg_type != RTM_NEWNEIGH && m->nlmsg_type != RTM_DELNEIGH &&
                                  m->nlmsg_type != RTM_GETNEIGH);
        }
    }
}

}  // namespace splash::linux
