#include "wire.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "descriptor.hpp"
#include "impair_plan.hpp"
#include "paths.hpp"
#include "wire_queue.hpp"

namespace splash::lab {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kHandshakePatienceMs = 10'000;
constexpr int kSendBuffer = 4 << 20;        // octets
constexpr std::size_t kMostFrame = 65'550;  // octets
constexpr int kMostAtOnce = 256;            // frames read before those due are sent

/// From the wire to its maker; small enough to be written whole.
struct Message {
    pid_t pid;
    int error_number;   // 0: it is ready
    const char* doing;  // a literal: both sides are one program
};

struct Trouble {
    const char* doing;
    int error_number = errno;
};

/// The wire's two ends, inside the namespace.
class Ends {
public:
    /// What went wrong, if something did.
    std::optional<Trouble> open(const WirePlace& place) {
        tap_ = Descriptor(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
        ifreq request{};
        if (!tap_.is_open()) {
            return Trouble{"open /dev/net/tun"};
        }
        place.tap.copy(request.ifr_name, IFNAMSIZ - 1);
        request.ifr_flags = IFF_TAP | IFF_NO_PI;
        if (ioctl(tap_.get(), TUNSETIFF, &request) != 0) {
            return Trouble{"make the interface of the wire"};
        }
        packet_ = Descriptor(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
        if (!packet_.is_open()) {
            return Trouble{"open a packet socket"};
        }
        request.ifr_flags = IFF_UP;
        if (ioctl(packet_.get(), SIOCSIFFLAGS, &request) != 0) {
            return Trouble{"set the interface of the wire up"};
        }
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_ifindex = static_cast<int>(if_nametoindex(place.interface.c_str()));
        if (address.sll_ifindex == 0 ||
            bind(packet_.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)),
                 sizeof address) != 0) {
            return Trouble{"bind to the interface"};
        }
        const std::uint32_t mark = kWireMark;
        if (setsockopt(packet_.get(), SOL_SOCKET, SO_MARK, &mark, sizeof mark) != 0 ||
            setsockopt(packet_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &kSendBuffer, sizeof kSendBuffer) != 0) {
            return Trouble{"set up the packet socket"};
        }
        return std::nullopt;
    }

    [[noreturn]] void carry(WireQueue queue) const {
        std::array<std::byte, kMostFrame> frame{};
        for (;;) {
            wait(queue.next_due());
            for (int i = 0; i < kMostAtOnce; ++i) {
                const ssize_t n = read(tap_.get(), frame.data(), frame.size());
                if (n < 0 && errno != EAGAIN && errno != EINTR) {
                    _exit(1);  // the interface was removed: nothing will ever come
                }
                if (n <= 0) {
                    break;
                }
                queue.push({frame.data(), static_cast<std::size_t>(n)}, Clock::now());
            }
            while (const auto due = queue.pop(Clock::now())) {
                // A full queue or an interface that is down loses the frame, as on any link.
                static_cast<void>(send(packet_.get(), due->data(), due->size(), MSG_DONTWAIT | MSG_NOSIGNAL));
            }
        }
    }

private:
    void wait(std::optional<WireQueue::Time> due) const {
        timespec patience{};
        if (due) {
            const auto left =
                std::max(std::chrono::nanoseconds(*due - Clock::now()), std::chrono::nanoseconds(0));
            constexpr std::int64_t kSecond = 1'000'000'000;
            patience = {.tv_sec = left.count() / kSecond, .tv_nsec = left.count() % kSecond};
        }
        pollfd readable{.fd = tap_.get(), .events = POLLIN, .revents = 0};
        ppoll(&readable, 1, due ? &patience : nullptr, nullptr);
    }

    Descriptor tap_;
    Descriptor packet_;
};

void report(int line, const Trouble& trouble) {
    const Message message{getpid(), trouble.error_number, trouble.doing};
    static_cast<void>(!write(line, &message, sizeof message));
}

[[noreturn]] void become_wire(const WirePlace& place, const Impairment& impairment, int line) {
    prctl(PR_SET_NAME, "splash-wire");
    prctl(PR_SET_TIMERSLACK, 1UL);
    for (int number = 1; number < NSIG; ++number) {
        signal(number, number == SIGHUP || number == SIGINT || number == SIGPIPE ? SIG_IGN : SIG_DFL);
    }
    keep_only({line, place.netns});
    if (setsid() < 0 || chdir("/") != 0 || setns(place.netns, CLONE_NEWNET) != 0) {
        report(line, {"enter the namespace"});
        _exit(1);
    }
    Ends ends;
    if (const auto trouble = ends.open(place)) {
        report(line, *trouble);
        _exit(1);
    }
    std::uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed) {
        report(line, {"get a random number"});
        _exit(1);
    }
    report(line, {"", 0});
    close(line);
    ends.carry(WireQueue(impairment, seed));
}

/// One of its descriptors is that of the TAP interface; the kernel names it in fdinfo.
bool holds(pid_t pid, const std::string& tap) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(fmt::format("/proc/{}/fdinfo", pid), error), end;
         !error && entry != end; entry.increment(error)) {
        std::ifstream info(entry->path());
        for (std::string line; std::getline(info, line);) {
            if (line == "iff:\t" + tap) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace

Result<ProcessId> start_wire(const WirePlace& place, const Impairment& impairment) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return system_failure(errno, "make a pipe");
    }
    const Descriptor read_end(ends[0]);
    Descriptor write_end(ends[1]);
    const pid_t between = fork();
    if (between == 0) {
        if (fork() == 0) {
            become_wire(place, impairment, write_end.get());
        }
        _exit(0);
    }
    if (between < 0) {
        return system_failure(errno, "fork");
    }
    while (waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
    }
    write_end.reset();
    Message message{};
    pollfd readable{.fd = read_end.get(), .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, kHandshakePatienceMs) != 1 ||
        read(read_end.get(), &message, sizeof message) != sizeof message) {
        return fail(Errc::System, "the wire of " + place.interface + " did not start");
    }
    if (message.error_number == ENOENT || message.error_number == ENODEV) {
        return fail(Errc::Unsupported, std::string(message.doing) + ": " +
                                           std::strerror(message.error_number) +
                                           "; without netem, this needs TUN/TAP");
    }
    if (message.error_number != 0) {
        return system_failure(message.error_number, message.doing);
    }
    const auto process = identify(message.pid);
    if (!process) {
        return fail(Errc::System, "the wire of " + place.interface + " ended at once");
    }
    return *process;
}

std::vector<ProcessId> wires_holding(const std::string& tap, int netns) {
    struct stat status {};
    if (fstat(netns, &status) != 0) {
        return {};
    }
    auto processes = processes_in({NamespaceId(status.st_dev, status.st_ino)});
    std::erase_if(processes, [&tap](const ProcessId& process) { return !holds(process.pid, tap); });
    return processes;
}

}  // namespace splash::lab
