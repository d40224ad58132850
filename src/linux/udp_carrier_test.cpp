#include "linux/udp_carrier.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "namespaces_for_test.hpp"
#include "socket_address.hpp"

namespace splash::linux {
namespace {

constexpr std::size_t kWorkspace = 16 * 1024;

struct Arrived {
    node::Arrival arrival;
    std::string text;
};

UdpCarrier open_at(const std::vector<Endpoint>& addresses, RememberingLog& log) {
    auto carrier = UdpCarrier::open(addresses, log);
    EXPECT_TRUE(carrier) << carrier.error().detail;
    return std::move(*carrier);
}

std::vector<Arrived> receive(UdpCarrier& at, std::size_t count, std::size_t socket = 0) {
    std::vector<Arrived> arrived;
    EXPECT_TRUE(until(at.fds()[socket],
                      [&] {
                          at.read([] { return node::Buffer(kWorkspace); },
                                  [&arrived](const node::Arrival& arrival, node::Buffer buffer) {
                                      arrived.push_back({arrival, text_of(buffer)});
                                  });
                          return arrived.size() >= count;
                      }))
        << "only " << arrived.size() << " packets came";
    return arrived;
}

/// A remote client with an ordinary socket.
class PlainSocket {
public:
    explicit PlainSocket(const Endpoint& local)
        : fd_(::socket(local.address.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        const SocketAddress a = to_socket_address(local);
        EXPECT_EQ(::bind(fd_.get(), a.get(), a.size), 0);
    }
    void send(const Endpoint& to, std::string_view text) {
        const SocketAddress a = to_socket_address(to);
        EXPECT_EQ(::sendto(fd_.get(), text.data(), text.size(), 0, a.get(), a.size),
                  static_cast<ssize_t>(text.size()));
    }
    struct Answer {
        Endpoint from;
        std::string text;
    };
    Answer receive() {
        Answer answer;
        EXPECT_TRUE(until(fd_.get(), [&] {
            std::string text(0xffff, '\0');
            SocketAddress from;
            from.size = sizeof from.storage;
            const ssize_t n =
                ::recvfrom(fd_.get(), text.data(), text.size(), MSG_DONTWAIT, from.get(), &from.size);
            if (n < 0) {
                return false;
            }
            text.resize(static_cast<std::size_t>(n));
            answer = {to_endpoint(from.storage), text};
            return true;
        })) << "no answer came";
        return answer;
    }

private:
    UniqueFd fd_;
};

TEST(UdpCarrier, TellsWhereAPacketCameFromAndWhereItWent) {
    RememberingLog log;
    UdpCarrier carrier = open_at({{ip4("0.0.0.0"), 0}}, log);
    const Endpoint to{ip4("127.0.0.1"), carrier.local()[0].port};
    PlainSocket client({ip4("127.0.0.1"), 0});
    client.send(to, "hello");
    const auto arrived = receive(carrier, 1);
    ASSERT_EQ(arrived.size(), 1U);
    EXPECT_EQ(arrived[0].text, "hello");
    EXPECT_EQ(arrived[0].arrival.source, ip4("127.0.0.1"));
    EXPECT_EQ(arrived[0].arrival.destination, ip4("127.0.0.1"));
    EXPECT_EQ(arrived[0].arrival.if_index, 0U);
    ASSERT_TRUE(arrived[0].arrival.udp_from);
    EXPECT_TRUE(carrier.queue(*arrived[0].arrival.udp_from, as_bytes("answer")));
    carrier.flush();
    EXPECT_EQ(client.receive().text, "answer");
}

TEST(UdpCarrier, AnswersFromTheAddressThatWasAsked) {
    auto space = TestNamespace::make();
    if (!space) {
        GTEST_SKIP() << "needs root: cannot make a network namespace";
    }
    space->change([](Rtnetlink& kernel) {
        kernel.add_address(1, ip4("10.0.0.1"), 32);
        kernel.add_address(1, ip4("10.0.0.2"), 32);
    });
    space->run([] {
        RememberingLog log;
        UdpCarrier carrier = open_at({{ip4("0.0.0.0"), 0}}, log);
        // Left to itself the kernel answers a host from its own address.
        PlainSocket client({ip4("10.0.0.1"), 0});
        const Endpoint asked{ip4("10.0.0.2"), carrier.local()[0].port};
        client.send(asked, "question");
        const auto arrived = receive(carrier, 1);
        ASSERT_EQ(arrived.size(), 1U);
        EXPECT_EQ(arrived[0].arrival.destination, asked.address);
        EXPECT_TRUE(carrier.queue(*arrived[0].arrival.udp_from, as_bytes("answer")));
        carrier.flush();
        EXPECT_EQ(client.receive().from, asked);
    });
}

TEST(UdpCarrier, AnswersByTheSocketThatWasAsked) {
    RememberingLog log;
    UdpCarrier carrier = open_at({{ip4("127.0.0.1"), 0}, {ip4("127.0.0.2"), 0}, {ip4("::1"), 0}}, log);
    const auto local = carrier.local();
    for (std::size_t i = 0; i < local.size(); ++i) {
        PlainSocket client({local[i].address.is_v6() ? ip4("::1") : ip4("127.0.0.1"), 0});
        client.send(local[i], "question");
        const auto arrived = receive(carrier, 1, i);
        ASSERT_EQ(arrived.size(), 1U);
        EXPECT_EQ(arrived[0].arrival.destination, local[i].address);
        EXPECT_TRUE(carrier.queue(*arrived[0].arrival.udp_from, as_bytes("answer")));
        carrier.flush();
        EXPECT_EQ(client.receive().from, local[i]);
    }
}

TEST(UdpCarrier, SendsToAPeerItNeverHeardOf) {
    RememberingLog log;
    UdpCarrier carrier = open_at({{ip4("127.0.0.1"), 0}}, log);
    UdpCarrier peer = open_at({{ip4("127.0.0.1"), 0}}, log);
    EXPECT_TRUE(carrier.queue(peer.local()[0], as_bytes("news")));
    carrier.flush();
    const auto arrived = receive(peer, 1);
    ASSERT_EQ(arrived.size(), 1U);
    EXPECT_EQ(arrived[0].arrival.udp_from, carrier.local()[0]);
    EXPECT_FALSE(carrier.queue({ip4("::1"), 7253}, as_bytes("no IPv6 socket")));
}

TEST(UdpCarrier, GoesOnAfterPortUnreachable) {
    RememberingLog log;
    UdpCarrier carrier = open_at({{ip4("127.0.0.1"), 0}}, log);
    Endpoint closed;
    {
        UdpCarrier gone = open_at({{ip4("127.0.0.1"), 0}}, log);
        closed = gone.local()[0];
    }
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(carrier.queue(closed, as_bytes("is anybody there?")));
        carrier.flush();
    }
    PlainSocket client({ip4("127.0.0.1"), 0});
    client.send(carrier.local()[0], "question");
    const auto arrived = receive(carrier, 1);
    ASSERT_EQ(arrived.size(), 1U);
    EXPECT_TRUE(carrier.queue(*arrived[0].arrival.udp_from, as_bytes("answer")));
    carrier.flush();
    EXPECT_EQ(client.receive().text, "answer");
    EXPECT_FALSE(carrier.has_backlog());
}

TEST(UdpCarrier, MarksAndCountsWhatExceedsTheBuffer) {
    RememberingLog log;
    UdpCarrier carrier = open_at({{ip4("127.0.0.1"), 0}}, log);
    PlainSocket client({ip4("127.0.0.1"), 0});
    client.send(carrier.local()[0], std::string(kWorkspace + 1, 'x'));
    client.send(carrier.local()[0], std::string(kWorkspace, 'y'));
    const auto arrived = receive(carrier, 2);
    ASSERT_EQ(arrived.size(), 2U);
    EXPECT_TRUE(arrived[0].arrival.is_cut);
    EXPECT_EQ(arrived[0].text, std::string(kWorkspace, 'x'));
    EXPECT_FALSE(arrived[1].arrival.is_cut);
    EXPECT_EQ(arrived[1].text, std::string(kWorkspace, 'y'));
    EXPECT_EQ(carrier.counters().oversized, 1U);
    EXPECT_FALSE(carrier.queue(carrier.local()[0], octets_of(std::string(0xffff, 'z'))));
}

TEST(UdpCarrier, RefusesATakenPortByName) {
    RememberingLog log;
    UdpCarrier first = open_at({{ip4("127.0.0.1"), 0}}, log);
    const auto second = UdpCarrier::open({first.local()[0]}, log);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::PortTaken);
    EXPECT_NE(second.error().detail.find(first.local()[0].to_string()), std::string::npos)
        << second.error().detail;
    EXPECT_EQ(UdpCarrier::open({}, log).error().code, Errc::BadConfig);
}

}  // namespace
}  // namespace splash::linux
