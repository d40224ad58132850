// A listening UNIX socket that owns its path: at most one live owner, no stale files, right permissions.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/error.hpp"
#include "linux/unique_fd.hpp"

namespace splash::linux {

struct ListenAt {
    std::string path{};
    mode_t mode = 0660;
    std::optional<std::string> group{};
};

/// Beside the socket lies PATH.lock, locked as long as its owner lives: two starting at once cannot both
/// take a stale file for theirs.
class UnixListener {
public:
    [[nodiscard]] static Result<UnixListener> open(const ListenAt& at);
    UnixListener(UnixListener&&) noexcept = default;
    UnixListener& operator=(UnixListener&&) noexcept = delete;
    ~UnixListener();

    [[nodiscard]] int fd() const { return socket_.get(); }

private:
    UnixListener(std::string path, UniqueFd lock, UniqueFd socket)
        : path_(std::move(path)), lock_(std::move(lock)), socket_(std::move(socket)) {}

    std::string path_;
    UniqueFd lock_;
    UniqueFd socket_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

/// A sockaddr_un for `path`, which must be shorter than it (check with fits_unix_address).
[[nodiscard]] bool fits_unix_address(const std::string& path);

/// Connects a new non-blocking stream socket to `path`; errno's value on failure.
struct UnixConnection {
    UniqueFd fd;
    int error_number = 0;
};
[[nodiscard]] UnixConnection connect_unix(const std::string& path);

}  // namespace splash::linux
