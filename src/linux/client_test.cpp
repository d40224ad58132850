#include "linux/client.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "linux/udp_carrier.hpp"
#include "linux/unix_server.hpp"
#include "namespaces_for_test.hpp"

namespace splash::linux {
namespace {

constexpr std::size_t kWorkspace = 16 * 1024;

Deadline soon() {
    return std::chrono::steady_clock::now() + kTestDeadline;
}
Deadline at_once() {
    return std::chrono::steady_clock::now();
}

isa::Packet packet_with(std::uint16_t request_id) {
    isa::Packet packet;
    packet.header.origin = ip4("10.0.0.1");
    packet.header.port = 7777;
    packet.header.request_id = request_id;
    packet.code = {1, 2, 3};
    return packet;
}

/// Serves a UNIX socket from another thread as a node would, by a script.
class FakeDaemon {
public:
    using OnFrame = std::function<void(UnixServer&, node::ClientId, const wire::Frame&)>;
    FakeDaemon(const std::string& path, OnFrame on_frame) : on_frame_(std::move(on_frame)) {
        auto server = UnixServer::open({.path = path});
        EXPECT_TRUE(server) << server.error().detail;
        thread_ = std::thread([this, owned = std::make_shared<UnixServer>(std::move(*server))] {
            while (!stop_.load()) {
                pollfd p{.fd = owned->fd(), .events = POLLIN, .revents = 0};
                (void)::poll(&p, 1, 10);
                owned->service(
                    [this, &owned](node::ClientId id, ConstBytes frame) {
                        on_frame_(*owned, id, wire::frame_from_wire(frame).value());
                    },
                    [](node::ClientId) {});
            }
        });
    }
    FakeDaemon(const FakeDaemon&) = delete;
    FakeDaemon& operator=(const FakeDaemon&) = delete;
    ~FakeDaemon() {
        stop_ = true;
        thread_.join();
    }

private:
    OnFrame on_frame_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

class UnixClientTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = ::testing::TempDir() + "splash-client-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    [[nodiscard]] std::string path() const { return directory_ + "/splashd.sock"; }
    UnixClient connect() {
        auto client = UnixClient::connect(path(), soon());
        EXPECT_TRUE(client) << client.error().detail;
        return std::move(*client);
    }
    std::string directory_;
};

TEST_F(UnixClientTest, InjectsAndReceivesWhatComesBack) {
    const FakeDaemon daemon(path(), [](UnixServer& server, node::ClientId id, const wire::Frame& frame) {
        if (const auto* bind = std::get_if<wire::Bind>(&frame)) {
            server.send(id, wire::to_wire(wire::Bound{.port = bind->port}));
            return;
        }
        const auto& inject = std::get<wire::Inject>(frame);
        // An answer that overtakes, rubbish, an answer to someone else, then the right one.
        server.send(id, wire::to_wire(wire::PacketFrame{.packet = packet_with(1).to_wire()}));
        server.send(id, wire::to_wire(wire::PacketFrame{.packet = octets_of("rubbish")}));
        server.send(id, wire::to_wire(wire::Accepted{.tag = inject.tag + 7, .port = 1, .request_id = 1}));
        server.send(id, wire::to_wire(wire::Accepted{.tag = inject.tag, .port = 7777, .request_id = 42}));
        server.send(id, wire::to_wire(wire::PacketFrame{.packet = packet_with(42).to_wire()}));
    });
    UnixClient client = connect();
    EXPECT_EQ(client.bind(7777, soon()).value(), 7777);
    const auto accepted = client.send(
        {.bound = 10, .destination = ip4("10.0.0.2"), .packet = packet_with(0).to_wire()}, soon());
    ASSERT_TRUE(accepted) << accepted.error().detail;
    EXPECT_EQ(accepted->request_id, 42);
    for (const std::uint16_t id : {std::uint16_t{1}, std::uint16_t{42}}) {
        const auto got = client.receive(soon());
        ASSERT_TRUE(got) << got.error().detail;
        ASSERT_TRUE(*got);
        EXPECT_EQ((*got)->header.request_id, id);
    }
    const auto nothing = client.receive(at_once());
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(*nothing);
}

TEST_F(UnixClientTest, SaysWhyThePacketWasRefused) {
    const FakeDaemon daemon(path(), [](UnixServer& server, node::ClientId id, const wire::Frame& frame) {
        const auto& inject = std::get<wire::Inject>(frame);
        server.send(id, wire::to_wire(wire::Refused{.tag = inject.tag, .code = 39, .text = "not permitted"}));
    });
    UnixClient client = connect();
    const auto accepted = client.send({.destination = ip4("10.0.0.2"), .packet = {}}, soon());
    ASSERT_FALSE(accepted);
    EXPECT_EQ(accepted.error().code, Errc::Refused);
    EXPECT_EQ(accepted.error().detail, "not permitted (code 39)");
}

TEST_F(UnixClientTest, GivesUpOnADaemonThatSaysNothing) {
    const FakeDaemon daemon(path(), [](UnixServer&, node::ClientId, const wire::Frame&) {});
    UnixClient client = connect();
    const auto accepted = client.send({.destination = ip4("10.0.0.2"), .packet = {}}, at_once());
    ASSERT_FALSE(accepted);
    EXPECT_EQ(accepted.error().code, Errc::TimedOut);
}

TEST_F(UnixClientTest, NoticesThatTheDaemonIsGone) {
    std::optional<UnixClient> client;
    {
        const FakeDaemon daemon(path(), [](UnixServer&, node::ClientId, const wire::Frame&) {});
        client.emplace(connect());
        const auto nobody = client->send({.destination = ip4("10.0.0.2"), .packet = {}}, at_once());
        EXPECT_FALSE(nobody);
    }
    const auto got = client->receive(soon());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::NoDaemon);
}

TEST_F(UnixClientTest, NamesThePathWhereNothingListens) {
    for (const bool stale : {false, true}) {
        if (stale) {
            const FakeDaemon daemon(path() + "2", [](UnixServer&, node::ClientId, const wire::Frame&) {});
            std::filesystem::rename(path() + "2", path());
        }
        const auto client = UnixClient::connect(path(), soon());
        ASSERT_FALSE(client);
        EXPECT_EQ(client.error().code, Errc::NoDaemon);
        EXPECT_NE(client.error().detail.find(path()), std::string::npos);
    }
}

TEST_F(UnixClientTest, RefusesAPacketTooLargeForAFrame) {
    const FakeDaemon daemon(path(), [](UnixServer&, node::ClientId, const wire::Frame&) {});
    UnixClient client = connect();
    const auto accepted =
        client.send({.destination = ip4("10.0.0.2"), .packet = std::vector<std::byte>(65530)}, soon());
    ASSERT_FALSE(accepted);
    EXPECT_EQ(accepted.error().code, Errc::TooLarge);
}

TEST(UdpClient, SendsAsNobodyAndReceivesPacketsOnly) {
    RememberingLog log;
    auto carrier = UdpCarrier::open({{ip4("127.0.0.1"), 0}}, log);
    ASSERT_TRUE(carrier);
    auto client = UdpClient::connect(carrier->local()[0]);
    ASSERT_TRUE(client);
    ASSERT_TRUE(client->send(packet_with(5)));
    std::optional<Endpoint> from;
    std::vector<std::byte> arrived;
    ASSERT_TRUE(until(carrier->fds()[0], [&] {
        carrier->read([] { return node::Buffer(kWorkspace); },
                      [&](const node::Arrival& arrival, node::Buffer buffer) {
                          from = arrival.udp_from;
                          const Bytes octets = buffer.packet();
                          arrived.assign(octets.begin(), octets.end());
                      });
        return from.has_value();
    }));
    isa::Packet expected = packet_with(0);
    expected.header.origin = IpAddress();
    expected.header.port = 0;
    std::vector<std::byte> filled_up = expected.to_wire();
    filled_up.resize(1200);  // with zeros, so that more may be answered
    EXPECT_EQ(arrived, filled_up);
    EXPECT_TRUE(carrier->queue(*from, as_bytes("rubbish")));
    EXPECT_TRUE(carrier->queue(*from, packet_with(5).to_wire()));
    carrier->flush();
    const auto got = client->receive(soon());
    ASSERT_TRUE(got) << got.error().detail;
    ASSERT_TRUE(*got);
    EXPECT_EQ((*got)->header.request_id, 5);
    const auto nothing = client->receive(at_once());
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(*nothing);
}

TEST(UdpClient, AsksWithMoreOnceAnAnswerDidNotFit) {
    RememberingLog log;
    auto carrier = UdpCarrier::open({{ip4("127.0.0.1"), 0}}, log);
    ASSERT_TRUE(carrier);
    auto client = UdpClient::connect(carrier->local()[0]);
    ASSERT_TRUE(client);
    std::optional<Endpoint> from;
    const auto asked_with = [&] {
        EXPECT_TRUE(client->send(packet_with(5)));
        std::size_t octets = 0;
        EXPECT_TRUE(until(carrier->fds()[0], [&] {
            carrier->read([] { return node::Buffer(std::size_t{16} * 1024); },
                          [&](const node::Arrival& arrival, node::Buffer buffer) {
                              from = arrival.udp_from;
                              octets = buffer.packet().size();
                          });
            return octets != 0;
        }));
        return octets;
    };
    const auto report = [&](isa::Reason reason) {
        isa::Packet packet;
        packet.header.flags = isa::Flags::kReport;
        packet.stack.push_back(isa::Word::inline_int(static_cast<std::int64_t>(reason)));
        EXPECT_TRUE(carrier->queue(*from, packet.to_wire()));
        carrier->flush();
        const auto got = client->receive(soon());
        EXPECT_TRUE(got && *got);
    };
    EXPECT_EQ(asked_with(), 1200U);
    report(isa::reason_from_exc(isa::Exc::QuotaUsedUp));
    EXPECT_GE(3 * asked_with(), std::size_t{16} * 1024);
    report(isa::Reason::Workspace);
    EXPECT_EQ(asked_with(), 1200U);
}

TEST(UdpClient, NamesTheNodeWhereNothingListens) {
    RememberingLog log;
    Endpoint closed;
    {
        auto carrier = UdpCarrier::open({{ip4("127.0.0.1"), 0}}, log);
        ASSERT_TRUE(carrier);
        closed = carrier->local()[0];
    }
    auto client = UdpClient::connect(closed);
    ASSERT_TRUE(client);
    ASSERT_TRUE(client->send(packet_with(5)));
    const auto got = client->receive(soon());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::NoDaemon);
    EXPECT_NE(got.error().detail.find(closed.to_string()), std::string::npos) << got.error().detail;
}

}  // namespace
}  // namespace splash::linux
