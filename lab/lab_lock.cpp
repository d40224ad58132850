#include "lab_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include "paths.hpp"

namespace splash::lab {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kPause{10};

/// False if the file was removed, or made anew, while we waited for its lock.
bool is_still_at(const std::string& path, int fd) {
    struct stat ours {};
    struct stat there {};
    return fstat(fd, &ours) == 0 && stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

}  // namespace

Result<LabLock> LabLock::take(std::string_view lab) {
    const std::string path = lock_file(lab);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (!file.is_open()) {
            return system_failure(errno, "open " + path);
        }
        if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
            if (is_still_at(path, file.get())) {
                return LabLock(std::move(file));
            }
            continue;
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return system_failure(errno, "lock " + path);
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            return fail(Errc::AlreadyRunning,
                        "lab " + std::string(lab) + " is being built or taken down by another process");
        }
        std::this_thread::sleep_for(kPause);
    }
}

bool LabLock::is_free(std::string_view lab) {
    const Descriptor file(open(lock_file(lab).c_str(), O_RDWR | O_CLOEXEC));
    return !file.is_open() || flock(file.get(), LOCK_SH | LOCK_NB) == 0;
}

void remove_lock_file(std::string_view lab) {
    unlink(lock_file(lab).c_str());
}

}  // namespace splash::lab
