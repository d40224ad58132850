// Against the running kernel: three namespaces in a row,
//
//   a 10.1.0.1 ---- 10.1.0.2 b 10.2.0.2 ---- 10.2.0.3 c
//                   (if 2)    (if 3)
#include "linux/raw_carrier.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "namespaces_for_test.hpp"

namespace splash::linux {
namespace {

constexpr std::uint8_t kProtocol = 253;
constexpr std::size_t kWorkspace = 16 * 1024;
constexpr std::size_t kTtlAt = 8;

struct Arrived {
    node::Arrival arrival;
    std::string text;
    unsigned ttl = 0;
};

struct IcmpHeard {
    wire::IcmpError::Kind kind{};
    IpAddress reporter;
    IpAddress destination;
    std::string quoted;
};

class RawLine : public ::testing::Test {
protected:
    void SetUp() override {
        auto a = TestNamespace::make();
        auto b = TestNamespace::make();
        auto c = TestNamespace::make();
        if (!a || !b || !c) {
            GTEST_SKIP() << "needs root: cannot make a network namespace";
        }
        a_.emplace(std::move(*a));
        b_.emplace(std::move(*b));
        c_.emplace(std::move(*c));
        b_->change([this](Rtnetlink& kernel) {
            kernel.add_veth({.name = "left", .if_index = 2},
                            {.name = "right", .if_index = 2, .netns_fd = a_->fd()});
            kernel.add_veth({.name = "right", .if_index = 3},
                            {.name = "left", .if_index = 2, .netns_fd = c_->fd()});
        });
        address(*a_, 2, "10.1.0.1");
        address(*b_, 2, "10.1.0.2");
        address(*b_, 3, "10.2.0.2");
        address(*c_, 2, "10.2.0.3");
        b_->set_sysctl("ipv4/ip_forward", "1");
        route(*a_, "10.2.0.0/24", "10.1.0.2");
        route(*c_, "10.1.0.0/24", "10.2.0.2");
    }

    static void address(const TestNamespace& space, std::uint32_t index, const char* address) {
        space.change([=](Rtnetlink& kernel) {
            kernel.add_address(index, ip4(address), 24);
            kernel.set_up(index);
        });
    }
    static void route(const TestNamespace& space, const char* to, const char* gateway) {
        space.change([=](Rtnetlink& kernel) {
            kernel.add_route(Prefix::parse(to).value(), ip4(gateway), 2, IpAddress());
        });
    }
    RawCarrier open_in(const TestNamespace& space) {
        std::optional<Result<RawCarrier>> carrier;
        space.run([&] { carrier = RawCarrier::open(kProtocol, log_); });
        EXPECT_TRUE(*carrier) << carrier->error().detail;
        return std::move(**carrier);
    }
    static void send(RawCarrier& from, node::Carriage carriage, const char* to, std::string_view text,
                     std::uint8_t ttl = 64) {
        EXPECT_TRUE(from.queue({.carriage = carriage, .to = ip4(to), .ttl = ttl, .packet = as_bytes(text)}));
        from.flush();
    }
    /// Reads until `count` packets are there.
    static std::vector<Arrived> receive(RawCarrier& at, std::size_t count) {
        std::vector<Arrived> arrived;
        EXPECT_TRUE(until(at.fd(),
                          [&] {
                              at.read([] { return node::Buffer(kWorkspace); },
                                      [&arrived](const node::Arrival& arrival, node::Buffer buffer) {
                                          arrived.push_back(
                                              {arrival, text_of(buffer),
                                               std::to_integer<unsigned>(buffer.storage()[kTtlAt])});
                                      });
                              return arrived.size() >= count;
                          }))
            << "only " << arrived.size() << " packets came";
        return arrived;
    }
    static IcmpHeard hear(RawCarrier& at) {
        std::optional<IcmpHeard> heard;
        EXPECT_TRUE(until(at.icmp_fd(), [&] {
            at.read_icmp([&heard](const wire::IcmpError& e) {
                heard = {e.kind, e.reporter, e.destination, std::string(as_text(e.quoted))};
            });
            return heard.has_value();
        })) << "no ICMP error came";
        return heard.value_or(IcmpHeard{});
    }

