// A client's octets through the real socket, in pieces and with the server reading in between: what the node
// is given is what the octets hold, however they were cut, and a client that breaks the rules is thrown out.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "input.hpp"
#include "linux/unique_fd.hpp"
#include "linux/unix_server.hpp"
#include "wire/frames.hpp"

namespace {

using namespace splash;

constexpr std::size_t kMaxFrame = 2048;

/// One server for all inputs: a connection each, as clients come and go at a daemon.
struct Daemon {
    std::string path = "/tmp/splash-fuzz-" + std::to_string(::getpid()) + ".sock";
    linux::UnixServer server;  // removes the socket when it goes

    Daemon() : server(open(path)) {}

    static linux::UnixServer open(const std::string& path) {
        auto opened = linux::UnixServer::open({.path = path, .max_frame = kMaxFrame});
        SPLASH_ASSERT(opened, "a socket in /tmp can be opened");
        return std::move(*opened);
    }
};

linux::UniqueFd connect(const std::string& path) {
    linux::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    const int done = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address),
                               static_cast<socklen_t>(sizeof address));
    SPLASH_ASSERT(done == 0, "the server listens");
    return fd;
}

using Frames = std::vector<std::vector<std::byte>>;

/// What a node should be given of a stream: every frame up to the first one that breaks the rules.
Frames expected(ConstBytes stream, bool& is_thrown_out) {
    wire::Deframer deframer;
    deframer.feed(stream);
    Frames frames;
    while (auto frame = deframer.next()) {
        const auto decoded = frame->size() <= kMaxFrame ? wire::frame_from_wire(*frame) : std::nullopt;
        if (!decoded || !(std::holds_alternative<wire::Bind>(*decoded) ||
                          std::holds_alternative<wire::Inject>(*decoded))) {
            is_thrown_out = true;
            break;
        }
        frames.push_back(std::move(*frame));
    }
    return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Daemon daemon;
    fuzz::Input input(data, size);
    const std::size_t piece = input.take<std::uint8_t>() % 64U + 1U;
    const bool closes_half = (input.take<std::uint8_t>() & 1U) != 0;
    const ConstBytes stream = input.rest();
    linux::UniqueFd client = connect(daemon.path);
    Frames given;
    unsigned closed = 0;
    const auto service = [&] {
        daemon.server.service(
            [&](node::ClientId id, ConstBytes frame) {
                given.emplace_back(frame.begin(), frame.end());
                static_cast<void>(daemon.server.send(id, wire::to_wire(wire::Bound{7})));
            },
            [&](node::ClientId) { ++closed; });
    };
    service();
    SPLASH_ASSERT(daemon.server.client_count() == 1, "the client is there");
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        const ConstBytes part = stream.subspan(at, std::min(piece, stream.size() - at));
        if (::send(client.get(), part.data(), part.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
            break;  // thrown out
        }
        service();
    }
    bool is_thrown_out = false;
    const Frames should = expected(stream, is_thrown_out);
    SPLASH_ASSERT(given == should, "the node is given every good frame, once and in order");
    SPLASH_ASSERT((closed == 1) == is_thrown_out, "who breaks the rules is thrown out, and nobody else");
    if (closes_half && !is_thrown_out) {
        ::shutdown(client.get(), SHUT_WR);
        service();
        SPLASH_ASSERT(closed == 0, "half closed, a client may still read");
    }
    client.reset();
    for (int i = 0; i < 3; ++i) {  // what it had sent, the end of it, the hang-up
        service();
    }
    SPLASH_ASSERT(closed == 1 && daemon.server.client_count() == 0, "its owner is told once");
    return 0;
}
