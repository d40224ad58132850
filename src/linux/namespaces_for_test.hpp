// What the tests of this module share: network namespaces without names (they go with the last thing that
// holds them, however a test ends), deadlines, a log that remembers, buffers.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/address.hpp"
#include "linux/rtnetlink.hpp"
#include "linux/unique_fd.hpp"
#include "node/buffer.hpp"
#include "node/ports.hpp"

namespace splash::linux {

inline constexpr std::chrono::seconds kTestDeadline{10};

/// A network namespace; sockets opened in run() stay in it.
class TestNamespace {
public:
    /// nullopt without the privilege.
    static std::optional<TestNamespace> make() {
        TestNamespace made;
        std::thread([&made] {
            if (::unshare(CLONE_NEWNET) == 0) {
                made.fd_.reset(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
            }
        }).join();
        if (!made.fd_.is_open()) {
            return std::nullopt;
        }
        made.change([](Rtnetlink& kernel) { kernel.set_up(1); });
        return made;
    }
    [[nodiscard]] int fd() const { return fd_.get(); }

    /// Runs `body` inside, in a thread of its own.
    void run(const std::function<void()>& body) const {
        std::thread([this, &body] {
            ASSERT_EQ(::setns(fd_.get(), CLONE_NEWNET), 0);
            body();
        }).join();
    }
    void change(const std::function<void(Rtnetlink&)>& body) const {
        run([&body] {
            auto kernel = Rtnetlink::open();
            ASSERT_TRUE(kernel) << kernel.error().detail;
            body(*kernel);
            const auto done = kernel->flush();
            ASSERT_TRUE(done) << done.error().detail;
        });
    }
    /// "ipv4/ip_forward" → /proc/sys/net/ipv4/ip_forward
    void set_sysctl(const std::string& name, const std::string& value) const {
        run([&] {
            std::ofstream file("/proc/sys/net/" + name);
            file << value << std::flush;
            ASSERT_TRUE(file.good()) << name;
        });
    }
    void set_mtu(const char* interface, int mtu) const {
        run([=] {
            const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
            ifreq request{};
            std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
            request.ifr_mtu = mtu;
            ASSERT_EQ(::ioctl(fd.get(), SIOCSIFMTU, &request), 0);
        });
    }

private:
    TestNamespace() = default;
    UniqueFd fd_;
};

class RememberingLog final : public node::Log {
public:
    void write(Level, std::string_view text) override { lines.emplace_back(text); }
    std::vector<std::string> lines;
};

inline std::vector<std::byte> octets_of(std::string_view text) {
    const ConstBytes b = as_bytes(text);
    return {b.begin(), b.end()};
}
inline std::string text_of(node::Buffer& buffer) {
    return std::string(as_text(buffer.packet()));
}

/// Calls `act` whenever `fd` is readable until it returns true. False when the deadline has passed.
[[nodiscard]] inline bool until(int fd, const std::function<bool()>& act) {
    const auto deadline = std::chrono::steady_clock::now() + kTestDeadline;
    while (std::chrono::steady_clock::now() < deadline) {
        if (act()) {
            return true;
        }
        pollfd p{.fd = fd, .events = POLLIN, .revents = 0};
        (void)::poll(&p, 1, 100);
    }
    return false;
}

inline IpAddress ip4(const char* text) {
    return IpAddress::parse(text).value();
}

}  // namespace splash::linux
