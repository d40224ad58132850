#include "lab/capture.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <limits>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>

#include "capture_file.hpp"
#include "descriptor.hpp"
#include "lab/lab.hpp"
#include "link_end.hpp"
#include "linux/event_loop.hpp"
#include "paths.hpp"
#include "record.hpp"
#include "tool.hpp"

namespace splash::lab {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kReceiveBuffer = 8 << 20;        // octets an interface: what may wait while we write
constexpr std::size_t kMostFrame = 65'600;     // octets; a packet before segmentation offload
constexpr std::size_t kMostAtOnce = 2000;      // packets of one interface before the others have their turn
constexpr std::int64_t kSettled = 20'000'000;  // ns after which no packet with an earlier time can appear
constexpr std::chrono::milliseconds kTurn{100};
constexpr std::chrono::milliseconds kProgress{250};

struct Source {
    std::string name;  // NODE:INTERFACE
    Descriptor socket;
    std::uint64_t received = 0;
    std::uint64_t dropped = 0;
};

/// As `tcpdump -ddd` writes it: the number of instructions, then one a line.
Result<std::vector<sock_filter>> compile(const std::string& filter) {
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

/// A socket for what arrives at an interface of the calling thread's namespace.
Result<Descriptor> open_source(const std::string& interface, std::vector<sock_filter>& filter) {
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
    return socket;
}

struct End {
    std::size_t node;
    std::string interface;
};

Result<std::vector<Source>> open_sources(const Record& record, const std::vector<End>& ends,
                                         std::vector<sock_filter>& filter) {
    std::vector<Source> sources;
    for (const End& end : ends) {
        const std::string& node = record.nodes[end.node].name;
        const std::string path = netns_file(record.name, node);
        const Descriptor netns(open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!netns.is_open() || setns(netns.get(), CLONE_NEWNET) != 0) {
            return system_failure(errno, "enter " + path);
        }
        auto socket = open_source(end.interface, filter);
        if (!socket) {
            return fail(socket.error().code, "node " + node + ": " + socket.error().detail);
        }
        sources.push_back({.name = node + ":" + end.interface, .socket = *std::move(socket)});
    }
    return sources;
}

Result<std::vector<End>> select_ends(const Record& record, const std::vector<std::string>& names) {
    std::vector<bool> is_wanted(record.links.size(), names.empty());
    for (const std::string& name : names) {
        const auto selected = select_links(record, name, Ways::Both);
        if (!selected) {
            return Failure(selected.error());
        }
        for (const SelectedLink& one : *selected) {
            is_wanted[one.link] = true;
        }
    }
    std::vector<End> ends;
    for (std::size_t i = 0; i < record.links.size(); ++i) {
        if (is_wanted[i]) {
            ends.push_back({record.links[i].a, record.links[i].a_interface});
            ends.push_back({record.links[i].b, record.links[i].b_interface});
        }
    }
    if (ends.empty()) {
        return fail(Errc::NotFound, "links in lab " + record.name);
    }
    return ends;
}

std::int64_t now() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t time_of(msghdr& message) {
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            timespec time{};
            std::memcpy(&time, CMSG_DATA(c), sizeof time);
            return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
        }
    }
    return now();
}

/// Packets from many sockets on their way into one file.
class Merge {
public:
    Merge(std::vector<Source> sources, CaptureFile file, std::uint64_t most)
        : sources_(std::move(sources)), file_(std::move(file)), most_(most) {}

    [[nodiscard]] const std::vector<Source>& sources() const { return sources_; }
    [[nodiscard]] bool is_complete() const { return most_ != 0 && written_ + waiting_.size() >= most_; }

    /// Reads what waits and writes what nothing earlier can come before.
    [[nodiscard]] Result<> turn() {
        std::int64_t settled = now() - kSettled;
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            if (const auto last = drain(i)) {
                settled = std::min(settled, *last);
            }
        }
        write_until(settled);
        return file_.flush();
    }
    [[nodiscard]] Result<> finish() {
        while (!is_complete() && drain_all()) {
        }
        write_until(std::numeric_limits<std::int64_t>::max());
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            count_drops(sources_[i]);
            file_.write_statistics(i, now(), sources_[i].received, sources_[i].dropped);
        }
        return file_.flush();
    }
    [[nodiscard]] CaptureCounts counts() {
        CaptureCounts counts{.interfaces = sources_.size(), .packets = written_, .dropped = 0};
        for (Source& source : sources_) {
            count_drops(source);
            counts.dropped += source.dropped;
        }
        return counts;
    }

