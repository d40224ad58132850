#include "raw_socket.hpp"

namespace splash::linux {
namespace {

constexpr int kReceiveBuffer = 16 * 1024 * 1024;
constexpr int kSendBuffer = 8 * 1024 * 1024;

void enlarge_buffer(const UniqueFd& fd, int forced, int plain, int octets) {
    if (::setsockopt(fd.get(), SOL_SOCKET, forced, &octets, sizeof octets) != 0) {
        (void)::setsockopt(fd.get(), SOL_SOCKET, plain, &octets, sizeof octets);
    }
}

}  // namespace

Result<UniqueFd> open_raw_socket(int family, int protocol) {
    UniqueFd fd(::socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
    if (fd.is_open()) {
        return fd;
    }
    switch (errno) {
        case EPERM:
        case EACCES: return fail(Errc::NeedsRoot, "a raw socket needs CAP_NET_RAW");
        case EAFNOSUPPORT: return os_failure(Errc::Unsupported, "open a raw socket", errno);
        default: return os_failure("open a raw socket", errno);
    }
}

void enlarge_receive_buffer(const UniqueFd& fd) {
    enlarge_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, kReceiveBuffer);
}
void enlarge_send_buffer(const UniqueFd& fd) {
    enlarge_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, kSendBuffer);
}

}  // namespace splash::linux
