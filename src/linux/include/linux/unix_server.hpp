// The socket of the local clients: takes their streams apart into frames (wire/frames.hpp), queues what
// goes to them, and throws out those that do not keep to the rules:
//   a frame that is malformed, too large, or the node's to send    a Refused frame, then closed
//   more queued for it than it reads                               closed
//   more clients than allowed                                      a Refused frame, then closed
// A client may close its sending half and still read answers. All sockets sit behind one epoll descriptor.
// One thread; nothing blocks.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "node/ports.hpp"

namespace splash::linux {

struct UnixServerOptions {
    std::string path{};
    mode_t mode = 0660;
    std::optional<std::string> group{};  ///< name; none: as the process
    std::size_t max_clients = 256;
    std::size_t max_queued = std::size_t{1024} * 1024;  ///< octets waiting for one client
    std::size_t max_frame =
        std::size_t{48} * 1024 + 64;  ///< octets; the largest workspace, and an Inject around it
};

struct PeerCredentials {
    pid_t pid = 0;
    uid_t uid = 0;
    gid_t gid = 0;
    bool operator==(const PeerCredentials&) const = default;
};

class UnixServer {
public:
    /// Creates missing directories and the socket. A socket file that nobody listens on any more is replaced.
    /// @error AlreadyRunning a live server has the path; AlreadyExists something else has;
    ///        BadConfig the path is too long or the group unknown; NeedsRoot; System.
    [[nodiscard]] static Result<UnixServer> open(UnixServerOptions options);
    UnixServer(UnixServer&&) noexcept;
    UnixServer& operator=(UnixServer&&) noexcept;
    /// Removes the socket file, unless it has become another's.
    ~UnixServer();

    /// Readable when service() has something to do.
    [[nodiscard]] int fd() const;

    using OnFrame = std::function<void(node::ClientId, ConstBytes frame)>;
    using OnClosed = std::function<void(node::ClientId)>;
    /// Accepts, reads, writes. on_frame gets only frames a client may send and that are well-formed, valid
    /// during the call. on_closed comes once for every client that is gone, not from within send().
    void service(const OnFrame& on_frame, const OnClosed& on_closed);

    /// Writes a frame, or queues it. False if the client is gone or is thrown out for not reading.
    bool send(node::ClientId client, ConstBytes frame);
    /// Until release() frames are only queued: what a turn says to a client then wakes it once.
    void hold();
    void release();

    [[nodiscard]] std::size_t client_count() const;
    /// Who connected, as the kernel says; nullopt if it is gone.
    [[nodiscard]] std::optional<PeerCredentials> credentials(node::ClientId client) const;

private:
    class State;
    explicit UnixServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::linux
