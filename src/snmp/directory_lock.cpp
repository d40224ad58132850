#include "directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace splash::snmp {
namespace {

std::string owner_of(int fd) {
    std::array<char, 32> text{};
    const ssize_t n = pread(fd, text.data(), text.size() - 1, 0);
    std::string owner(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    while (!owner.empty() && owner.back() == '\n') {
        owner.pop_back();
    }
    return owner;
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::string& directory, const std::string& application) {
    const std::string path = directory + "/" + application + ".lock";
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return DirectoryLock(-1);
    }
    DirectoryLock lock(fd);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return fail(Errc::System, "lock " + path + ": " + std::strerror(errno));
        }
        const std::string owner = owner_of(fd);
        return fail(Errc::AlreadyRunning,
                    "persistent directory " + directory + (owner.empty() ? "" : ", process " + owner));
    }
    lock.name_owner();
    return lock;
}

DirectoryLock::~DirectoryLock() {
    if (fd_ >= 0) {
        close(fd_);
    }
}

void DirectoryLock::name_owner() const {
    const std::string text = std::to_string(getpid()) + "\n";
    if (fd_ >= 0 && ftruncate(fd_, 0) == 0) {
        // Only for the message of whoever comes second: nothing depends on it.
        [[maybe_unused]] const ssize_t n = pwrite(fd_, text.data(), text.size(), 0);
    }
}

void DirectoryLock::give_to(unsigned user, unsigned group) const {
    if (fd_ >= 0) {
        [[maybe_unused]] const int done = fchown(fd_, user, group);
    }
}

}  // namespace splash::snmp
