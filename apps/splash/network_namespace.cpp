#include "network_namespace.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace splash::cli {

Result<> enter_network_namespace(const std::string& name) {
    const std::string path = "/run/netns/" + name;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        const Errc code = errno == ENOENT ? Errc::NotFound : errno == EACCES ? Errc::NeedsRoot : Errc::System;
        return fail(code, fmt::format("{}: {}", path, std::strerror(errno)));
    }
    const int status = setns(fd, CLONE_NEWNET);
    const int reason = errno;
    close(fd);
    if (status != 0) {
        return fail(reason == EPERM ? Errc::NeedsRoot : Errc::System,
                    fmt::format("entering {} takes CAP_SYS_ADMIN: {}", path, std::strerror(reason)));
    }
    return {};
}

}  // namespace splash::cli
