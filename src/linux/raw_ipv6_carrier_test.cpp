// Against the running kernel: three namespaces in a row,
//
//   a fd00:1::1 ---- fd00:1::2 b fd00:2::2 ---- fd00:2::3 c
//                      (if 2)    (if 3)
#include "linux/raw_ipv6_carrier.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <algorithm>
#include <string>
#include <thread>

#include "linux/host.hpp"
#include "namespaces_for_test.hpp"
#include "socket_address.hpp"
#include "wire/ipv6.hpp"

namespace splash::linux {
namespace {

constexpr std::uint8_t kProtocol = 253;
constexpr std::size_t kWorkspace = 16 * 1024;

IpAddress ip6(const char* text) {
    return IpAddress::parse(text).value();
}

struct Arrived {
    node::Arrival arrival;
    std::string text;
};

struct IcmpHeard {
    wire::IcmpError::Kind kind{};
    IpAddress reporter;
    IpAddress source;
    IpAddress destination;
    std::string quoted;
};

class RawIpv6Line : public ::testing::Test {
protected:
    void SetUp() override {
        if (!has_ipv6()) {
            GTEST_SKIP() << "the kernel has no IPv6";
        }
        auto a = TestNamespace::make();
        auto b = TestNamespace::make();
        auto c = TestNamespace::make();
        if (!a || !b || !c) {
            GTEST_SKIP() << "needs root: cannot make a network namespace";
        }
        a_.emplace(std::move(*a));
        b_.emplace(std::move(*b));
        c_.emplace(std::move(*c));
        for (const auto* space : {&a_, &b_, &c_}) {
            // The kernel's own addresses, of the link, are in use at once, too.
            (*space)->set_sysctl("ipv6/conf/all/accept_dad", "0");
            (*space)->set_sysctl("ipv6/conf/default/accept_dad", "0");
        }
        b_->change([this](Rtnetlink& kernel) {
            kernel.add_veth({.name = "left", .if_index = 2},
                            {.name = "right", .if_index = 2, .netns_fd = a_->fd()});
            kernel.add_veth({.name = "right", .if_index = 3},
                            {.name = "left", .if_index = 2, .netns_fd = c_->fd()});
        });
        b_->set_sysctl("ipv6/conf/all/forwarding", "1");
        address(*a_, 2, "fd00:1::1");
        address(*b_, 2, "fd00:1::2");
        address(*b_, 3, "fd00:2::2");
        address(*c_, 2, "fd00:2::3");
        route(*a_, "fd00:2::/64", "fd00:1::2");
        route(*c_, "fd00:1::/64", "fd00:2::2");
        for (const auto* space : {&a_, &b_, &c_}) {
            (*space)->run([] {
                auto kernel = Rtnetlink::open();
                ASSERT_TRUE(kernel) << kernel.error().detail;
                const auto done = kernel->settle();
                ASSERT_TRUE(done) << done.error().detail;
            });
        }
    }

