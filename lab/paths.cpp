#include "paths.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "descriptor.hpp"

namespace splash::lab {

std::string lab_directory(std::string_view lab) {
    return std::string(kLabsDirectory) + "/" + std::string(lab);
}
std::string lock_file(std::string_view lab) {
    return lab_directory(lab) + ".lock";
}
std::string record_file(std::string_view lab) {
    return lab_directory(lab) + "/lab.json";
}
std::string node_directory(std::string_view lab, std::string_view node) {
    return lab_directory(lab) + "/" + std::string(node);
}
std::string netns_name(std::string_view lab, std::string_view node) {
    return std::string(lab) + "-" + std::string(node);
}
std::string netns_file(std::string_view lab, std::string_view node) {
    return std::string(kNetnsDirectory) + "/" + netns_name(lab, node);
}

Failure system_failure(int error_number, const std::string& doing) {
    const bool privilege = error_number == EPERM || error_number == EACCES;
    return fail(privilege ? Errc::NeedsRoot : Errc::System, doing + ": " + std::strerror(error_number));
}

Result<> write_file(const std::string& path, std::string_view text, unsigned mode) {
    const std::string temporary = path + ".new";
    const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!file.is_open()) {
        return system_failure(errno, "write " + temporary);
    }
    while (!text.empty()) {
        const ssize_t n = write(file.get(), text.data(), text.size());
        if (n < 0 && errno != EINTR) {
            return system_failure(errno, "write " + temporary);
        }
        text.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
    }
    if (rename(temporary.c_str(), path.c_str()) != 0) {
        return system_failure(errno, "write " + path);
    }
    return {};
}

Result<std::string> read_tail(const std::string& path, std::size_t limit) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file.is_open() || fstat(file.get(), &status) != 0) {
        return system_failure(errno, "read " + path);
    }
    const auto size = static_cast<off_t>(limit);
    const off_t start = std::max<off_t>(0, status.st_size - size);
    std::string text(limit, '\0');
    std::size_t filled = 0;
    while (filled < limit) {
        const ssize_t n =
            pread(file.get(), text.data() + filled, limit - filled, start + static_cast<off_t>(filled));
        if (n < 0 && errno != EINTR) {
            return system_failure(errno, "read " + path);
        }
        if (n == 0) {
            break;
        }
        filled += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    text.resize(filled);
    return text;
}

}  // namespace splash::lab
