#include "unix_listener.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "linux/host.hpp"
#include "os_error.hpp"

namespace splash::linux {
namespace {

constexpr int kBacklog = 64;
constexpr mode_t kLockMode = 0600;

sockaddr_un unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

Failure refused(const std::string& doing, int error_number) {
    const bool privilege = error_number == EACCES || error_number == EPERM || error_number == EROFS;
    return os_failure(privilege ? Errc::NeedsRoot : Errc::System, doing, error_number);
}

std::string lock_path(const std::string& path) {
    return path + ".lock";
}

bool is_same_file(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// The lock is held by the open file: it goes with the process, however that ends.
Result<UniqueFd> take_lock(const std::string& path) {
    for (;;) {
        UniqueFd fd(::open(lock_path(path).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kLockMode));
        if (!fd.is_open()) {
            return refused("open " + lock_path(path), errno);
        }
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            return errno == EWOULDBLOCK ? fail(Errc::AlreadyRunning, path)
                                        : refused("lock " + lock_path(path), errno);
        }
        // The last owner may have removed the file between our two calls.
        struct stat ours {};
        struct stat there {};
        if (::fstat(fd.get(), &ours) == 0 && ::stat(lock_path(path).c_str(), &there) == 0 &&
            is_same_file(ours, there)) {
            return fd;
        }
    }
}

/// Removes a socket file that nobody listens on.
Result<> clear_path(const std::string& path) {
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0) {
        return errno == ENOENT ? Result<>() : refused("look at " + path, errno);
    }
    if (!S_ISSOCK(there.st_mode)) {
        return fail(Errc::AlreadyExists, path + " is not a socket");
    }
    switch (const UnixConnection probe = connect_unix(path); probe.error_number) {
        case 0:
        case EAGAIN: return fail(Errc::AlreadyRunning, path);
        case ECONNREFUSED: break;
        case ENOENT: return {};
        default: return refused("probe " + path, probe.error_number);
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return refused("remove the stale " + path, errno);
    }
    return {};
}

Result<> set_permissions(const ListenAt& at) {
    if (at.group) {
        const auto gid = group_id(*at.group);
        if (!gid) {
            return fail(gid.error().code, gid.error().detail);
        }
        if (::lchown(at.path.c_str(), static_cast<uid_t>(-1), *gid) != 0) {
            return refused("give " + at.path + " to group " + *at.group, errno);
        }
    }
    if (::chmod(at.path.c_str(), at.mode) != 0) {
        return refused("set the mode of " + at.path, errno);
    }
    return {};
}

}  // namespace

bool fits_unix_address(const std::string& path) {
    return !path.empty() && path.size() < sizeof(sockaddr_un::sun_path);
}

UnixConnection connect_unix(const std::string& path) {
    UnixConnection c{.fd = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))};
    const sockaddr_un address = unix_address(path);
    if (!c.fd.is_open() ||
        ::connect(c.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        c.error_number = errno;
    }
    return c;
}

Result<UnixListener> UnixListener::open(const ListenAt& at) {
    if (!fits_unix_address(at.path)) {
        return fail(Errc::BadConfig, "the socket path has " + std::to_string(at.path.size()) +
                                         " octets, the kernel takes 1 to " +
                                         std::to_string(sizeof(sockaddr_un::sun_path) - 1));
    }
    if (const auto directory = std::filesystem::path(at.path).parent_path(); !directory.empty()) {
        std::error_code error;
        std::filesystem::create_directories(directory, error);
        if (error) {
            return refused("create " + directory.string(), error.value());
        }
    }
    auto lock = take_lock(at.path);
    if (!lock) {
        return fail(lock.error().code, lock.error().detail);
    }
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.is_open()) {
        return os_failure("open a UNIX socket", errno);
    }
    UnixListener listener(at.path, std::move(*lock), std::move(fd));
    if (auto done = clear_path(at.path); !done) {
        return fail(done.error().code, done.error().detail);
    }
    // The file gets the socket's mode: nobody may connect before the owner and mode are as wanted.
    (void)::fchmod(listener.fd(), 0);
    const sockaddr_un address = unix_address(at.path);
    if (::bind(listener.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return refused("bind " + at.path, errno);
    }
    struct stat bound {};
    if (::lstat(at.path.c_str(), &bound) == 0) {
        listener.device_ = bound.st_dev;
        listener.inode_ = bound.st_ino;
    }
    if (auto done = set_permissions(at); !done) {
        return fail(done.error().code, done.error().detail);
    }
    if (::listen(listener.fd(), kBacklog) != 0) {
        return os_failure("listen on " + at.path, errno);
    }
    return listener;
}

UnixListener::~UnixListener() {
    if (!lock_.is_open()) {
        return;  // moved from
    }
    struct stat there {};
    if (inode_ != 0 && ::lstat(path_.c_str(), &there) == 0 && there.st_dev == device_ &&
        there.st_ino == inode_) {
        (void)::unlink(path_.c_str());
    }
    (void)::unlink(lock_path(path_).c_str());
}

}  // namespace splash::linux
