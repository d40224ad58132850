#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <deque>
#include <utility>

#include "linux/client.hpp"
#include "linux/host.hpp"
#include "linux/unique_fd.hpp"
#include "os_error.hpp"
#include "unix_listener.hpp"
#include "wait_ready.hpp"

namespace splash::linux {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;
constexpr std::size_t kMaxFrame = 0xffff;
/// How often a listener with a full backlog is tried again.
constexpr std::chrono::milliseconds kConnectRetry{5};

/// For a frame of ours that belongs to no packet.
constexpr std::uint32_t kNoTag = 0;

Failure refusal(const wire::Refused& refused) {
    return fail(Errc::Refused, refused.text.empty()
                                   ? "code " + std::to_string(refused.code)
                                   : refused.text + " (code " + std::to_string(refused.code) + ")");
}

std::optional<isa::Packet> to_packet(const wire::PacketFrame& frame) {
    auto packet = isa::Packet::from_wire(frame.packet);
    auto* sound = std::get_if<isa::Packet>(&packet);
    return sound != nullptr ? std::optional(std::move(*sound)) : std::nullopt;
}

/// Who may open the socket instead of the caller.
Failure not_permitted(const std::string& path) {
    const auto file = look_at_socket(path);
    if (!file) {
        return fail(Errc::NeedsRoot,
                    path + " may not be reached: a directory on the way is closed to this user");
    }
    return fail(Errc::NeedsRoot,
                path + " is open to " + file->owner + " and the group " + file->group + " only");
}

}  // namespace

class UnixClient::State {
public:
    State(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

    Result<std::uint16_t> bind(std::uint16_t port, Deadline deadline) {
        if (auto done = write(wire::Bind{.port = port}, deadline); !done) {
            return fail(done.error().code, done.error().detail);
        }
        const auto bound = wait_for<wire::Bound>(kNoTag, deadline);
        return bound ? Result<std::uint16_t>(bound->port) : fail(bound.error().code, bound.error().detail);
    }

    Result<wire::Accepted> send(wire::Inject inject, Deadline deadline) {
        inject.tag = ++last_tag_;
        const std::uint32_t tag = inject.tag;
        if (auto done = write(std::move(inject), deadline); !done) {
            return fail(done.error().code, done.error().detail);
        }
        return wait_for<wire::Accepted>(tag, deadline);
    }

    Result<std::optional<isa::Packet>> receive(Deadline deadline) {
        for (;;) {
            while (!kept_.empty()) {
                const wire::PacketFrame frame = std::move(kept_.front());
                kept_.pop_front();
                if (auto packet = to_packet(frame)) {
                    return packet;
                }
            }
            auto frame = next_frame(deadline);
            if (!frame) {
                return fail(frame.error().code, frame.error().detail);
            }
            if (!*frame) {
                return std::optional<isa::Packet>();
            }
            if (auto* packet = std::get_if<wire::PacketFrame>(&**frame)) {
                kept_.push_back(std::move(*packet));
            } else if (const auto* refused = std::get_if<wire::Refused>(&**frame)) {
                return refusal(*refused);
            }
        }
    }

private:
    /// Waits for the node's answer to a request. Packets that come before it are kept for receive().
    template <class Answer>
    Result<Answer> wait_for(std::uint32_t tag, Deadline deadline) {
        for (;;) {
            auto frame = next_frame(deadline);
            if (!frame) {
                return fail(frame.error().code, frame.error().detail);
            }
            if (!*frame) {
                return fail(Errc::TimedOut, "splashd at " + path_ + " took no notice of the request");
            }
            if (auto* packet = std::get_if<wire::PacketFrame>(&**frame)) {
                kept_.push_back(std::move(*packet));
            } else if (const auto* refused = std::get_if<wire::Refused>(&**frame)) {
                if (refused->tag == tag || refused->tag == kNoTag) {
                    return refusal(*refused);
                }
            } else if (const auto* answer = std::get_if<Answer>(&**frame)) {
                if (is_about(*answer, tag)) {
                    return *answer;
                }
            }
        }
    }
    static bool is_about(const wire::Bound&, std::uint32_t) { return true; }
    static bool is_about(const wire::Accepted& accepted, std::uint32_t tag) { return accepted.tag == tag; }

    Result<> write(const wire::Frame& frame, Deadline deadline) {
        const std::vector<std::byte> body = wire::to_wire(frame);
        if (body.size() > kMaxFrame) {
            return fail(Errc::TooLarge, std::to_string(body.size()) + " octets, a frame holds 65535");
        }
        const std::vector<std::byte> octets = wire::with_length(body);
        for (ConstBytes rest = octets; !rest.empty();) {
            const ssize_t n = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n >= 0) {
                rest = rest.subspan(static_cast<std::size_t>(n));
                continue;
            }
            if (errno == EPIPE || errno == ECONNRESET) {
                return went_away();
            }
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
                return os_failure("write to " + path_, errno);
            }
            const auto ready = wait_ready(fd_.get(), Direction::Write, deadline);
            if (!ready) {
                return fail(ready.error().code, ready.error().detail);
            }
            if (*ready == Readiness::TimedOut) {
                return fail(Errc::TimedOut, "splashd at " + path_ + " does not read");
            }
        }
        return {};
    }

    /// nullopt when the deadline has passed.
    Result<std::optional<wire::Frame>> next_frame(Deadline deadline) {
        for (;;) {
            if (const auto octets = deframer_.next()) {
                auto frame = wire::frame_from_wire(*octets);
                if (!frame) {
                    return fail(Errc::Protocol, "splashd at " + path_ + " sent a malformed frame");
                }
                return frame;
            }
            const auto ready = wait_ready(fd_.get(), Direction::Read, deadline);
            if (!ready) {
                return fail(ready.error().code, ready.error().detail);
            }
            if (*ready == Readiness::TimedOut) {
                return std::optional<wire::Frame>();
            }
            const ssize_t n = ::recv(fd_.get(), input_.data(), input_.size(), MSG_DONTWAIT);
            if (n == 0 || (n < 0 && errno == ECONNRESET)) {
                return went_away();
            }
            if (n > 0) {
                deframer_.feed(ConstBytes(input_).first(static_cast<std::size_t>(n)));
            } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
                return os_failure("read from " + path_, errno);
            }
        }
    }

    [[nodiscard]] Failure went_away() const { return fail(Errc::NoDaemon, path_ + " was closed by splashd"); }

    std::string path_;
    UniqueFd fd_;
    wire::Deframer deframer_;
    std::deque<wire::PacketFrame> kept_;
    std::uint32_t last_tag_ = kNoTag;
    std::vector<std::byte> input_ = std::vector<std::byte>(kReadSize);
};

