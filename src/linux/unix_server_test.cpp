#include "linux/unix_server.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <thread>

#include "isa/codes.hpp"
#include "linux/event_loop.hpp"
#include "namespaces_for_test.hpp"
#include "wire/frames.hpp"

namespace splash::linux {
namespace {

std::vector<std::byte> framed(const wire::Frame& frame) {
    return wire::with_length(wire::to_wire(frame));
}

/// A client that does what it likes with its socket.
class RoughClient {
public:
    explicit RoughClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un a{};
        a.sun_family = AF_UNIX;
        std::strncpy(a.sun_path, path.c_str(), sizeof a.sun_path - 1);
        is_connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&a), sizeof a) == 0;
    }
    [[nodiscard]] bool is_connected() const { return is_connected_; }
    void send(ConstBytes octets) {
        EXPECT_EQ(::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(octets.size()));
    }
    void stop_sending() { EXPECT_EQ(::shutdown(fd_.get(), SHUT_WR), 0); }
    void close() { fd_.reset(); }
    /// Reads what is there now. True if the server has closed.
    bool drain() {
        std::array<std::byte, 65536> octets;
        for (;;) {
            const ssize_t n = ::recv(fd_.get(), octets.data(), octets.size(), MSG_DONTWAIT);
            if (n > 0) {
                deframer_.feed(ConstBytes(octets).first(static_cast<std::size_t>(n)));
                continue;
            }
            return n == 0 || errno == ECONNRESET || errno == EPIPE;
        }
    }
    std::optional<wire::Frame> next() {
        const auto octets = deframer_.next();
        return octets ? wire::frame_from_wire(*octets) : std::nullopt;
    }

private:
    UniqueFd fd_;
    bool is_connected_ = false;
    wire::Deframer deframer_;
};

class UnixServerTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = ::testing::TempDir() + "splash-unix-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
    }
    void TearDown() override {
        server_.reset();
        std::filesystem::remove_all(directory_);
    }
    [[nodiscard]] std::string path() const { return directory_ + "/run/splashd.sock"; }
    void start(UnixServerOptions options = {}) {
        options.path = path();
        auto server = UnixServer::open(std::move(options));
        ASSERT_TRUE(server) << server.error().detail;
        server_.emplace(std::move(*server));
    }
    /// Serves until `condition` holds.
    void serve_until(const std::function<bool()>& condition) {
        EXPECT_TRUE(until(server_->fd(), [&] {
            server_->service(
                [this](node::ClientId id, ConstBytes frame) {
                    frames_[id].emplace_back(frame.begin(), frame.end());
                    if (on_frame_) {
                        on_frame_(id);
                    }
                },
                [this](node::ClientId id) { closed_.push_back(id); });
            return condition();
        })) << "what was waited for did not happen";
    }
    [[nodiscard]] std::size_t frame_count() const {
        std::size_t n = 0;
        for (const auto& [id, frames] : frames_) {
            n += frames.size();
        }
        return n;
    }
    void expect_refusal_and_close(RoughClient& client, std::uint32_t code) {
        serve_until([&] { return client.drain(); });
        const auto frame = client.next();
        ASSERT_TRUE(frame);
        ASSERT_TRUE(std::holds_alternative<wire::Refused>(*frame));
        EXPECT_EQ(std::get<wire::Refused>(*frame).code, code);
        EXPECT_FALSE(client.next());
    }

    std::string directory_;
    std::optional<UnixServer> server_;
    std::function<void(node::ClientId)> on_frame_;
    std::map<node::ClientId, std::vector<std::vector<std::byte>>> frames_;
    std::vector<node::ClientId> closed_;
};

constexpr auto kMalformed = static_cast<std::uint32_t>(isa::Reason::BadHeader);
constexpr auto kQuota = static_cast<std::uint32_t>(isa::Exc::QuotaUsedUp);

TEST_F(UnixServerTest, TakesFramesAndSendsAnswers) {
    start();
    RoughClient client(path());
    ASSERT_TRUE(client.is_connected());
    const auto octets = framed(wire::Bind{.port = 7777});
    client.send(ConstBytes(octets).first(3));  // however the stream is cut
    serve_until([&] { return server_->client_count() == 1; });
    client.send(ConstBytes(octets).subspan(3));
    on_frame_ = [this](node::ClientId id) {
        EXPECT_TRUE(server_->send(id, wire::to_wire(wire::Bound{.port = 7777})));
    };
    serve_until([&] { return frame_count() == 1; });
    ASSERT_FALSE(client.drain());
    EXPECT_EQ(client.next(), wire::Frame(wire::Bound{.port = 7777}));
    const auto id = frames_.begin()->first;
    const PeerCredentials mine{.pid = ::getpid(), .uid = ::geteuid(), .gid = ::getegid()};
    EXPECT_EQ(server_->credentials(id), mine);
    client.close();
    serve_until([&] { return !closed_.empty(); });
    EXPECT_EQ(closed_, std::vector<node::ClientId>{id});
    EXPECT_EQ(server_->client_count(), 0U);
    EXPECT_FALSE(server_->send(id, wire::to_wire(wire::Bound{.port = 1})));
    EXPECT_FALSE(server_->credentials(id));
}

