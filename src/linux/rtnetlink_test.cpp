// Against the running kernel, each test in a network namespace of its own.
#include "linux/rtnetlink.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "linux/host.hpp"

namespace splash::linux {
namespace {

IpAddress ip(const char* text) {
    return IpAddress::parse(text).value();
}

/// Runs `body` in a thread within a new network namespace; false if that needs more privileges.
bool in_new_namespace(const std::function<void()>& body) {
    bool entered = false;
    std::thread([&] {
        entered = unshare(CLONE_NEWNET) == 0;
        if (entered) {
            body();
        }
    }).join();
    return entered;
}

#define SPLASH_IN_NEW_NAMESPACE(...)                                   \
    if (!in_new_namespace([&] __VA_ARGS__)) {                          \
        GTEST_SKIP() << "needs root: cannot make a network namespace"; \
    }                                                                  \
    static_assert(true)

std::vector<std::string> names_of(const std::vector<LinkInfo>& links) {
    std::vector<std::string> names;
    for (const LinkInfo& link : links) {
        names.push_back(link.name);
    }
    return names;
}

/// lo with 10.0.0.1/32, and left (2, 192.0.2.0/31, up) joined to right (3, 192.0.2.1/31, up).
void build_pair(Rtnetlink& netlink) {
    netlink.add_veth({.name = "left", .if_index = 2}, {.name = "right", .if_index = 3});
    netlink.set_up(1);
    netlink.add_address(1, ip("10.0.0.1"), 32);
    netlink.add_address(2, ip("192.0.2.0"), 31);
    netlink.add_address(3, ip("192.0.2.1"), 31);
    netlink.set_up(2);
    netlink.set_up(3);
    const auto done = netlink.flush();
    ASSERT_TRUE(done) << done.error().detail;
}

struct RoutesRead {
    int routes = 0;  ///< by the gateway asked for
    int pieces = 0;
};

RoutesRead read_routes(Rtnetlink& kernel, const IpAddress& gateway) {
    RoutesRead read;
    EXPECT_TRUE(kernel.begin_routes());
    for (bool is_more = true; is_more; ++read.pieces) {
        const auto more = kernel.more_routes(
            [&](const RouteInfo& route) { read.routes += route.gateway == gateway ? 1 : 0; });
        EXPECT_TRUE(more) << more.error().detail;
        is_more = more && *more;
    }
    return read;
}

TEST(Rtnetlink, WaitsUntilLinksRunAndAddressesAreInUse) {
    SPLASH_IN_NEW_NAMESPACE({
        auto netlink = Rtnetlink::open();
        ASSERT_TRUE(netlink) << netlink.error().detail;
        build_pair(*netlink);
        netlink->add_veth({.name = "alone", .if_index = 4}, {.name = "down", .if_index = 5});
        netlink->set_up(4);  // without a carrier: nothing to wait for
        const auto made = netlink->flush();
        ASSERT_TRUE(made) << made.error().detail;
        const auto done = netlink->settle();
        ASSERT_TRUE(done) << done.error().detail;

        const auto links = netlink->links();
        ASSERT_TRUE(links) << links.error().detail;
        for (const LinkInfo& link : *links) {
            EXPECT_EQ(link.is_running, link.is_up) << link.name;
        }
        const auto addresses = netlink->addresses();
        ASSERT_TRUE(addresses) << addresses.error().detail;
        // The kernel's own address of each of the two, for which it looks elsewhere before using it.
        for (const std::uint32_t index : {2U, 3U}) {
            EXPECT_EQ(std::ranges::count_if(*addresses,
                                            [index](const AddressInfo& info) {
                                                return info.if_index == index && info.address.is_v6();
                                            }),
                      has_ipv6() ? 1 : 0);
        }
    });
}

TEST(Rtnetlink, ReadsBackLinksAndAddressesItMade) {
    SPLASH_IN_NEW_NAMESPACE({
        auto netlink = Rtnetlink::open();
        ASSERT_TRUE(netlink) << netlink.error().detail;
        build_pair(*netlink);

        const auto links = netlink->links();
        ASSERT_TRUE(links) << links.error().detail;
        EXPECT_THAT(names_of(*links), testing::IsSupersetOf({"lo", "left", "right"}));
        const auto left = std::ranges::find(*links, "left", &LinkInfo::name);
        ASSERT_NE(left, links->end());
        EXPECT_EQ(left->index, 2U);
        EXPECT_EQ(left->mtu, 1500U);
        EXPECT_TRUE(left->is_up);
        EXPECT_FALSE(left->is_loopback);
        const auto lo = std::ranges::find(*links, "lo", &LinkInfo::name);
        ASSERT_NE(lo, links->end());
        EXPECT_TRUE(lo->is_loopback);

        const auto addresses = netlink->addresses();
        ASSERT_TRUE(addresses) << addresses.error().detail;
        const auto global = std::ranges::find(*addresses, ip("10.0.0.1"), &AddressInfo::address);
        ASSERT_NE(global, addresses->end());
        EXPECT_EQ(global->if_index, 1U);
        EXPECT_EQ(global->prefix_length, 32U);
        EXPECT_TRUE(global->is_global);
        EXPECT_FALSE(global->peer);
        const auto host = std::ranges::find(*addresses, ip("127.0.0.1"), &AddressInfo::address);
        ASSERT_NE(host, addresses->end());
        EXPECT_FALSE(host->is_global);
    });
}

TEST(Rtnetlink, FindsTheRouteOfAPacket) {
    SPLASH_IN_NEW_NAMESPACE({
        auto netlink = Rtnetlink::open();
        ASSERT_TRUE(netlink);
        build_pair(*netlink);
        netlink->add_route({ip("10.0.0.9"), 32}, ip("192.0.2.1"), 2, ip("10.0.0.1"));
        ASSERT_TRUE(netlink->flush());

        const auto far = netlink->route_to(ip("10.0.0.9"));
        ASSERT_TRUE(far) << far.error().detail;
        EXPECT_EQ(far->gateway, ip("192.0.2.1"));
        EXPECT_EQ(far->if_index, 2U);
        EXPECT_EQ(far->source, ip("10.0.0.1"));
        EXPECT_FALSE(far->is_local);

        const auto own = netlink->route_to(ip("10.0.0.1"));
        ASSERT_TRUE(own) << own.error().detail;
        EXPECT_TRUE(own->is_local);

        const auto none = netlink->route_to(ip("198.51.100.1"));
        ASSERT_FALSE(none);
        EXPECT_EQ(none.error().code, Errc::NotFound);
        EXPECT_THAT(none.error().detail, testing::HasSubstr("198.51.100.1"));

        EXPECT_EQ(read_routes(*netlink, ip("192.0.2.1")).routes, 1);
    });
}

TEST(Rtnetlink, ReadsTheTableAsOftenAsAsked) {
    SPLASH_IN_NEW_NAMESPACE({
        auto netlink = Rtnetlink::open();
        ASSERT_TRUE(netlink);
        build_pair(*netlink);
        EXPECT_EQ(read_routes(*netlink, ip("192.0.2.1")).routes, 0);
        netlink->add_route({ip("10.9.0.0"), 16}, ip("192.0.2.1"), 2, {});
        ASSERT_TRUE(netlink->flush());
        EXPECT_EQ(read_routes(*netlink, ip("192.0.2.1")).routes, 1);
    });
}

TEST(Rtnetlink, SendsBatchesLargerThanOneMessage) {
    SPLASH_IN_NEW_NAMESPACE({
        auto netlink = Rtnetlink::open();
        ASSERT_TRUE(netlink);
        build_pair(*netlink);
        constexpr std::uint32_t kRoutes = 3000;
        for (std::uint32_t i = 0; i < kRoutes; ++i) {
            netlink->add_route({IpAddress::v4(0x0b000000U + i), 32}, ip("192.0.2.1"), 2, ip("10.0.0.1"));
        }
        const auto done = netlink->flush();
        ASSERT_TRUE(done) << done.error().detail;
        const auto read = read_routes(*netlink, ip("192.0.2.1"));
        EXPECT_EQ(read.routes, kRoutes);
        EXPECT_GT(read.pieces, 2) << "nobody has to wait for all of it";
    });
}

TEST(Rtnetlink, TellsTheFirstRefusalInTheKernelsWords) {
    SPLASH_IN_NEW_NAMESPACE({
        auto netlink = Rtnetlink::open();
        ASSERT_TRUE(netlink);
        build_pair(*netlink);
        netlink->add_route({ip("10.0.0.8"), 32}, ip("192.0.2.1"), 2, {});
        netlink->add_route({ip("10.0.0.9"), 32}, ip("203.0.113.1"), 2, {});
        netlink->add_address(99, ip("10.0.0.2"), 32);
        const auto done = netlink->flush();
        ASSERT_FALSE(done);
        EXPECT_THAT(done.error().detail, testing::HasSubstr("10.0.0.9"));
        EXPECT_THAT(done.error().detail, testing::HasSubstr("Nexthop has invalid gateway"));
        EXPECT_TRUE(netlink->flush()) << "a refusal is told once";
        EXPECT_TRUE(netlink->route_to(ip("10.0.0.8"))) << "what came before was done";
    });
}

TEST(Rtnetlink, TellsWhatExistsAlready) {
    SPLASH_IN_NEW_NAMESPACE({
        auto netlink = Rtnetlink::open();
        ASSERT_TRUE(netlink);
        build_pair(*netlink);
        netlink->add_address(2, ip("192.0.2.0"), 31);
        const auto done = netlink->flush();
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, Errc::AlreadyExists);
    });
}

TEST(Rtnetlink, RefusesInterfaceNamesTheKernelCannotHold) {
    SPLASH_IN_NEW_NAMESPACE({
        auto netlink = Rtnetlink::open();
        ASSERT_TRUE(netlink);
        netlink->add_veth({.name = std::string(16, 'x'), .if_index = 2}, {.name = "right", .if_index = 3});
        const auto done = netlink->flush();
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, Errc::BadInput);
    });
}

