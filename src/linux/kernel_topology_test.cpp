#include "linux/kernel_topology.hpp"

#include <gtest/gtest.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux/host.hpp"
#include "namespaces_for_test.hpp"

namespace splash::linux {
namespace {

class FakeClock final : public node::Clock {
public:
    node::Instant now() override { return at; }
    std::int64_t epoch_us() override { return 0; }
    node::Instant at = node::Instant(std::chrono::hours(1));
};

/// Whatever is done takes this long, as far as this clock can tell.
class SlowClock final : public node::Clock {
public:
    node::Instant now() override { return at += std::chrono::milliseconds(10); }
    std::int64_t epoch_us() override { return 0; }
    node::Instant at = node::Instant(std::chrono::hours(1));
};

/// One namespace with three pairs of interfaces, the other ends in a second one:
///   2  192.0.2.1/30   3  198.18.0.0/31   4  10.5.0.1/24
class KernelTopologyTest : public ::testing::Test {
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
            const std::array<std::pair<const char*, unsigned>, 3> addresses{
                {{"192.0.2.1", 30}, {"198.18.0.0", 31}, {"10.5.0.1", 24}}};
            for (std::uint32_t index = 2; index <= 4; ++index) {
                const std::string name = "e" + std::to_string(index);
                kernel.add_veth({.name = name, .if_index = index},
                                {.name = name, .if_index = index, .netns_fd = there_->fd()});
                kernel.add_address(index, ip4(addresses[index - 2].first), addresses[index - 2].second);
                kernel.set_up(index);
            }
        });
        there_->change([](Rtnetlink& kernel) {
            for (std::uint32_t index = 2; index <= 4; ++index) {
                kernel.set_up(index);
            }
        });
    }
    std::unique_ptr<KernelTopology> open(std::optional<IpAddress> primary = std::nullopt) {
        return open(primary, clock_);
    }
    std::unique_ptr<KernelTopology> open(std::optional<IpAddress> primary, node::Clock& clock) {
        std::unique_ptr<KernelTopology> topology;
        here_->run([&] {
            auto opened =
                KernelTopology::open(primary ? std::vector{*primary} : std::vector<IpAddress>{}, clock);
            ASSERT_TRUE(opened) << opened.error().detail;
            topology = std::move(*opened);
        });
        return topology;
    }
    /// Adds a permanent entry to the neighbour table, as `ip neigh add` would.
    void add_neighbour(std::uint32_t if_index, const IpAddress& address) {
        here_->run([&] {
            struct {
                nlmsghdr header;
                ndmsg entry;
                std::array<std::uint8_t, 8> destination;
                std::array<std::uint8_t, 12> link_address;
            } request{};
            request.header.nlmsg_len = sizeof request;
            request.header.nlmsg_type = RTM_NEWNEIGH;
            request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK;
            request.entry.ndm_family = AF_INET;
            request.entry.ndm_ifindex = static_cast<int>(if_index);
            request.entry.ndm_state = NUD_PERMANENT;
            const rtattr destination{.rta_len = 8, .rta_type = NDA_DST};
            const rtattr link_address{.rta_len = 10, .rta_type = NDA_LLADDR};
            std::memcpy(request.destination.data(), &destination, sizeof destination);
            std::memcpy(request.destination.data() + sizeof destination, address.octets().data(), 4);
            std::memcpy(request.link_address.data(), &link_address, sizeof link_address);
            request.link_address[4] = 2;
            const UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
            ASSERT_EQ(::send(fd.get(), &request, sizeof request, 0), static_cast<ssize_t>(sizeof request));
            struct {
                nlmsghdr header;
                nlmsgerr error;
            } reply{};
            ASSERT_GE(::recv(fd.get(), &reply, sizeof reply, MSG_TRUNC), static_cast<ssize_t>(sizeof reply));
            ASSERT_EQ(reply.error.error, 0);
        });
    }
    void add_route(const char* to, const char* gateway, std::uint32_t if_index) {
        here_->change([=](Rtnetlink& kernel) {
            kernel.add_route(Prefix::parse(to).value(), ip4(gateway), if_index, IpAddress());
        });
    }
    /// Follows the kernel's messages until `condition` holds.
    static bool becomes(KernelTopology& topology, const std::function<bool()>& condition) {
        return until(topology.monitor_fd(), [&] {
            topology.refresh();
            return condition();
        });
    }

    FakeClock clock_;
    std::optional<TestNamespace> here_;
    std::optional<TestNamespace> there_;
};