    static void address(const TestNamespace& space, std::uint32_t index, const char* address) {
        space.change([=](Rtnetlink& kernel) {
            kernel.add_address(index, ip6(address), 64);
            kernel.set_up(index);
        });
    }
    static void route(const TestNamespace& space, const char* to, const char* gateway) {
        space.change([=](Rtnetlink& kernel) {
            kernel.add_route(Prefix::parse(to).value(), ip6(gateway), 2,
                             IpAddress::unspecified(IpVersion::V6));
        });
    }
    RawIpv6Carrier open_in(const TestNamespace& space) {
        std::optional<Result<RawIpv6Carrier>> carrier;
        space.run([&] { carrier = RawIpv6Carrier::open(kProtocol, log_); });
        EXPECT_TRUE(*carrier) << carrier->error().detail;
        return std::move(**carrier);
    }
    static void send(RawIpv6Carrier& from, node::Carriage carriage, const char* to, std::string_view text,
                     std::uint8_t ttl = 64) {
        EXPECT_TRUE(from.queue({.carriage = carriage, .to = ip6(to), .ttl = ttl, .packet = as_bytes(text)}));
        from.flush();
    }
    /// Reads until `count` packets are there.
    static std::vector<Arrived> receive(RawIpv6Carrier& at, std::size_t count) {
        std::vector<Arrived> arrived;
        const auto take = [&arrived](const node::Arrival& arrival, node::Buffer buffer) {
            arrived.push_back({arrival, text_of(buffer)});
        };
        const auto deadline = std::chrono::steady_clock::now() + kTestDeadline;
        while (arrived.size() < count && std::chrono::steady_clock::now() < deadline) {
            at.read([] { return node::Buffer(kWorkspace); }, take);
            pollfd waiting[] = {{.fd = at.fds()[0], .events = POLLIN, .revents = 0},
                                {.fd = at.fds()[1], .events = POLLIN, .revents = 0}};
            (void)::poll(waiting, 2, arrived.size() < count ? 100 : 0);
        }
        EXPECT_GE(arrived.size(), count);
        return arrived;
    }
    static IcmpHeard hear(RawIpv6Carrier& at) {
        std::optional<IcmpHeard> heard;
        EXPECT_TRUE(until(at.icmp_fd(), [&] {
            at.read_icmp([&heard](const wire::IcmpError& e) {
                heard = {e.kind, e.reporter, e.source, e.destination, std::string(as_text(e.quoted))};
            });
            return heard.has_value();
        })) << "no ICMPv6 error came";
        return heard.value_or(IcmpHeard{});
    }
    /// Sends a packet with any Hop-by-Hop header and protocol, as others may.
    static void send_as_stranger(const TestNamespace& space, int protocol, ConstBytes hop_by_hop,
                                 const char* to, std::string_view text) {
        space.run([&] {
            const UniqueFd fd(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, protocol));
            ASSERT_TRUE(fd.is_open());
            const int off = 0;  // a socket of IPPROTO_RAW takes what is sent for a whole packet
            ASSERT_EQ(::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_HDRINCL, &off, sizeof off), 0);
            SocketAddress address = to_socket_address({ip6(to), 0});
            iovec piece{const_cast<char*>(text.data()), text.size()};
            Ancillary ancillary;
            ancillary.add_hop_by_hop(hop_by_hop);
            msghdr message{};
            message.msg_name = address.get();
            message.msg_namelen = address.size;
            message.msg_iov = &piece;
            message.msg_iovlen = 1;
            ancillary.attach_to(message);
            ASSERT_EQ(::sendmsg(fd.get(), &message, 0), static_cast<ssize_t>(text.size()));
        });
    }

    RememberingLog log_;
    std::optional<TestNamespace> a_;
    std::optional<TestNamespace> b_;
    std::optional<TestNamespace> c_;
};

TEST_F(RawIpv6Line, TakesTransitWithRouterAlertAndLeavesTheRestToForwarding) {
    RawIpv6Carrier a = open_in(*a_);
    RawIpv6Carrier b = open_in(*b_);
    RawIpv6Carrier c = open_in(*c_);
    send(a, node::Carriage::Alert, "fd00:2::3", "with alert");
    send(a, node::Carriage::Plain, "fd00:2::3", "plain");
    const auto at_b = receive(b, 1);
    ASSERT_EQ(at_b.size(), 1U);
    EXPECT_EQ(at_b[0].text, "with alert");
    EXPECT_EQ(at_b[0].arrival.if_index, 2U);
    EXPECT_EQ(at_b[0].arrival.source, ip6("fd00:1::1"));
    EXPECT_EQ(at_b[0].arrival.destination, ip6("fd00:2::3"));
    EXPECT_FALSE(at_b[0].arrival.udp_from);
    const auto at_c = receive(c, 1);
    ASSERT_EQ(at_c.size(), 1U);
    EXPECT_EQ(at_c[0].text, "plain");
    EXPECT_EQ(at_c[0].arrival.source, ip6("fd00:1::1"));
    EXPECT_EQ(at_c[0].arrival.destination, ip6("fd00:2::3"));
    EXPECT_EQ(at_c[0].arrival.if_index, 2U);
}