TEST(Rtnetlink, MakesVethEndsInOtherNamespaces) {
    SPLASH_IN_NEW_NAMESPACE({
        const int far_fd = [] {
            int fd = -1;
            std::thread([&] {
                if (unshare(CLONE_NEWNET) == 0) {
                    fd = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
                }
            }).join();
            return fd;
        }();
        ASSERT_GE(far_fd, 0);
        auto netlink = Rtnetlink::open();
        ASSERT_TRUE(netlink);
        netlink->add_veth({.name = "eth1", .if_index = 7},
                          {.name = "eth1", .if_index = 9, .netns_fd = far_fd});
        const auto done = netlink->flush();
        ASSERT_TRUE(done) << done.error().detail;
        const auto near = netlink->links();
        ASSERT_TRUE(near);
        EXPECT_EQ(std::ranges::count(*near, "eth1", &LinkInfo::name), 1);
        std::thread([&] {
            ASSERT_EQ(setns(far_fd, CLONE_NEWNET), 0);
            auto far = Rtnetlink::open();
            ASSERT_TRUE(far);
            const auto links = far->links();
            ASSERT_TRUE(links);
            const auto end = std::ranges::find(*links, "eth1", &LinkInfo::name);
            ASSERT_NE(end, links->end());
            EXPECT_EQ(end->index, 9U);
        }).join();
        close(far_fd);
    });
}