TEST_F(KernelTopologyTest, KnowsItsOwnAddresses) {
    const auto topology = open();
    for (const char* address : {"192.0.2.1", "198.18.0.0", "10.5.0.1", "127.0.0.1", "127.9.9.9"}) {
        EXPECT_TRUE(topology->is_local(ip4(address))) << address;
    }
    for (const char* address : {"192.0.2.2", "10.5.0.2", "0.0.0.0", "8.8.8.8"}) {
        EXPECT_FALSE(topology->is_local(ip4(address))) << address;
    }
    EXPECT_EQ(topology->interface_count(), 3U);
    EXPECT_EQ(topology->interface_address(2, IpVersion::V4), ip4("192.0.2.1"));
    EXPECT_EQ(topology->interface_address(99, IpVersion::V4), std::nullopt);
}

TEST_F(KernelTopologyTest, KnowsTheBroadcastAddressesOfItsLinks) {
    const auto topology = open();
    EXPECT_TRUE(topology->is_broadcast(ip4("192.0.2.3"))) << "of a /30";
    EXPECT_TRUE(topology->is_broadcast(ip4("10.5.0.255")));
    for (const char* address : {"198.18.0.1", "10.5.0.1", "10.6.0.255", "192.0.2.2"}) {
        EXPECT_FALSE(topology->is_broadcast(ip4(address))) << address;
    }
}

TEST_F(KernelTopologyTest, TakesTheOtherEndOfASmallLinkForANeighbour) {
    const auto topology = open();
    EXPECT_TRUE(topology->is_neighbour(ip4("192.0.2.2")));
    EXPECT_TRUE(topology->is_neighbour(ip4("198.18.0.1")));
    for (const char* address : {"192.0.2.1", "192.0.2.0", "192.0.2.3", "10.5.0.2", "127.0.0.2"}) {
        EXPECT_FALSE(topology->is_neighbour(ip4(address))) << address;
    }
}

TEST_F(KernelTopologyTest, TakesNextHopsForNeighbours) {
    const auto topology = open();
    EXPECT_FALSE(topology->is_neighbour(ip4("10.5.0.9")));
    add_route("172.16.0.0/12", "10.5.0.9", 4);
    EXPECT_TRUE(becomes(*topology, [&] { return topology->is_neighbour(ip4("10.5.0.9")); }));
}

TEST_F(KernelTopologyTest, ReadsALargeRoutingTableAFewPiecesAtATime) {
    here_->change([](Rtnetlink& kernel) {
        for (std::uint32_t i = 0; i < 20'000; ++i) {
            kernel.add_route({IpAddress::v4(0x0b000000U + i), 32}, ip4("10.5.0.9"), 4, {});
        }
        kernel.add_route({ip4("223.0.0.0"), 24}, ip4("10.5.0.10"), 4, {});
    });
    const auto topology = open();
    int asked = 1;
    while (!topology->is_neighbour(ip4("10.5.0.10")) && asked < 100) {
        ++asked;
    }
    EXPECT_GT(asked, 1) << "the first to ask does not wait for the whole table";
    EXPECT_LT(asked, 100);
    EXPECT_TRUE(topology->is_neighbour(ip4("10.5.0.9")));
    add_route("172.16.0.0/12", "10.5.0.11", 4);
    EXPECT_TRUE(becomes(*topology, [&] {
        EXPECT_TRUE(topology->is_neighbour(ip4("10.5.0.10"))) << "known until the next reading is complete";
        for (int i = 0; i < 100 && !topology->is_neighbour(ip4("10.5.0.11")); ++i) {
        }
        return topology->is_neighbour(ip4("10.5.0.11"));
    }));
}

TEST_F(KernelTopologyTest, DoesNotReadMoreOftenHoweverMuchChanges) {
    SlowClock clock;
    const auto topology = open(std::nullopt, clock);
    EXPECT_FALSE(topology->is_neighbour(ip4("10.5.0.7")));
    EXPECT_FALSE(topology->is_local(ip4("10.77.0.1")));
    add_neighbour(4, ip4("10.5.0.7"));
    add_route("172.16.0.0/12", "10.5.0.9", 4);
    here_->change([](Rtnetlink& kernel) { kernel.add_address(1, ip4("10.77.0.1"), 32); });
    topology->refresh();
    EXPECT_FALSE(topology->is_neighbour(ip4("10.5.0.7")))
        << "a reading took 10 ms, so the next is 200 ms off";
    EXPECT_FALSE(topology->is_neighbour(ip4("10.5.0.9")));
    EXPECT_FALSE(topology->is_local(ip4("10.77.0.1")));
    clock.at += std::chrono::seconds(1);
    EXPECT_TRUE(topology->is_neighbour(ip4("10.5.0.7"))) << "late, but not lost";
    EXPECT_TRUE(topology->is_neighbour(ip4("10.5.0.9")));
    EXPECT_TRUE(topology->is_local(ip4("10.77.0.1")));
}