UnixClient::UnixClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
UnixClient::UnixClient(UnixClient&&) noexcept = default;
UnixClient& UnixClient::operator=(UnixClient&&) noexcept = default;
UnixClient::~UnixClient() = default;

Result<UnixClient> UnixClient::connect(const std::string& path, Deadline deadline) {
    if (!fits_unix_address(path)) {
        return fail(Errc::NoDaemon, "\"" + path + "\" cannot be the path of a socket");
    }
    for (;;) {
        UnixConnection connection = connect_unix(path);
        switch (connection.error_number) {
            case 0: return UnixClient(std::make_unique<State>(path, std::move(connection.fd)));
            case EAGAIN: break;  // the listener's backlog is full
            case ENOENT:
            case ENOTDIR:
            case ECONNREFUSED: return os_failure(Errc::NoDaemon, path, connection.error_number);
            case EACCES:
            case EPERM: return not_permitted(path);
            default: return os_failure("connect to " + path, connection.error_number);
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            return fail(Errc::TimedOut, "splashd at " + path + " accepts no connections");
        }
        // An unconnected socket polls as hung up, so there is nothing to wait on but time.
        if (auto pause = wait_ready(-1, Direction::Read, std::chrono::steady_clock::now() + kConnectRetry);
            !pause) {
            return fail(pause.error().code, pause.error().detail);
        }
    }
}

Result<std::uint16_t> UnixClient::bind(std::uint16_t port, Deadline deadline) {
    return state_->bind(port, deadline);
}
Result<wire::Accepted> UnixClient::send(wire::Inject inject, Deadline deadline) {
    return state_->send(std::move(inject), deadline);
}
Result<std::optional<isa::Packet>> UnixClient::receive(Deadline deadline) {
    return state_->receive(deadline);
}

}  // namespace splash::linux