TEST_F(RawIpv6Line, CarriesFromHopToHop) {
    RawIpv6Carrier a = open_in(*a_);
    RawIpv6Carrier b = open_in(*b_);
    RawIpv6Carrier c = open_in(*c_);
    send(a, node::Carriage::Alert, "fd00:2::3", "hop 1");
    ASSERT_EQ(receive(b, 1).size(), 1U);
    send(b, node::Carriage::Alert, "fd00:2::3", "hop 2");
    const auto at_c = receive(c, 1);
    ASSERT_EQ(at_c.size(), 1U);
    EXPECT_EQ(at_c[0].text, "hop 2");
    EXPECT_EQ(at_c[0].arrival.source, ip6("fd00:2::2"));
    // What b sent itself has not come back to b: the next it hears is this.
    send(a, node::Carriage::Plain, "fd00:1::2", "next");
    const auto at_b = receive(b, 1);
    ASSERT_EQ(at_b.size(), 1U);
    EXPECT_EQ(at_b[0].text, "next");
}

TEST_F(RawIpv6Line, TakesALocalPacketWithRouterAlertOnce) {
    RawIpv6Carrier a = open_in(*a_);
    RawIpv6Carrier b = open_in(*b_);
    for (const char* to : {"fd00:1::2", "fd00:2::2"}) {
        send(a, node::Carriage::Alert, to, "local");
        send(a, node::Carriage::Plain, to, "marker");
        const auto at_b = receive(b, 2);
        ASSERT_EQ(at_b.size(), 2U);
        EXPECT_EQ(at_b[0].text, "local");
        EXPECT_EQ(at_b[0].arrival.destination, ip6(to));
        EXPECT_EQ(at_b[0].arrival.if_index, 2U);
        EXPECT_EQ(at_b[1].text, "marker");
    }
}

TEST_F(RawIpv6Line, TakesTransitWithItsLastHop) {
    RawIpv6Carrier a = open_in(*a_);
    RawIpv6Carrier b = open_in(*b_);
    send(a, node::Carriage::Alert, "fd00:2::3", "last", 1);
    EXPECT_EQ(receive(b, 1)[0].text, "last");
}

TEST_F(RawIpv6Line, HearsNothingOfOtherNetworkNamespaces) {
    RawIpv6Carrier a = open_in(*a_);
    RawIpv6Carrier b = open_in(*b_);
    RawIpv6Carrier c = open_in(*c_);
    send(a, node::Carriage::Alert, "fd00:2::3", "for b alone");
    ASSERT_EQ(receive(b, 1).size(), 1U);
    send(a, node::Carriage::Plain, "fd00:2::3", "marker");
    const auto at_c = receive(c, 1);
    ASSERT_EQ(at_c.size(), 1U);
    EXPECT_EQ(at_c[0].text, "marker");
}

TEST_F(RawIpv6Line, LeavesOtherAlertsToForwarding) {
    auto another = wire::kHopByHopWithAlert;
    another[5] = std::byte{0};  // the value that Multicast Listener Discovery has
    RawIpv6Carrier b = open_in(*b_);
    RawIpv6Carrier c = open_in(*c_);
    send_as_stranger(*a_, kProtocol, another, "fd00:2::3", "passes b");
    EXPECT_EQ(receive(c, 1)[0].text, "passes b");
    EXPECT_EQ(b.counters().received, 0U);
}

TEST_F(RawIpv6Line, DropsAndCountsAlertsThatAreNoPacketsOfOurs) {
    constexpr int kOtherProtocol = 254;
    RawIpv6Carrier a = open_in(*a_);
    RawIpv6Carrier b = open_in(*b_);
    send_as_stranger(*a_, kOtherProtocol, wire::kHopByHopWithAlert, "fd00:2::3", "another protocol");
    send(a, node::Carriage::Alert, "fd00:2::3", "marker");
    EXPECT_EQ(receive(b, 1)[0].text, "marker");
    EXPECT_EQ(b.counters().malformed, 1U);
    EXPECT_EQ(b.counters().received, 1U);
}