TEST_F(KernelTopologyTest, TakesLiveEntriesOfTheTableForNeighbours) {
    const auto topology = open();
    EXPECT_FALSE(topology->is_neighbour(ip4("10.5.0.7")));
    add_neighbour(4, ip4("10.5.0.7"));
    EXPECT_TRUE(becomes(*topology, [&] { return topology->is_neighbour(ip4("10.5.0.7")); }));
}

TEST_F(KernelTopologyTest, ReadsTheNeighbourTableAgainAfterASecond) {
    const auto topology = open();
    EXPECT_FALSE(topology->is_neighbour(ip4("10.5.0.7")));
    add_neighbour(4, ip4("10.5.0.7"));
    EXPECT_FALSE(topology->is_neighbour(ip4("10.5.0.7"))) << "remembered until then";
    clock_.at += std::chrono::seconds(1);
    EXPECT_TRUE(topology->is_neighbour(ip4("10.5.0.7")));
}

TEST_F(KernelTopologyTest, KeepsAtMost64NeighboursOfAnInterface) {
    for (std::uint32_t i = 0; i < 80; ++i) {
        add_neighbour(4, IpAddress::v4(0x0a050064 + i));
    }
    const auto topology = open();
    std::size_t neighbours = 0;
    for (std::uint32_t i = 0; i < 80; ++i) {
        neighbours += topology->is_neighbour(IpAddress::v4(0x0a050064 + i)) ? 1 : 0;
    }
    EXPECT_EQ(neighbours, KernelTopology::kMaxNeighboursPerInterface);
    EXPECT_TRUE(topology->is_neighbour(ip4("192.0.2.2"))) << "another interface has its own 64";
}

TEST_F(KernelTopologyTest, ChoosesThePrimaryAddressInTheOrderOfTheSpecification) {
    EXPECT_EQ(open()->primary_address(), ip4("192.0.2.1")) << "the first global one";
    add_route("0.0.0.0/0", "10.5.0.9", 4);
    const auto topology = open();
    EXPECT_EQ(topology->primary_address(), ip4("10.5.0.1")) << "the default route's source";
    here_->change([](Rtnetlink& kernel) { kernel.add_address(1, ip4("10.255.0.1"), 32); });
    EXPECT_TRUE(becomes(*topology, [&] { return topology->primary_address() == ip4("10.255.0.1"); }))
        << "a global one on lo";
    EXPECT_TRUE(topology->is_local(ip4("10.255.0.1")));
    EXPECT_EQ(open(ip4("10.5.0.1"))->primary_address(), ip4("10.5.0.1")) << "the configured one";
}

/// The same with IPv6 addresses on interfaces 3, 2001:db8:3::/127, and 4, 2001:db8:4::1/64.
class KernelTopologyIpv6Test : public KernelTopologyTest {
protected:
    void SetUp() override {
        if (!has_ipv6()) {
            GTEST_SKIP() << "the kernel has no IPv6";
        }
        KernelTopologyTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        here_->change([](Rtnetlink& kernel) {
            kernel.add_address(3, ip6("2001:db8:3::"), 127);
            kernel.add_address(4, ip6("2001:db8:4::1"), 64);
        });
    }
    static IpAddress ip6(const char* text) { return IpAddress::parse(text).value(); }
    void add_ipv6_route(const char* to, const char* gateway, std::uint32_t if_index) {
        here_->change([=](Rtnetlink& kernel) {
            kernel.add_route(Prefix::parse(to).value(), ip6(gateway), if_index,
                             IpAddress::unspecified(IpVersion::V6));
        });
    }
};

TEST_F(KernelTopologyIpv6Test, HasAnAddressOfEachVersionOnAnInterface) {
    const auto topology = open();
    EXPECT_TRUE(topology->is_local(ip6("2001:db8:4::1")));
    EXPECT_TRUE(topology->is_local(ip6("::1")));
    EXPECT_FALSE(topology->is_local(ip6("2001:db8:4::2")));
    EXPECT_EQ(topology->interface_address(4, IpVersion::V6), ip6("2001:db8:4::1"));
    EXPECT_EQ(topology->interface_address(4, IpVersion::V4), ip4("10.5.0.1"));
    here_->change([](Rtnetlink& kernel) { kernel.add_address(2, ip6("fe80::77"), 64); });
    EXPECT_TRUE(becomes(*topology, [&] { return topology->is_local(ip6("fe80::77")); }));
    EXPECT_EQ(topology->interface_address(2, IpVersion::V6), std::nullopt) << "none but a link-local one";
}

