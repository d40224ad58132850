#include "wait_ready.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "os_error.hpp"

namespace splash::linux {

Result<Readiness> wait_ready(int fd, Direction direction, std::chrono::steady_clock::time_point deadline) {
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        pollfd p{.fd = fd,
                 .events = static_cast<short>(direction == Direction::Read ? POLLIN : POLLOUT),
                 .revents = 0};
        const int n = ::poll(&p, 1, static_cast<int>(std::clamp<decltype(left)>(left, 0, INT_MAX)));
        if (n > 0) {
            return Readiness::Ready;
        }
        if (n < 0 && errno != EINTR) {
            return os_failure("wait for a socket", errno);
        }
        if (n == 0 && left <= 0) {
            return Readiness::TimedOut;
        }
    }
}

}  // namespace splash::linux
