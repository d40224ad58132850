#include "agent_events.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "net_snmp.hpp"

namespace splash::snmp {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::uint8_t kRead = 1;
constexpr std::uint8_t kWrite = 2;
constexpr std::uint8_t kExcept = 4;
constexpr time_t kForever = 1 << 30;

std::uint32_t epoll_bits(std::uint8_t interest) {
    return ((interest & kRead) != 0 ? static_cast<std::uint32_t>(EPOLLIN) : 0U) |
           ((interest & kWrite) != 0 ? static_cast<std::uint32_t>(EPOLLOUT) : 0U) |
           ((interest & kExcept) != 0 ? static_cast<std::uint32_t>(EPOLLPRI) : 0U);
}

/// The smux module keeps a list of its own.
template <class Visit>
void for_each_smux_peer(Visit visit) {
    for (int i = 0; i < smux_snmp_select_list_get_length(); ++i) {
        if (const int fd = smux_snmp_select_list_get_SD_from_List(i); fd > 0) {
            visit(fd);
        }
    }
}

}  // namespace

struct AgentEvents::Sets {
    netsnmp_large_fd_set read{};
    netsnmp_large_fd_set write{};
    netsnmp_large_fd_set except{};

    Sets() {
        for (netsnmp_large_fd_set* const set : {&read, &write, &except}) {
            netsnmp_large_fd_set_init(set, FD_SETSIZE);
        }
    }
    ~Sets() {
        for (netsnmp_large_fd_set* const set : {&read, &write, &except}) {
            netsnmp_large_fd_set_cleanup(set);
        }
    }
    Sets(const Sets&) = delete;
    Sets& operator=(const Sets&) = delete;

    void clear() {
        for (netsnmp_large_fd_set* const set : {&read, &write, &except}) {
            NETSNMP_LARGE_FD_ZERO(set);
        }
    }
    [[nodiscard]] std::uint8_t interest(int fd) {
        const auto bit = [fd](netsnmp_large_fd_set& set, std::uint8_t value) {
            return netsnmp_large_fd_is_set(fd, &set) != 0 ? value : std::uint8_t{0};
        };
        return static_cast<std::uint8_t>(bit(read, kRead) | bit(write, kWrite) | bit(except, kExcept));
    }
};

Result<std::unique_ptr<AgentEvents>> AgentEvents::open() {
    const int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return fail(Errc::System, std::string("epoll_create1: ") + std::strerror(errno));
    }
    return std::unique_ptr<AgentEvents>(new AgentEvents(fd, std::make_unique<Sets>()));
}

AgentEvents::AgentEvents(int epoll_fd, std::unique_ptr<Sets> sets)
    : epoll_fd_(epoll_fd), sets_(std::move(sets)) {}

AgentEvents::~AgentEvents() {
    close(epoll_fd_);
}

std::optional<microseconds> AgentEvents::prepare() {
    sets_->clear();
    int count = 0;
    int block = 0;
    timeval wait{kForever, 0};
    snmp_select_info2(&count, &sets_->read, &wait, &block);
    if (smux_listen_sd >= 0) {
        const auto want = [&](int fd) {
            netsnmp_large_fd_setfd(fd, &sets_->read);
            count = std::max(count, fd + 1);
        };
        want(smux_listen_sd);
        for_each_smux_peer(want);
    }
    netsnmp_external_event_info2(&count, &sets_->read, &sets_->write, &sets_->except);
    reconcile(count);

    due_.reset();
    if (block != 0 || wait.tv_sec >= kForever) {
        return std::nullopt;
    }
    const auto time = std::chrono::seconds(wait.tv_sec) + microseconds(wait.tv_usec);
    due_ = steady_clock::now() + time;
    return time;
}

void AgentEvents::reconcile(int count) {
    if (interest_.size() < static_cast<std::size_t>(count)) {
        interest_.resize(static_cast<std::size_t>(count), 0);
    }
    for (std::size_t i = 0; i < interest_.size(); ++i) {
        const int fd = static_cast<int>(i);
        const std::uint8_t wanted = fd < count ? sets_->interest(fd) : std::uint8_t{0};
        if (wanted == 0) {
            if (interest_[i] != 0) {
                epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);  // may have been closed: then it is gone
                interest_[i] = 0;
            }
            continue;
        }
        epoll_event event{};
        event.events = epoll_bits(wanted);
        event.data.fd = fd;
        // ADD also what was there the last time: net-snmp may have closed the descriptor since, whereupon
        // the kernel forgot it, and accepted another connection under the same number.
        if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) < 0 && errno == EEXIST &&
            interest_[i] != wanted) {
            epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event);
        }
        interest_[i] = wanted;
    }
}

int AgentEvents::collect_ready() {
    std::array<epoll_event, 64> events{};
    const int n = epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), 0);
    sets_->clear();
    int ready = 0;
    for (int i = 0; i < n; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        const int fd = event.data.fd;
        const std::uint8_t wanted = interest_[static_cast<std::size_t>(fd)];
        const auto report = [&](std::uint8_t kind, std::uint32_t bits, netsnmp_large_fd_set& set) {
            if ((wanted & kind) != 0 && (event.events & bits) != 0) {
                netsnmp_large_fd_setfd(fd, &set);
                ++ready;
            }
        };
        report(kRead, EPOLLIN | EPOLLHUP | EPOLLERR, sets_->read);
        report(kWrite, EPOLLOUT | EPOLLERR, sets_->write);
        report(kExcept, EPOLLPRI, sets_->except);
    }
    return ready;
}

void AgentEvents::service() {
    for (int i = 0; i < NUM_EXTERNAL_SIGS; ++i) {
        if (external_signal_scheduled[i] != 0) {
            --external_signal_scheduled[i];
            external_signal_handler[i](i);
        }
    }
    int ready = collect_ready();
    if (ready > 0) {
        if (smux_listen_sd >= 0) {
            for_each_smux_peer([this](int fd) {
                if (netsnmp_large_fd_is_set(fd, &sets_->read) != 0 && smux_process(fd) < 0) {
                    smux_snmp_select_list_del(fd);
                }
            });
            if (netsnmp_large_fd_is_set(smux_listen_sd, &sets_->read) != 0) {
                if (const int fd = smux_accept(smux_listen_sd); fd >= 0) {
                    smux_snmp_select_list_add(fd);
                }
            }
        }
        netsnmp_dispatch_external_events2(&ready, &sets_->read, &sets_->write, &sets_->except);
        if (ready > 0) {
            snmp_read2(&sets_->read);
        }
    }
    // snmpd comes here only when nothing was ready, and so forgets its time-outs under load.
    if (due_ && *due_ <= steady_clock::now()) {
        snmp_timeout();
    }
    run_alarms();
    netsnmp_check_outstanding_agent_requests();
}

}  // namespace splash::snmp
