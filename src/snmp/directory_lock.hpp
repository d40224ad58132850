// Keeps two agents from writing one persistent file.
#pragma once

#include <string>
#include <utility>

#include "base/error.hpp"

namespace splash::snmp {

class DirectoryLock {
public:
    /// Locks DIRECTORY/APPLICATION.lock. Where no file can be made there (read-only, no permission) the
    /// lock is not held, and says so: there can be no clash of writers either.
    /// @error AlreadyRunning  another process holds it; named with its id if that can be read.
    static Result<DirectoryLock> take(const std::string& directory, const std::string& application);
    DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    DirectoryLock& operator=(DirectoryLock&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~DirectoryLock();

    [[nodiscard]] bool is_held() const { return fd_ >= 0; }
    /// Writes this process's id into the file; again after a fork.
    void name_owner() const;
    /// Gives the file to a user who is to take the lock after the next start.
    void give_to(unsigned user, unsigned group) const;

private:
    explicit DirectoryLock(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace splash::snmp