    RememberingLog log_;
    std::optional<TestNamespace> a_;
    std::optional<TestNamespace> b_;
    std::optional<TestNamespace> c_;
};

TEST_F(RawLine, TakesTransitWithRouterAlertAndLeavesTheRestToForwarding) {
    RawCarrier a = open_in(*a_);
    RawCarrier b = open_in(*b_);
    RawCarrier c = open_in(*c_);
    send(a, node::Carriage::Alert, "10.2.0.3", "with alert", 77);
    send(a, node::Carriage::Plain, "10.2.0.3", "plain", 77);
    const auto at_b = receive(b, 1);
    ASSERT_EQ(at_b.size(), 1U);
    EXPECT_EQ(at_b[0].text, "with alert");
    EXPECT_EQ(at_b[0].ttl, 77U);
    EXPECT_EQ(at_b[0].arrival.if_index, 2U);
    EXPECT_EQ(at_b[0].arrival.source, ip4("10.1.0.1"));
    EXPECT_EQ(at_b[0].arrival.destination, ip4("10.2.0.3"));
    EXPECT_FALSE(at_b[0].arrival.udp_from);
    const auto at_c = receive(c, 1);
    ASSERT_EQ(at_c.size(), 1U);
    EXPECT_EQ(at_c[0].text, "plain");
    EXPECT_EQ(at_c[0].ttl, 76U);
}

TEST_F(RawLine, CarriesFromHopToHop) {
    RawCarrier a = open_in(*a_);
    RawCarrier b = open_in(*b_);
    RawCarrier c = open_in(*c_);
    send(a, node::Carriage::Alert, "10.2.0.3", "hop 1");
    ASSERT_EQ(receive(b, 1).size(), 1U);
    send(b, node::Carriage::Alert, "10.2.0.3", "hop 2");
    const auto at_c = receive(c, 1);
    ASSERT_EQ(at_c.size(), 1U);
    EXPECT_EQ(at_c[0].text, "hop 2");
    EXPECT_EQ(at_c[0].arrival.source, ip4("10.2.0.2"));
    EXPECT_EQ(at_c[0].arrival.if_index, 2U);
    // What b sent itself has not come back to b: the next it hears is this.
    send(a, node::Carriage::Plain, "10.1.0.2", "next");
    const auto at_b = receive(b, 1);
    ASSERT_EQ(at_b.size(), 1U);
    EXPECT_EQ(at_b[0].text, "next");
}

TEST_F(RawLine, TakesALocalPacketWithRouterAlertOnce) {
    RawCarrier a = open_in(*a_);
    RawCarrier b = open_in(*b_);
    for (const char* to : {"10.1.0.2", "10.2.0.2"}) {
        send(a, node::Carriage::Alert, to, "local");
        send(a, node::Carriage::Plain, to, "marker");
        const auto at_b = receive(b, 2);
        ASSERT_EQ(at_b.size(), 2U);
        EXPECT_EQ(at_b[0].text, "local");
        EXPECT_EQ(at_b[0].arrival.destination, ip4(to));
        EXPECT_EQ(at_b[0].arrival.if_index, 2U);
        EXPECT_EQ(at_b[1].text, "marker");
    }
}

TEST_F(RawLine, TakesTransitWithItsLastTtl) {
    RawCarrier a = open_in(*a_);
    RawCarrier b = open_in(*b_);
    send(a, node::Carriage::Alert, "10.2.0.3", "last", 1);
    const auto at_b = receive(b, 1);
    ASSERT_EQ(at_b.size(), 1U);
    EXPECT_EQ(at_b[0].ttl, 1U);
}

TEST_F(RawLine, TakesNoTransitWhereForwardingIsOff) {
    b_->set_sysctl("ipv4/ip_forward", "0");
    RawCarrier a = open_in(*a_);
    RawCarrier b = open_in(*b_);
    send(a, node::Carriage::Alert, "10.2.0.3", "transit");
    send(a, node::Carriage::Plain, "10.1.0.2", "marker");
    const auto at_b = receive(b, 1);
    ASSERT_EQ(at_b.size(), 1U);
    EXPECT_EQ(at_b[0].text, "marker");
}

TEST_F(RawLine, GivesEveryPacketToEachOfTwoCarriers) {
    RawCarrier a = open_in(*a_);
    RawCarrier b = open_in(*b_);
    RawCarrier second = open_in(*b_);
    send(a, node::Carriage::Alert, "10.2.0.3", "transit");
    EXPECT_EQ(receive(b, 1).size(), 1U);
    EXPECT_EQ(receive(second, 1).size(), 1U);
}

TEST_F(RawLine, NamesNoInterfaceForPacketsFromThisHost) {
    RawCarrier b = open_in(*b_);
    send(b, node::Carriage::Plain, "10.1.0.2", "to myself");
    send(b, node::Carriage::Plain, "127.0.0.1", "by loopback");
    for (const Arrived& arrived : receive(b, 2)) {
        EXPECT_EQ(arrived.arrival.if_index, 0U) << arrived.text;
    }
}

TEST_F(RawLine, SendsFromTheSourceThatIsGiven) {
    a_->change([](Rtnetlink& kernel) { kernel.add_address(1, ip4("10.9.9.9"), 32); });
    RawCarrier a = open_in(*a_);
    RawCarrier b = open_in(*b_);
    b_->set_sysctl("ipv4/conf/all/rp_filter", "0");
    b_->set_sysctl("ipv4/conf/left/rp_filter", "0");
    const std::string text = "with a source";
    ASSERT_TRUE(a.queue({.carriage = node::Carriage::Plain, .to = ip4("10.1.0.2"), .packet = as_bytes(text)},
                        ip4("10.9.9.9")));
    a.flush();
    const auto at_b = receive(b, 1);
    ASSERT_EQ(at_b.size(), 1U);
    EXPECT_EQ(at_b[0].arrival.source, ip4("10.9.9.9"));
}

TEST_F(RawLine, HearsThatANodeHasNoSplash) {
    RawCarrier a = open_in(*a_);
    send(a, node::Carriage::Alert, "10.2.0.3", "is anybody there?");
    const IcmpHeard heard = hear(a);
    EXPECT_EQ(heard.kind, wire::IcmpError::Kind::ProtocolUnreachable);
    EXPECT_EQ(heard.reporter, ip4("10.2.0.3"));
    EXPECT_EQ(heard.destination, ip4("10.2.0.3"));
    EXPECT_EQ(heard.quoted, "is anybody there?");
}

TEST_F(RawLine, HearsThatThePacketsTimeIsExceeded) {
    RawCarrier a = open_in(*a_);
    send(a, node::Carriage::Alert, "10.2.0.3", "too far away", 1);
    const IcmpHeard heard = hear(a);
    EXPECT_EQ(heard.kind, wire::IcmpError::Kind::TimeExceeded);
    EXPECT_EQ(heard.reporter, ip4("10.1.0.2"));
    EXPECT_EQ(heard.destination, ip4("10.2.0.3"));
    EXPECT_EQ(heard.quoted, "too far away");
}

TEST_F(RawLine, HearsThatALaterLinkIsTooSmall) {
    b_->set_mtu("right", 600);
    RawCarrier a = open_in(*a_);
    const std::string large(1000, 'x');
    send(a, node::Carriage::Plain, "10.2.0.3", large);
    const IcmpHeard heard = hear(a);
    EXPECT_EQ(heard.kind, wire::IcmpError::Kind::TooBig);
    EXPECT_EQ(heard.destination, ip4("10.2.0.3"));
    EXPECT_EQ(heard.quoted, large.substr(0, heard.quoted.size()));
    EXPECT_GE(heard.quoted.size(), 8U);
}

TEST_F(RawLine, CountsWhatTheKernelRefusesAndSendsTheRest) {
    RawCarrier b = open_in(*b_);
    RawCarrier a = open_in(*a_);
    const std::string too_large(1500, 'x');
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(b.queue({.to = ip4("10.1.0.1"), .packet = as_bytes(too_large)}));
        EXPECT_TRUE(b.queue({.to = ip4("203.0.113.1"), .packet = as_bytes("no route")}));
        EXPECT_TRUE(b.queue({.to = ip4("10.1.0.255"), .packet = as_bytes("broadcast")}));
    }
    EXPECT_TRUE(b.queue({.to = ip4("10.1.0.1"), .packet = as_bytes("sound")}));
    b.flush();
    EXPECT_FALSE(b.has_backlog());
    EXPECT_EQ(b.counters().too_big, 2U);
    EXPECT_EQ(b.counters().no_route, 2U);
    EXPECT_EQ(b.counters().forbidden, 2U);
    EXPECT_EQ(b.counters().sent, 1U);
    EXPECT_EQ(log_.lines.size(), 3U) << "each kind is logged once";
    const auto at_a = receive(a, 1);
    ASSERT_EQ(at_a.size(), 1U);
    EXPECT_EQ(at_a[0].text, "sound");
}

TEST_F(RawLine, CarriesMoreThanAQueueFullInOrder) {
    constexpr int kCount = 1000;
    RawCarrier a = open_in(*a_);
    RawCarrier b = open_in(*b_);
    // Until the neighbour's link address is known, the kernel keeps few packets.
    send(a, node::Carriage::Alert, "10.2.0.3", "who has 10.1.0.2?");
    ASSERT_EQ(receive(b, 1).size(), 1U);
    for (int i = 0; i < kCount; ++i) {
        const std::string text = "packet " + std::to_string(i);
        ASSERT_TRUE(
            a.queue({.carriage = node::Carriage::Alert, .to = ip4("10.2.0.3"), .packet = as_bytes(text)}));
    }
    a.flush();
    const auto at_b = receive(b, kCount);
    ASSERT_EQ(at_b.size(), std::size_t{kCount});
    for (int i = 0; i < kCount; ++i) {
        ASSERT_EQ(at_b[static_cast<std::size_t>(i)].text, "packet " + std::to_string(i));
    }
    EXPECT_EQ(a.counters().sent, std::uint64_t{kCount + 1});
    EXPECT_EQ(b.counters().received, std::uint64_t{kCount + 1});
}

TEST_F(RawLine, MarksAndCountsWhatExceedsTheBuffer) {
    RawCarrier a = open_in(*a_);
    RawCarrier b = open_in(*b_);
    send(a, node::Carriage::Plain, "10.1.0.2", std::string(1000, 'x'));
    send(a, node::Carriage::Plain, "10.1.0.2", "fits");
    std::vector<std::string> texts;
    EXPECT_TRUE(until(b.fd(), [&] {
        b.read([] { return node::Buffer(500); },
               [&texts](const node::Arrival& arrival, node::Buffer buffer) {
                   texts.push_back(arrival.is_cut ? "cut" : text_of(buffer));
               });
        return texts.size() >= 2;
    }));
    EXPECT_EQ(texts, (std::vector<std::string>{"cut", "fits"}));
    EXPECT_EQ(b.counters().oversized, 1U);
}

TEST_F(RawLine, RefusesWhatItCannotCarry) {
    RawCarrier a = open_in(*a_);
    const std::string text = "text";
    EXPECT_FALSE(a.queue({.carriage = node::Carriage::Udp, .to = ip4("10.1.0.2"), .packet = as_bytes(text)}));
    EXPECT_FALSE(a.queue({.to = ip4("2001:db8::1"), .packet = as_bytes(text)}));
    EXPECT_FALSE(a.queue({.to = ip4("10.1.0.2"), .packet = as_bytes(std::string(0xffff, 'x'))}));
}

TEST(RawCarrier, WithoutPrivilegeNamesTheCapability) {
    std::optional<Result<RawCarrier>> opened;
    RememberingLog log;
    std::thread([&] {
        // Capabilities are a thread's own when set by the bare system call.
        __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
        __user_cap_data_struct none[2]{};
        if (::syscall(SYS_capset, &header, none) == 0) {
            opened = RawCarrier::open(kProtocol, log);
        }
    }).join();
    ASSERT_TRUE(opened);
    ASSERT_FALSE(*opened);
    EXPECT_EQ(opened->error().code, Errc::NeedsRoot);
    EXPECT_NE(opened->error().detail.find("CAP_NET_RAW"), std::string::npos) << opened->error().detail;
}

}  // namespace
}  // namespace splash::linux