TEST_F(KernelTopologyIpv6Test, TakesNoLinkLocalAddressForANeighbourOrADestination) {
    const auto topology = open();
    EXPECT_TRUE(topology->is_neighbour(ip6("2001:db8:3::1"))) << "the other end of a /127";
    EXPECT_FALSE(topology->is_neighbour(ip6("2001:db8:4::9")));
    add_ipv6_route("2001:db8:40::/48", "2001:db8:4::9", 4);
    add_ipv6_route("2001:db8:50::/48", "fe80::9", 4);
    EXPECT_TRUE(becomes(*topology, [&] { return topology->is_neighbour(ip6("2001:db8:4::9")); }));
    EXPECT_FALSE(topology->is_neighbour(ip6("fe80::9")));
    EXPECT_EQ(topology->route(ip6("fe80::9")), std::nullopt);
    const auto behind_it = topology->route(ip6("2001:db8:50::1"));
    ASSERT_TRUE(behind_it);
    EXPECT_EQ(behind_it->if_index, 4U);
    EXPECT_EQ(behind_it->mtu, 1500U);
    EXPECT_EQ(behind_it->source, ip6("2001:db8:4::1"));
}

TEST_F(KernelTopologyIpv6Test, HasNoWayWhereARouteRefuses) {
    add_ipv6_route("2001:db8:40::/48", "2001:db8:4::9", 4);
    const auto topology = open();
    EXPECT_TRUE(topology->route(ip6("2001:db8:40::1")));
    EXPECT_EQ(topology->route(ip6("2001:db8:41::1")), std::nullopt);
}

TEST_F(KernelTopologyIpv6Test, ChoosesThePrimaryAddressOfEachVersion) {
    EXPECT_EQ(open()->primary_address(IpVersion::V4), ip4("192.0.2.1"));
    EXPECT_EQ(open()->primary_address(), ip4("192.0.2.1")) << "known by its IPv4 address";
    EXPECT_EQ(open()->primary_address(IpVersion::V6), ip6("2001:db8:3::")) << "the first global one";
    add_ipv6_route("::/0", "2001:db8:4::9", 4);
    EXPECT_EQ(open()->primary_address(IpVersion::V6), ip6("2001:db8:4::1")) << "the default route's source";
    here_->change([](Rtnetlink& kernel) { kernel.add_address(1, ip6("2001:db8::1"), 128); });
    EXPECT_EQ(open()->primary_address(IpVersion::V6), ip6("2001:db8::1")) << "a global one on lo";
    EXPECT_EQ(open(ip6("2001:db8:4::1"))->primary_address(IpVersion::V6), ip6("2001:db8:4::1"));
    EXPECT_EQ(open(ip6("2001:db8:4::1"))->primary_address(IpVersion::V4), ip4("192.0.2.1"))
        << "one of the other version does not configure it";
}

TEST_F(KernelTopologyTest, WithoutIpv6ItsPrimaryAddressIsTheIpv4OneForBoth) {
    EXPECT_EQ(open()->primary_address(IpVersion::V6), ip4("192.0.2.1"));
}

TEST_F(KernelTopologyTest, AHostWithoutANetworkIsAtItsLoopbackAddress) {
    here_.emplace(TestNamespace::make().value());
    here_->change([](Rtnetlink& kernel) { kernel.set_up(1); });
    EXPECT_EQ(open()->primary_address(), ip4("127.0.0.1"));
}

TEST_F(KernelTopologyTest, FollowsRoutesAsTheyChange) {
    const auto topology = open();
    EXPECT_EQ(topology->route(ip4("172.16.0.1")), std::nullopt);
    add_route("172.16.0.0/12", "10.5.0.9", 4);
    EXPECT_TRUE(becomes(*topology, [&] { return topology->route(ip4("172.16.0.1")).has_value(); }));
    const auto route = topology->route(ip4("172.16.0.1"));
    ASSERT_TRUE(route);
    EXPECT_EQ(route->if_index, 4U);
    EXPECT_EQ(route->mtu, 1500U);
    EXPECT_EQ(route->source, ip4("10.5.0.1"));
    here_->set_mtu("e4", 1400);
    EXPECT_TRUE(becomes(*topology, [&] {
        const auto now = topology->route(ip4("172.16.0.1"));
        return now && now->mtu == 1400;
    }));
}