TEST_F(RawIpv6Line, IsNotDeceivedByAPacketInsideAPacketOfProtocol255) {
    std::vector<std::byte> inner;
    append_be<std::uint32_t>(inner, 0x6000'0000);
    append_be<std::uint16_t>(inner, 8 + 6);
    append_be<std::uint16_t>(inner, 64);  // next header 0, hop limit 64
    append(inner, ip6("fd00:9::9").octets());
    append(inner, ip6("fd00:2::3").octets());
    append(inner, wire::kHopByHopWithAlert);
    inner[40] = std::byte{kProtocol};
    append(inner, as_bytes("forged"));
    RawIpv6Carrier a = open_in(*a_);
    RawIpv6Carrier b = open_in(*b_);
    send_as_stranger(*a_, IPPROTO_RAW, wire::kHopByHopWithAlert, "fd00:1::2", as_text(inner));
    send(a, node::Carriage::Alert, "fd00:2::3", "marker");
    EXPECT_EQ(receive(b, 1)[0].text, "marker");
    EXPECT_EQ(b.counters().received + b.counters().malformed, 1U);
}

TEST_F(RawIpv6Line, TakesNoTransitWhereForwardingIsOff) {
    b_->set_sysctl("ipv6/conf/all/forwarding", "0");
    RawIpv6Carrier a = open_in(*a_);
    RawIpv6Carrier b = open_in(*b_);
    send(a, node::Carriage::Alert, "fd00:2::3", "transit");
    send(a, node::Carriage::Plain, "fd00:1::2", "marker");
    EXPECT_EQ(receive(b, 1)[0].text, "marker");
}

TEST_F(RawIpv6Line, NamesNoInterfaceForPacketsFromThisHost) {
    RawIpv6Carrier b = open_in(*b_);
    send(b, node::Carriage::Plain, "fd00:1::2", "to myself");
    send(b, node::Carriage::Plain, "::1", "by loopback");
    for (const Arrived& arrived : receive(b, 2)) {
        EXPECT_EQ(arrived.arrival.if_index, 0U) << arrived.text;
    }
}

TEST_F(RawIpv6Line, SendsFromTheSourceThatIsGiven) {
    a_->change([](Rtnetlink& kernel) { kernel.add_address(1, ip6("fd00:9::9"), 128); });
    RawIpv6Carrier a = open_in(*a_);
    RawIpv6Carrier b = open_in(*b_);
    const std::string text = "with a source";
    ASSERT_TRUE(a.queue({.carriage = node::Carriage::Plain, .to = ip6("fd00:1::2"), .packet = as_bytes(text)},
                        ip6("fd00:9::9")));
    a.flush();
    EXPECT_EQ(receive(b, 1)[0].arrival.source, ip6("fd00:9::9"));
}

TEST_F(RawIpv6Line, HearsThatANodeHasNoSplash) {
    RawIpv6Carrier a = open_in(*a_);
    send(a, node::Carriage::Alert, "fd00:2::3", "is anybody there?");
    const IcmpHeard heard = hear(a);
    EXPECT_EQ(heard.kind, wire::IcmpError::Kind::ProtocolUnreachable);
    EXPECT_EQ(heard.reporter, ip6("fd00:2::3"));
    EXPECT_EQ(heard.source, ip6("fd00:1::1"));
    EXPECT_EQ(heard.destination, ip6("fd00:2::3"));
    EXPECT_EQ(heard.quoted, "is anybody there?");
}

TEST_F(RawIpv6Line, HearsThatThePacketsTimeIsExceeded) {
    RawIpv6Carrier a = open_in(*a_);
    send(a, node::Carriage::Alert, "fd00:2::3", "too far away", 1);
    const IcmpHeard heard = hear(a);
    EXPECT_EQ(heard.kind, wire::IcmpError::Kind::TimeExceeded);
    EXPECT_EQ(heard.reporter, ip6("fd00:1::2"));
    EXPECT_EQ(heard.quoted, "too far away");
}

TEST_F(RawIpv6Line, HearsThatALaterLinkIsTooSmallEachTime) {
    b_->set_mtu("right", 1300);
    RawIpv6Carrier a = open_in(*a_);
    const std::string large(1400, 'x');
    for (int i = 0; i < 2; ++i) {  // what the kernel learnt the first time does not make it refuse unseen
        send(a, node::Carriage::Plain, "fd00:2::3", large);
        const IcmpHeard heard = hear(a);
        EXPECT_EQ(heard.kind, wire::IcmpError::Kind::TooBig);
        EXPECT_EQ(heard.quoted, large.substr(0, heard.quoted.size()));
        EXPECT_GE(heard.quoted.size(), 8U);
    }
    EXPECT_EQ(a.counters().sent, 2U);
}

TEST_F(RawIpv6Line, HearsThatThereIsNoRoute) {
    route(*a_, "fd00:77::/64", "fd00:1::2");
    RawIpv6Carrier a = open_in(*a_);
    send(a, node::Carriage::Plain, "fd00:77::1", "nowhere to go");
    EXPECT_EQ(hear(a).kind, wire::IcmpError::Kind::Unreachable);
}

TEST_F(RawIpv6Line, CountsWhatTheKernelRefusesAndSendsTheRest) {
    RawIpv6Carrier b = open_in(*b_);
    RawIpv6Carrier a = open_in(*a_);
    const std::string too_large(1500, 'x');
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(b.queue({.to = ip6("fd00:1::1"), .packet = as_bytes(too_large)}));
        EXPECT_TRUE(b.queue({.to = ip6("2001:db8::1"), .packet = as_bytes("no route")}));
    }
    EXPECT_TRUE(b.queue({.to = ip6("fd00:1::1"), .packet = as_bytes("sound")}));
    b.flush();
    EXPECT_FALSE(b.has_backlog());
    EXPECT_EQ(b.counters().too_big, 2U);
    EXPECT_EQ(b.counters().no_route, 2U);
    EXPECT_EQ(b.counters().sent, 1U);
    EXPECT_EQ(log_.lines.size(), 2U) << "each kind is logged once";
    EXPECT_EQ(receive(a, 1)[0].text, "sound");
}

