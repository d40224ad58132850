#include "linux/kernel_network.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/assert.hpp"
#include "linux/unique_fd.hpp"
#include "node/sysctl_name.hpp"

namespace splash::linux {
namespace {

Failure refused(const std::string& doing, int error_number) {
    const std::string detail = doing + ": " + std::strerror(error_number);
    switch (error_number) {
        case ENOENT:
        case ENOTDIR: return fail(Errc::NotFound, detail);
        case EPERM:
        case EACCES: return fail(Errc::NeedsRoot, detail);
        default: return fail(Errc::System, detail);
    }
}

Result<UniqueFd> open_sysctl(std::string_view name, int flags, const std::string& doing) {
    SPLASH_ASSERT(node::is_sysctl_name(name), "whoever asks has compared the name with what is allowed");
    std::string path(name);
    std::ranges::replace(path, '.', '/');
    UniqueFd file(::open(("/proc/sys/" + path).c_str(), flags | O_CLOEXEC | O_NOFOLLOW));
    if (!file.is_open()) {
        return refused(doing, errno);
    }
    return file;
}

}  // namespace

Result<std::unique_ptr<KernelNetwork>> KernelNetwork::open() {
    return Rtnetlink::open().map([](Rtnetlink kernel) {
        return std::unique_ptr<KernelNetwork>(new KernelNetwork(std::move(kernel)));
    });
}

Result<> KernelNetwork::set_interface(std::uint32_t if_index, node::InterfaceState state) {
    if (state == node::InterfaceState::Up) {
        kernel_.set_up(if_index);
    } else {
        kernel_.set_down(if_index);
    }
    return kernel_.flush();
}

Result<> KernelNetwork::set_route(const Prefix& to, const IpAddress& gateway) {
    kernel_.add_route(to, gateway, 0, IpAddress{});
    return kernel_.flush();
}

Result<> KernelNetwork::delete_route(const Prefix& to) {
    kernel_.delete_route(to);
    return kernel_.flush();
}

Result<std::string> KernelNetwork::sysctl(std::string_view name) {
    const std::string doing = "read " + std::string(name);
    const auto file = open_sysctl(name, O_RDONLY, doing);
    if (!file) {
        return Failure(file.error());
    }
    std::array<char, kMaxSysctlOctets + 1> value{};
    const ssize_t size = ::read(file->get(), value.data(), value.size());
    if (size < 0) {
        return refused(doing, errno);
    }
    if (size == static_cast<ssize_t>(value.size())) {
        return fail(Errc::TooLarge, doing + ": more than " + std::to_string(kMaxSysctlOctets) + " octets");
    }
    std::string text(value.data(), static_cast<std::size_t>(size));
    if (text.ends_with('\n')) {
        text.pop_back();
    }
    return text;
}

Result<> KernelNetwork::set_sysctl(std::string_view name, std::string_view value) {
    const std::string doing = "write " + std::string(name);
    const auto file = open_sysctl(name, O_WRONLY, doing);
    if (!file) {
        return Failure(file.error());
    }
    // In one piece: the kernel takes each write for a whole value.
    const ssize_t written = ::write(file->get(), value.data(), value.size());
    if (written != static_cast<ssize_t>(value.size())) {
        return refused(doing, written < 0 ? errno : EIO);
    }
    return {};
}

}  // namespace splash::linux