TEST_F(KernelTopologyTest, TellsTheNextHopOfARoute) {
    add_route("172.16.0.0/12", "10.5.0.9", 4);
    const auto topology = open();
    EXPECT_EQ(topology->route(ip4("172.16.0.1")).value().gateway, ip4("10.5.0.9"));
    EXPECT_EQ(topology->route(ip4("10.5.0.7")).value().gateway, std::nullopt) << "on link";
    EXPECT_EQ(topology->route(ip4("10.5.0.1")).value().gateway, std::nullopt) << "local";
}

TEST_F(KernelTopologyTest, ListsInterfacesInTheOrderOfIfIndex) {
    there_->change([](Rtnetlink& kernel) { kernel.set_down(3); });
    here_->change([](Rtnetlink& kernel) { kernel.set_down(2); });
    const auto topology = open();
    const auto interfaces = topology->interfaces();
    const std::vector<node::Interface> expected{
        {1, "lo", true}, {2, "e2", false}, {3, "e3", true}, {4, "e4", true}};
    EXPECT_EQ(std::vector<node::Interface>(interfaces.begin(), interfaces.end()), expected)
        << "e3 has no carrier, but is up as far as this end has to say";
    EXPECT_EQ(topology->interface_of(ip4("198.18.0.0")), 3U);
    EXPECT_EQ(topology->interface_of(ip4("127.0.0.1")), 1U);
    EXPECT_EQ(topology->interface_of(ip4("198.18.0.1")), std::nullopt);
}

TEST_F(KernelTopologyTest, ListsNeighboursByInterfaceOnceEach) {
    add_route("172.16.0.0/12", "10.5.0.9", 4);
    add_route("172.32.0.0/12", "192.0.2.2", 2);
    add_neighbour(4, ip4("10.5.0.7"));
    add_neighbour(4, ip4("10.5.0.9"));
    add_neighbour(3, ip4("10.255.0.7"));  // another address of 198.18.0.1, as it may have asked with
    const auto topology = open();
    EXPECT_TRUE(topology->is_neighbour(ip4("10.255.0.7")));
    const std::vector<node::Neighbour> expected{
        {2, ip4("192.0.2.2")}, {3, ip4("198.18.0.1")}, {4, ip4("10.5.0.7")}, {4, ip4("10.5.0.9")}};
    EXPECT_EQ(topology->neighbours(), expected);
}

TEST_F(KernelTopologyTest, ListsNoNeighboursBehindALinkThatIsDown) {
    const auto topology = open();
    EXPECT_EQ(topology->neighbours().size(), 2U);
    there_->change([](Rtnetlink& kernel) { kernel.set_down(3); });
    const std::vector<node::Neighbour> expected{{2, ip4("192.0.2.2")}};
    EXPECT_TRUE(becomes(*topology, [&] { return topology->neighbours() == expected; }))
        << "the other end went down: no carrier";
}

TEST_F(KernelTopologyTest, ListsAtMost64NeighboursTheOtherEndsOfLinksFirst) {
    for (std::uint32_t i = 0; i < 80; ++i) {
        add_neighbour(4, IpAddress::v4(0x0a050064 + i));
    }
    const auto all = open()->neighbours();
    EXPECT_EQ(all.size(), node::Topology::kMaxNeighbours);
    EXPECT_EQ(all[0].address, ip4("192.0.2.2"));
    EXPECT_EQ(all[1].address, ip4("198.18.0.1"));
}

TEST_F(KernelTopologyTest, WhatTheNodeChangesItselfIsReadAtOnce) {
    SlowClock clock;
    const auto topology = open(std::nullopt, clock);
    EXPECT_TRUE(topology->interfaces()[1].is_up);
    here_->change([](Rtnetlink& kernel) { kernel.set_down(2); });
    topology->refresh();
    EXPECT_TRUE(topology->interfaces()[1].is_up) << "it is not time yet";
    topology->note_change();
    EXPECT_FALSE(topology->interfaces()[1].is_up);
}

TEST_F(KernelTopologyTest, RoutesLocalDestinationsByLoopback) {
    const auto topology = open();
    const auto route = topology->route(ip4("10.5.0.1"));
    ASSERT_TRUE(route);
    EXPECT_EQ(route->if_index, 1U);
}

}  // namespace
}  // namespace splash::linux
