#include "capture_source.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <sstream>

#include "paths.hpp"
#include "tool.hpp"

namespace splash::lab {
namespace {

constexpr int kReceiveBuffer = 8 << 20;  // octets an interface: what may wait while we write

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t time_of(msghdr& message) {
    timespec time{};
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            std::memcpy(&time, CMSG_DATA(c), sizeof time);
            return nanoseconds(time);
        }
    }
    clock_gettime(CLOCK_REALTIME, &time);
    return nanoseconds(time);
}

}  // namespace

/// As `tcpdump -ddd` writes it: the number of instructions, then one a line.
Result<std::vector<sock_filter>> compile_filter(const std::string& filter) {
    if (filter.empty()) {
        return std::vector<sock_filter>();
    }
    const auto text =
        run_tool({.argv = {"tcpdump", "-ddd", "-y", "EN10MB", "--", filter}, .input = {}, .netns = {}});
    if (!text && text.error().code == Errc::System) {
        return fail(Errc::BadInput, "filter \"" + filter + "\": " + text.error().detail);
    }
    if (!text) {
        return Failure(text.error());
    }
    std::istringstream words(*text);
    std::size_t count = 0;
    words >> count;
    std::vector<sock_filter> program(words && count <= BPF_MAXINSNS ? count : 0);
    for (sock_filter& instruction : program) {
        unsigned code = 0;
        unsigned if_true = 0;
        unsigned if_false = 0;
        words >> code >> if_true >> if_false >> instruction.k;
        instruction.code = static_cast<std::uint16_t>(code);
        instruction.jt = static_cast<std::uint8_t>(if_true);
        instruction.jf = static_cast<std::uint8_t>(if_false);
    }
    if (!words || program.empty()) {
        return fail(Errc::System, "tcpdump -ddd wrote no filter program: " + *text);
    }
    return program;
}

Result<CaptureSource> CaptureSource::open(const std::string& interface, std::vector<sock_filter>& filter) {
    Descriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.is_open()) {
        return system_failure(errno, "open a packet socket");
    }
    const sock_fprog program{.len = static_cast<std::uint16_t>(filter.size()), .filter = filter.data()};
    if (!filter.empty() &&
        setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
        return system_failure(errno, "attach the filter");
    }
    const int on = 1;
    if (setsockopt(socket.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0 ||
        setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0 ||
        setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) != 0) {
        return system_failure(errno, "set up a packet socket");
    }
    // Only now, so that nothing arrives before the filter.
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    if (address.sll_ifindex == 0 ||
        bind(socket.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)),
             sizeof address) != 0) {
        return system_failure(errno, "listen at interface " + interface);
    }
    return CaptureSource(std::move(socket));
}

std::optional<CapturedPacket> CaptureSource::read(std::span<std::byte> frame) {
    alignas(cmsghdr) std::array<char, 128> control{};
    iovec piece{.iov_base = frame.data(), .iov_len = frame.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t n = recvmsg(socket_.get(), &message, MSG_TRUNC);
    if (n < 0) {
        return std::nullopt;  // nothing more; or once, that the interface went down
    }
    const auto captured = frame.first(std::min(static_cast<std::size_t>(n), frame.size()));
    return CapturedPacket{.time = time_of(message),
                          .interface = 0,
                          .length = static_cast<std::uint32_t>(n),
                          .octets = {captured.begin(), captured.end()}};
}

CaptureSource::Counts CaptureSource::counts() {
    tpacket_stats since{};  // reading sets the kernel's to 0
    socklen_t size = sizeof since;
    if (getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &since, &size) == 0) {
        counts_.received += since.tp_packets;
        counts_.dropped += since.tp_drops;
    }
    return counts_;
}

}  // namespace splash::lab
