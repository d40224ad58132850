// SPDX-License-Identifier: BSD-3-Clause
//
// How full a file system is. Asking one that is mounted from elsewhere can take as long as it likes: so it
// may block, and runs on a worker thread.
//
//   c++ -std=c++17 -shared -fPIC -o snap_svc_disk.so snap_svc_disk.cpp
//
//   disk_free   path -> i i   octets that are free for everybody, and octets in all
//   disk_mounts      -> s#    where something is mounted
#include <sys/statvfs.h>

#include <cerrno>
#include <fstream>
#include <splash/service.hpp>
#include <sstream>

namespace {

std::tuple<std::int64_t, std::int64_t> disk_free(const std::string& path) {
    struct statvfs found {};
    if (path.find('\0') != std::string::npos || path.empty() || path.front() != '/') {
        throw splash::Failure(SPLASH_EXC_OUT_OF_RANGE);
    }
    if (statvfs(path.c_str(), &found) != 0) {
        throw splash::Failure(errno == EACCES ? SPLASH_EXC_NOT_PERMITTED : SPLASH_EXC_NO_SUCH_INSTANCE);
    }
    const auto octets = [&found](fsblkcnt_t blocks) {
        return static_cast<std::int64_t>(blocks * found.f_frsize);
    };
    return {octets(found.f_bavail), octets(found.f_blocks)};
}

std::vector<std::string> disk_mounts() {
    std::vector<std::string> places;
    std::ifstream mounts("/proc/self/mounts");
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream fields(line);
        std::string device;
        std::string place;
        if (fields >> device >> place) {
            places.push_back(place);
        }
    }
    return places;
}

}  // namespace

SPLASH_PLUG_IN(
    splash::service<&disk_free>("disk_free")
        .cost(64)
        .needs_read()
        .may_block()
        .meaning("octets of a file system that are free, and all"),
    splash::service<&disk_mounts>("disk_mounts").cost(64).needs_read().meaning("where something is mounted"))
