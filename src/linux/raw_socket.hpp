// Raw sockets as the carriers of both IP versions open them.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "linux/unique_fd.hpp"
#include "os_error.hpp"

namespace splash::linux {

/// @param family  AF_INET or AF_INET6.
/// @error NeedsRoot without CAP_NET_RAW; Unsupported the kernel has no such family; System
[[nodiscard]] Result<UniqueFd> open_raw_socket(int family, int protocol);

template <class Value>
[[nodiscard]] Result<> set_option(const UniqueFd& fd, int level, int option, const Value& value,
                                  std::string_view name) {
    if (::setsockopt(fd.get(), level, option, &value, sizeof value) == 0) {
        return {};
    }
    return os_failure("set " + std::string(name), errno);
}

/// Beyond the system's limit if that is allowed (CAP_NET_ADMIN), else up to it.
void enlarge_receive_buffer(const UniqueFd& fd);
void enlarge_send_buffer(const UniqueFd& fd);

}  // namespace splash::linux