private:
    bool drain_all() {
        bool has_more = false;
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            has_more = drain(i).has_value() || has_more;
        }
        return has_more;
    }

    /// The time of the last packet read, if more may wait.
    std::optional<std::int64_t> drain(std::size_t index) {
        std::int64_t last = 0;
        for (std::size_t i = 0; i < kMostAtOnce; ++i) {
            alignas(cmsghdr) std::array<char, 128> control{};
            iovec piece{.iov_base = frame_.data(), .iov_len = frame_.size()};
            msghdr message{};
            message.msg_iov = &piece;
            message.msg_iovlen = 1;
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            const ssize_t n = recvmsg(sources_[index].socket.get(), &message, MSG_TRUNC);
            if (n < 0) {
                return std::nullopt;  // nothing more; or once, that the interface went down
            }
            last = time_of(message);
            const std::size_t captured = std::min(static_cast<std::size_t>(n), frame_.size());
            waiting_.push_back(
                {.time = last,
                 .interface = index,
                 .length = static_cast<std::uint32_t>(n),
                 .octets = {frame_.begin(), frame_.begin() + static_cast<std::ptrdiff_t>(captured)}});
        }
        return last;
    }

    void write_until(std::int64_t time) {
        const auto split = std::stable_partition(waiting_.begin(), waiting_.end(),
                                                 [time](const CapturedPacket& p) { return p.time <= time; });
        std::stable_sort(waiting_.begin(), split,
                         [](const CapturedPacket& a, const CapturedPacket& b) { return a.time < b.time; });
        for (auto packet = waiting_.begin(); packet != split && (most_ == 0 || written_ < most_); ++packet) {
            file_.write(*packet);
            ++written_;
        }
        waiting_.erase(waiting_.begin(), split);
    }

    static void count_drops(Source& source) {
        tpacket_stats since{};  // reading sets the kernel's to 0
        socklen_t size = sizeof since;
        if (getsockopt(source.socket.get(), SOL_PACKET, PACKET_STATISTICS, &since, &size) == 0) {
            source.received += since.tp_packets;
            source.dropped += since.tp_drops;
        }
    }

    std::vector<Source> sources_;
    CaptureFile file_;
    std::uint64_t most_;
    std::uint64_t written_ = 0;
    std::vector<CapturedPacket> waiting_;
    std::array<std::byte, kMostFrame> frame_{};
};

bool is_up(const std::string& lab) {
    struct stat status {};
    return stat(record_file(lab).c_str(), &status) == 0;
}

Result<CaptureEnd> run(Merge& merge, const CaptureOptions& options) {
    auto loop = linux::EventLoop::open();
    if (!loop) {
        return Failure(loop.error());
    }
    bool is_signalled = false;
    for (const int number : {SIGINT, SIGTERM}) {
        if (auto heard = loop->on_signal(number, [&] { is_signalled = true; }); !heard) {
            return Failure(heard.error());
        }
    }
    for (const Source& source : merge.sources()) {
        if (auto watched = loop->watch(source.socket.get(), [] {}); !watched) {
            return Failure(watched.error());
        }
    }
    if (options.on_start) {
        options.on_start(merge.counts());
    }
    const auto start = Clock::now();
    auto next_progress = start;
    for (;;) {
        auto wait = kTurn;
        if (options.duration.count() > 0) {
            const auto left = start + options.duration - Clock::now();
            if (left.count() <= 0) {
                return CaptureEnd::Duration;
            }
            wait = std::min(wait, std::chrono::duration_cast<std::chrono::milliseconds>(left) +
                                      std::chrono::milliseconds(1));
        }
        if (auto turned = loop->turn(wait); !turned) {
            return Failure(turned.error());
        }
        if (auto done = merge.turn(); !done) {
            return Failure(done.error());
        }
        if (is_signalled) {
            return CaptureEnd::Signal;
        }
        if (merge.is_complete()) {
            return CaptureEnd::Count;
        }
        if (Clock::now() >= next_progress) {
            next_progress = Clock::now() + kProgress;
            if (!is_up(options.lab)) {
                return CaptureEnd::LabDown;
            }
            if (options.on_progress) {
                options.on_progress(merge.counts());
            }
        }
    }
}

}  // namespace

Result<CaptureSummary> capture(const CaptureOptions& options) {
    if (const auto lab = find(options.lab); !lab) {
        return Failure(lab.error());
    }
    const auto record = load(options.lab);
    if (!record) {
        return Failure(record.error());
    }
    const auto ends = select_ends(*record, options.links);
    if (!ends) {
        return Failure(ends.error());
    }
    auto filter = compile(options.filter);
    if (!filter) {
        return Failure(filter.error());
    }
    Result<std::vector<Source>> sources;
    try {
        // A thread's namespace is its own: the caller stays where it is.
        std::thread([&] { sources = open_sources(*record, *ends, *filter); }).join();
    } catch (const std::system_error& e) {
        return fail(Errc::System, std::string("start a thread: ") + e.what());
    }
    if (!sources) {
        return Failure(sources.error());
    }
    std::vector<std::string> names;
    for (const Source& source : *sources) {
        names.push_back(source.name);
    }
    auto file = CaptureFile::create(options.file, names);
    if (!file) {
        return Failure(file.error());
    }
    Merge merge(*std::move(sources), *std::move(file), options.count);
    const auto end = run(merge, options);
    const auto finished = merge.finish();  // what was caught before a failure is in the file
    if (!end || !finished) {
        return Failure(!end ? end.error() : finished.error());
    }
    return CaptureSummary{.counts = merge.counts(), .end = *end};
}

}  // namespace splash::lab