TEST(RtnetlinkMonitor, TellsRoutesFromAddresses) {
    SPLASH_IN_NEW_NAMESPACE({
        auto netlink = Rtnetlink::open();
        ASSERT_TRUE(netlink);
        build_pair(*netlink);
        auto monitor = RtnetlinkMonitor::open();
        ASSERT_TRUE(monitor) << monitor.error().detail;
        // A link that has just come up has news of its own for a while.
        bool told_of_routes_alone = false;
        for (std::uint32_t i = 0; i < 1000 && !told_of_routes_alone; ++i) {
            netlink->add_route({IpAddress::v4(0x0a090000U + 256 * i), 24}, ip("192.0.2.1"), 2, {});
            ASSERT_TRUE(netlink->flush());
            const auto news = monitor->drain();
            ASSERT_TRUE(news.routes);
            told_of_routes_alone = news == RtnetlinkMonitor::News{.routes = true};
        }
        EXPECT_TRUE(told_of_routes_alone);
        netlink->add_address(2, ip("10.8.0.1"), 32);
        ASSERT_TRUE(netlink->flush());
        EXPECT_TRUE(monitor->drain().links_or_addresses);
    });
}

TEST(RtnetlinkMonitor, WakesOnChangesAndNotBefore) {
    SPLASH_IN_NEW_NAMESPACE({
        auto monitor = RtnetlinkMonitor::open();
        ASSERT_TRUE(monitor) << monitor.error().detail;
        EXPECT_EQ(monitor->drain(), RtnetlinkMonitor::News{});
        auto netlink = Rtnetlink::open();
        ASSERT_TRUE(netlink);
        netlink->set_up(1);
        ASSERT_TRUE(netlink->flush());
        pollfd readable{.fd = monitor->fd(), .events = POLLIN, .revents = 0};
        ASSERT_EQ(poll(&readable, 1, 5000), 1);
        EXPECT_TRUE(monitor->drain().links_or_addresses);
        EXPECT_EQ(monitor->drain(), RtnetlinkMonitor::News{});
    });
}

}  // namespace
}  // namespace splash::linux
