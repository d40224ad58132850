#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "linux/rtnetlink.hpp"
#include "rtnetlink_socket.hpp"

namespace splash::linux {
namespace {

/// The loop has other sockets, too: a storm of changes does not keep it from them.
constexpr int kMessagesPerDrain = 512;

}  // namespace

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

namespace {

void note(std::uint16_t type, RtnetlinkMonitor::News& news) {
    switch (type) {
        case RTM_NEWNEIGH:
        case RTM_DELNEIGH:
        case RTM_GETNEIGH: news.neighbours = true; break;
        case RTM_NEWROUTE:
        case RTM_DELROUTE: news.routes = true; break;
        default: news.links_or_addresses = true;
    }
}

}  // namespace

RtnetlinkMonitor::News RtnetlinkMonitor::drain() {
    News news;
    alignas(nlmsghdr) std::array<char, 32UL * 1024> buffer;
    for (int messages = 0; messages < kMessagesPerDrain; ++messages) {
        const ssize_t n = mnl_socket_recvfrom(state_->socket.get(), buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && (errno == ENOBUFS || errno == ENOSPC)) {
            news = {.links_or_addresses = true, .routes = true, .neighbours = true};  // lost or cut
            continue;
        }
        if (n <= 0) {
            break;
        }
        int left = static_cast<int>(n);
        const auto* m = static_cast<const nlmsghdr*>(static_cast<const void*>(buffer.data()));
        for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
            note(m->nlmsg_type, news);
        }
    }
    return news;
}

}  // namespace splash::linux
