#include "linux/host.hpp"

#include <dirent.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "linux/unique_fd.hpp"
#include "os_error.hpp"

namespace splash::linux {
namespace {

namespace fs = std::filesystem;

struct Capability {
    unsigned bit;
    const char* name;
};
constexpr auto kCapabilities = std::to_array<Capability>({{CAP_NET_BIND_SERVICE, "cap_net_bind_service"},
                                                          {CAP_NET_ADMIN, "cap_net_admin"},
                                                          {CAP_NET_RAW, "cap_net_raw"},
                                                          {CAP_SYS_ADMIN, "cap_sys_admin"}});

/// Inodes of the sockets bound to a port, from a table such as /proc/thread-self/net/udp.
void gather_inodes(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);  // the heading
    while (std::getline(in, line)) {
        std::istringstream words(line);
        std::array<std::string, 10> word;
        for (std::string& w : word) {
            words >> w;
        }
        const std::size_t colon = word[1].rfind(':');
        unsigned bound = 0;
        const char* const digits = word[1].data() + (colon == std::string::npos ? 0 : colon + 1);
        std::from_chars(digits, word[1].data() + word[1].size(), bound, 16);
        if (bound == port) {
            inodes.insert("socket:[" + word[9] + "]");
        }
    }
}

/// Whether a process holds one of the sockets.
bool holds(const fs::path& process, const std::set<std::string>& sockets) {
    std::error_code error;
    for (fs::directory_iterator entry(process / "fd", error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone;
        if (sockets.contains(fs::read_symlink(entry->path(), gone).string())) {
            return true;
        }
    }
    return false;
}

std::string first_line(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

std::string name_of_user(uid_t uid) {
    std::array<char, 16384> memory{};
    passwd entry{};
    passwd* found = nullptr;
    (void)::getpwuid_r(uid, &entry, memory.data(), memory.size(), &found);
    return found != nullptr ? found->pw_name : std::to_string(uid);
}

std::string name_of_group(gid_t gid) {
    std::array<char, 16384> memory{};
    group entry{};
    group* found = nullptr;
    (void)::getgrgid_r(gid, &entry, memory.data(), memory.size(), &found);
    return found != nullptr ? found->gr_name : std::to_string(gid);
}

}  // namespace

Result<std::vector<std::string>> lacking_capabilities() {
    std::ifstream in("/proc/self/status");
    std::string line;
    while (std::getline(in, line) && !line.starts_with("CapEff:")) {
    }
    const std::size_t digits = line.find_first_of("0123456789abcdef", sizeof("CapEff:") - 1);
    std::uint64_t effective = 0;
    if (!line.starts_with("CapEff:") || digits == std::string::npos ||
        std::from_chars(line.data() + digits, line.data() + line.size(), effective, 16).ec != std::errc()) {
        return fail(Errc::System, "/proc/self/status has no CapEff");
    }
    std::vector<std::string> lacking;
    for (const Capability& capability : kCapabilities) {
        if ((effective >> capability.bit & 1U) == 0) {
            lacking.emplace_back(capability.name);
        }
    }
    return lacking;
}

bool has_ipv6() {
    return UniqueFd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)).is_open() || errno != EAFNOSUPPORT;
}

Result<std::string> read_sysctl(const std::string& name) {
    std::ifstream in("/proc/sys/" + name);
    std::string value;
    if (!std::getline(in, value)) {
        return fail(Errc::Unsupported, "/proc/sys/" + name + " cannot be read");
    }
    return value;
}

Result<gid_t> group_id(const std::string& name) {
    std::array<char, 16384> memory{};
    group entry{};
    group* found = nullptr;
    const int error = ::getgrnam_r(name.c_str(), &entry, memory.data(), memory.size(), &found);
    if (found != nullptr) {
        return found->gr_gid;
    }
    // Which number says that there is none differs: getgrnam_r(3).
    switch (error) {
        case EMFILE:
        case ENFILE:
        case ENOMEM:
        case ERANGE:
        case EIO: return os_failure("look up the group " + name, error);
        default: return fail(Errc::BadConfig, "no group is called " + name);
    }
}

Result<std::vector<PortHolder>> udp_port_holders(std::uint16_t port) {
    std::set<std::string> sockets;
    gather_inodes("/proc/thread-self/net/udp", port, sockets);
    gather_inodes("/proc/thread-self/net/udp6", port, sockets);
    std::vector<PortHolder> holders;
    if (sockets.empty()) {
        return holders;
    }
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        std::int64_t pid = 0;
        const auto [rest, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (bad == std::errc() && rest == name.data() + name.size() && holds(entry->path(), sockets)) {
            holders.push_back({pid, first_line(entry->path() / "comm")});
        }
    }
    if (error) {
        return fail(Errc::System, "list /proc: " + error.message());
    }
    if (holders.empty()) {
        holders.push_back({0, {}});
    }
    return holders;
}

Result<SocketFile> look_at_socket(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
        return os_failure(errno == ENOENT || errno == ENOTDIR ? Errc::NotFound : Errc::System, path, errno);
    }
    if (!S_ISSOCK(found.st_mode)) {
        return fail(Errc::BadConfig, path + " is not a socket");
    }
    return SocketFile{.owner = name_of_user(found.st_uid),
                      .group = name_of_group(found.st_gid),
                      .is_usable = ::access(path.c_str(), R_OK | W_OK) == 0};
}

}  // namespace splash::linux
