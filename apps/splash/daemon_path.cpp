#include "daemon_path.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace splash::cli {

Result<std::string> find_splashd() {
    std::array<char, 4096> own{};
    const ssize_t length = readlink("/proc/self/exe", own.data(), own.size());
    std::string folder(own.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    folder.erase(folder.rfind('/') + 1);
    for (const std::string& path :
         {folder + "splashd", folder + "../sbin/splashd", std::string("/usr/sbin/splashd")}) {
        if (access(path.c_str(), X_OK) == 0) {
            return path;
        }
    }
    return fail(Errc::FileNotFound,
                fmt::format("splashd: neither in {} nor in {}../sbin nor in /usr/sbin", folder, folder));
}

}  // namespace splash::cli