TEST_F(UnixServerTest, MakesTheSocketWithItsMode) {
    start({.mode = 0600});
    struct stat s {};
    ASSERT_EQ(::stat(path().c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 07777U, 0600U);
    server_.reset();
    start();
    ASSERT_EQ(::stat(path().c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 07777U, 0660U);
}

TEST_F(UnixServerTest, GivesTheSocketToAGroup) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root: only root gives files to any group";
    }
    start({.group = "daemon"});
    struct stat s {};
    ASSERT_EQ(::stat(path().c_str(), &s), 0);
    EXPECT_NE(s.st_gid, ::getegid());
    server_.reset();
    const auto refused = UnixServer::open({.path = path(), .group = "no-such-group"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::BadConfig);
}

TEST_F(UnixServerTest, LeavesNothingBehind) {
    start();
    server_.reset();
    EXPECT_TRUE(std::filesystem::is_empty(directory_ + "/run"));
}

TEST_F(UnixServerTest, RefusesThePathOfALiveServer) {
    start();
    const auto second = UnixServer::open({.path = path()});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::AlreadyRunning);
    EXPECT_TRUE(RoughClient(path()).is_connected()) << "the live server kept its socket";
}

TEST_F(UnixServerTest, RefusesThePathOfALiveServerOfAnotherKind) {
    std::filesystem::create_directories(directory_ + "/run");
    const UniqueFd other(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    std::strncpy(a.sun_path, path().c_str(), sizeof a.sun_path - 1);
    ASSERT_EQ(::bind(other.get(), reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
    ASSERT_EQ(::listen(other.get(), 1), 0);
    const auto refused = UnixServer::open({.path = path()});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::AlreadyRunning);
    EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(UnixServerTest, ReplacesAStaleSocketFile) {
    std::filesystem::create_directories(directory_ + "/run");
    {
        const UniqueFd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un a{};
        a.sun_family = AF_UNIX;
        std::strncpy(a.sun_path, path().c_str(), sizeof a.sun_path - 1);
        ASSERT_EQ(::bind(dead.get(), reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
    }
    ASSERT_TRUE(std::filesystem::exists(path()));
    start();
    EXPECT_TRUE(RoughClient(path()).is_connected());
}

TEST_F(UnixServerTest, RefusesToReplaceAnythingElse) {
    std::filesystem::create_directories(path());
    const auto refused = UnixServer::open({.path = path()});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::AlreadyExists);
    const auto too_long = UnixServer::open({.path = "/" + std::string(200, 'x')});
    ASSERT_FALSE(too_long);
    EXPECT_EQ(too_long.error().code, Errc::BadConfig);
}

TEST_F(UnixServerTest, LetsOnlyOneOfManyStartingTogetherHaveThePath) {
    std::filesystem::create_directories(directory_ + "/run");
    constexpr int kStarting = 8;
    std::vector<std::optional<Result<UnixServer>>> opened(kStarting);
    std::vector<std::thread> threads;
    for (auto& one : opened) {
        threads.emplace_back([this, &one] { one = UnixServer::open({.path = path()}); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    int running = 0;
    for (const auto& one : opened) {
        running += *one ? 1 : 0;
        EXPECT_TRUE(*one || one->error().code == Errc::AlreadyRunning) << one->error().detail;
    }
    EXPECT_EQ(running, 1);
    EXPECT_TRUE(RoughClient(path()).is_connected());
}

TEST_F(UnixServerTest, RefusesMalformedFramesAndCloses) {
    start();
    for (const auto& octets : {wire::with_length({}), wire::with_length(octets_of("garbage")),
                               framed(wire::Bound{.port = 1}), framed(wire::PacketFrame{})}) {
        RoughClient client(path());
        client.send(octets);
        client.send(framed(wire::Bind{.port = 7}));
        expect_refusal_and_close(client, kMalformed);
    }
    EXPECT_EQ(frame_count(), 0U) << "nothing behind a malformed frame is taken";
    EXPECT_EQ(closed_.size(), 4U);
}

TEST_F(UnixServerTest, RefusesFramesThatAreTooLargeAndCloses) {
    start({.max_frame = 1000});
    RoughClient client(path());
    client.send(framed(wire::Inject{.destination = ip4("10.0.0.1"), .packet = std::vector<std::byte>(1000)}));
    expect_refusal_and_close(client, kMalformed);
}

TEST_F(UnixServerTest, AnswersAClientThatHasClosedItsSendingHalf) {
    start();
    RoughClient client(path());
    client.send(framed(wire::Bind{.port = 5}));
    client.stop_sending();
    serve_until([&] { return frame_count() == 1; });
    const auto id = frames_.begin()->first;
    server_->service([](node::ClientId, ConstBytes) {}, [](node::ClientId) { FAIL() << "closed too early"; });
    EXPECT_TRUE(server_->send(id, wire::to_wire(wire::Bound{.port = 5})));
    EXPECT_FALSE(client.drain());
    EXPECT_EQ(client.next(), wire::Frame(wire::Bound{.port = 5}));
    client.close();
    serve_until([&] { return closed_.size() == 1; });
}

TEST_F(UnixServerTest, ReadsAllThatAClientSentBeforeItHungUp) {
    start();
    constexpr std::size_t kCount = 12;  // what a socket holds, and more than one reading takes
    RoughClient client(path());
    for (std::size_t i = 0; i < kCount; ++i) {
        client.send(
            framed(wire::Inject{.destination = ip4("10.0.0.1"), .packet = std::vector<std::byte>(10000)}));
    }
    client.close();
    serve_until([&] { return closed_.size() == 1; });
    EXPECT_EQ(frame_count(), kCount);
}

TEST_F(UnixServerTest, ThrowsOutAClientThatDoesNotRead) {
    constexpr std::size_t kMaxQueued = 100 * 1000;
    start({.max_queued = kMaxQueued});
    RoughClient slow(path());
    RoughClient other(path());
    slow.send(framed(wire::Bind{.port = 5}));
    serve_until([&] { return frame_count() == 1 && server_->client_count() == 2; });
    const auto id = frames_.begin()->first;
    const auto frame = wire::to_wire(wire::PacketFrame{.packet = std::vector<std::byte>(10000)});
    int sent = 0;
    while (sent < 1000 && server_->send(id, frame)) {
        ++sent;
    }
    EXPECT_LT(sent, 1000);
    EXPECT_FALSE(server_->send(id, frame));
    EXPECT_TRUE(closed_.empty()) << "not from within send";
    serve_until([&] { return closed_.size() == 1; });
    EXPECT_EQ(closed_[0], id);
    EXPECT_EQ(server_->client_count(), 1U);
}

TEST_F(UnixServerTest, KeepsWhatASlowClientHasNotReadYet) {
    start();
    RoughClient client(path());
    client.send(framed(wire::Bind{.port = 5}));
    serve_until([&] { return frame_count() == 1; });
    const auto id = frames_.begin()->first;
    constexpr int kCount = 90;  // more than a socket holds, less than the queue
    for (int i = 0; i < kCount; ++i) {
        const std::vector<std::byte> packet(10000, static_cast<std::byte>(i));
        ASSERT_TRUE(server_->send(id, wire::to_wire(wire::PacketFrame{.packet = packet}))) << i;
    }
    int got = 0;
    serve_until([&] {
        EXPECT_FALSE(client.drain());
        while (const auto frame = client.next()) {
            EXPECT_EQ(std::get<wire::PacketFrame>(*frame).packet,
                      std::vector<std::byte>(10000, static_cast<std::byte>(got)));
            ++got;
        }
        return got == kCount;
    });
}

TEST_F(UnixServerTest, TurnsAwayMoreClientsThanAllowed) {
    start({.max_clients = 2});
    RoughClient a(path());
    RoughClient b(path());
    serve_until([&] { return server_->client_count() == 2; });
    RoughClient c(path());
    expect_refusal_and_close(c, kQuota);
    EXPECT_EQ(server_->client_count(), 2U);
    a.close();
    serve_until([&] { return server_->client_count() == 1; });
    RoughClient d(path());
    d.send(framed(wire::Bind{.port = 5}));
    serve_until([&] { return frame_count() == 1; });
}

TEST_F(UnixServerTest, WakesAnEventLoopByOneDescriptor) {
    start();
    auto loop = EventLoop::open();
    ASSERT_TRUE(loop);
    int frames = 0;
    ASSERT_TRUE(loop->watch(server_->fd(), [&] {
        server_->service([&frames](node::ClientId, ConstBytes) { ++frames; }, [](node::ClientId) {});
    }));
    RoughClient client(path());
    client.send(framed(wire::Bind{.port = 5}));
    for (int turn = 0; turn < 100 && frames == 0; ++turn) {
        ASSERT_TRUE(loop->turn(std::chrono::milliseconds(100)));
    }
    EXPECT_EQ(frames, 1);
}

}  // namespace
}  // namespace splash::linux