TEST_F(RawIpv6Line, MarksAndCountsWhatExceedsTheBuffer) {
    RawIpv6Carrier a = open_in(*a_);
    RawIpv6Carrier b = open_in(*b_);
    for (const char* to : {"fd00:1::2", "fd00:2::3"}) {  // for b, and in transit
        send(a, node::Carriage::Alert, to, std::string(1000, 'x'));
        send(a, node::Carriage::Alert, to, "fits");
    }
    std::vector<std::string> texts;
    const auto deadline = std::chrono::steady_clock::now() + kTestDeadline;
    while (texts.size() < 4 && std::chrono::steady_clock::now() < deadline) {
        b.read([] { return node::Buffer(500); },
               [&texts](const node::Arrival& arrival, node::Buffer buffer) {
                   texts.push_back(arrival.is_cut ? "cut" : text_of(buffer));
               });
    }
    std::ranges::sort(texts);
    EXPECT_EQ(texts, (std::vector<std::string>{"cut", "cut", "fits", "fits"}));
    EXPECT_EQ(b.counters().oversized, 2U);
}

TEST_F(RawIpv6Line, RefusesWhatItCannotCarry) {
    RawIpv6Carrier a = open_in(*a_);
    const std::string text = "text";
    EXPECT_FALSE(
        a.queue({.carriage = node::Carriage::Udp, .to = ip6("fd00:1::2"), .packet = as_bytes(text)}));
    EXPECT_FALSE(a.queue({.to = ip4("10.1.0.2"), .packet = as_bytes(text)}));
    EXPECT_FALSE(a.queue({.to = ip6("fd00:1::2"), .packet = as_bytes(std::string(0x10000, 'x'))}));
}

}  // namespace
}  // namespace splash::linux
