#include "linux/kernel_network.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "namespaces_for_test.hpp"

namespace splash::linux {
namespace {

using node::InterfaceState;

/// A namespace with e2, 192.0.2.1/30, whose other end is in another one.
class KernelNetworkTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto here = TestNamespace::make();
        auto there = TestNamespace::make();
        if (!here || !there) {
            GTEST_SKIP() << "needs root: cannot make a network namespace";
        }
        here_.emplace(std::move(*here));
        there_.emplace(std::move(*there));
        here_->change([this](Rtnetlink& kernel) {
            kernel.add_veth({.name = "e2", .if_index = 2},
                            {.name = "e2", .if_index = 2, .netns_fd = there_->fd()});
            kernel.add_address(2, ip4("192.0.2.1"), 30);
            kernel.set_up(2);
        });
        there_->change([](Rtnetlink& kernel) { kernel.set_up(2); });
    }
    void with_network(const std::function<void(KernelNetwork&)>& body) const {
        here_->run([&] {
            auto network = KernelNetwork::open();
            ASSERT_TRUE(network) << network.error().detail;
            body(**network);
        });
    }
    /// The gateway of the route to an address; nullopt: no route.
    [[nodiscard]] std::optional<IpAddress> gateway_to(const char* address) const {
        std::optional<IpAddress> gateway;
        here_->run([&] {
            const auto route = Rtnetlink::open().value().route_to(ip4(address));
            gateway = route ? route->gateway : std::nullopt;
        });
        return gateway;
    }

    std::optional<TestNamespace> here_;
    std::optional<TestNamespace> there_;
};

/// Gives up what root may do but CAP_NET_ADMIN, or that too, for the calling thread alone.
void drop_to_user(std::uint32_t kept) {
    ASSERT_EQ(::prctl(PR_SET_KEEPCAPS, 1), 0);
    ASSERT_EQ(::syscall(SYS_setresuid, 65534, 65534, 65534), 0);
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct data[2]{{.effective = kept, .permitted = kept, .inheritable = 0}, {}};
    ASSERT_EQ(::syscall(SYS_capset, &header, data), 0);
}

TEST_F(KernelNetworkTest, SetsAnInterfaceDownAndUp) {
    const auto is_up = [](const std::vector<LinkInfo>& links) {
        return std::ranges::any_of(
            links, [](const LinkInfo& l) { return l.index == 2 && l.is_administratively_up; });
    };
    with_network([&](KernelNetwork& network) {
        auto kernel = Rtnetlink::open().value();
        ASSERT_TRUE(network.set_interface(2, InterfaceState::Down));
        EXPECT_FALSE(is_up(kernel.links().value()));
        ASSERT_TRUE(network.set_interface(2, InterfaceState::Up));
        EXPECT_TRUE(is_up(kernel.links().value()));
        const auto none = network.set_interface(99, InterfaceState::Up);
        ASSERT_FALSE(none);
        EXPECT_EQ(none.error().code, Errc::NotFound);
        EXPECT_EQ(none.error().detail, "set up interface 99: No such device");
    });
}

TEST_F(KernelNetworkTest, SetsReplacesAndDeletesARoute) {
    const Prefix to = Prefix::parse("198.18.0.0/15").value();
    with_network([&](KernelNetwork& network) {
        ASSERT_TRUE(network.set_route(to, ip4("192.0.2.2")));
        EXPECT_EQ(gateway_to("198.19.1.1"), ip4("192.0.2.2"));
        ASSERT_TRUE(network.set_route(to, ip4("192.0.2.2"))) << "again is no mistake";
        ASSERT_TRUE(network.delete_route(to));
        EXPECT_EQ(gateway_to("198.19.1.1"), std::nullopt);
        const auto none = network.delete_route(to);
        ASSERT_FALSE(none);
        EXPECT_EQ(none.error().code, Errc::NotFound);
    });
}

TEST_F(KernelNetworkTest, TellsWhyTheKernelWillNotHaveARoute) {
    with_network([&](KernelNetwork& network) {
        const auto refused = network.set_route(Prefix::parse("198.18.0.0/15").value(), ip4("203.0.113.1"));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Errc::System);
        EXPECT_NE(refused.error().detail.find("Nexthop has invalid gateway"), std::string::npos)
            << refused.error().detail;
    });
}

TEST_F(KernelNetworkTest, ReadsAndWritesKernelParameters) {
    with_network([&](KernelNetwork& network) {
        ASSERT_TRUE(network.set_sysctl("net.ipv4.ip_forward", "1"));
        EXPECT_EQ(network.sysctl("net.ipv4.ip_forward").value(), "1");
        ASSERT_TRUE(network.set_sysctl("net.ipv4.ip_forward", "0"));
        EXPECT_EQ(network.sysctl("net.ipv4.ip_forward").value(), "0");
        EXPECT_EQ(network.sysctl("net.ipv4.ip_backward").error().code, Errc::NotFound);
        EXPECT_EQ(network.sysctl("net.ipv4.ip_forward.more").error().code, Errc::NotFound);
        EXPECT_EQ(network.sysctl("net.ipv4").error().code, Errc::System) << "a directory";
        const auto refused = network.set_sysctl("net.ipv4.ip_forward", "perhaps");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Errc::System);
        EXPECT_EQ(refused.error().detail, "write net.ipv4.ip_forward: Invalid argument");
    });
}

TEST_F(KernelNetworkTest, AUserWithCapNetAdminMayWriteWhatIsOfTheNetwork) {
    with_network([&](KernelNetwork& network) {
        drop_to_user(1U << CAP_NET_ADMIN);
        EXPECT_TRUE(network.set_sysctl("net.ipv4.ip_forward", "1"));
        EXPECT_TRUE(network.set_interface(2, InterfaceState::Down));
        const auto of_the_host = network.set_sysctl("kernel.panic", network.sysctl("kernel.panic").value());
        ASSERT_FALSE(of_the_host);
        EXPECT_EQ(of_the_host.error().code, Errc::NeedsRoot);
    });
}

TEST_F(KernelNetworkTest, AUserWithoutItMayOnlyRead) {
    with_network([&](KernelNetwork& network) {
        drop_to_user(0);
        EXPECT_TRUE(network.sysctl("net.ipv4.ip_forward"));
        for (const auto& refused :
             {network.set_sysctl("net.ipv4.ip_forward", "1"), network.set_interface(2, InterfaceState::Down),
              network.delete_route(Prefix::parse("192.0.2.0/30").value())}) {
            ASSERT_FALSE(refused);
            EXPECT_EQ(refused.error().code, Errc::NeedsRoot);
        }
    });
}

}  // namespace
}  // namespace splash::linux
