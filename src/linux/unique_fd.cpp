#include "linux/unique_fd.hpp"

#include <unistd.h>

namespace splash::linux {

void UniqueFd::reset(int fd) noexcept {
    if (fd_ >= 0) {
        (void)::close(fd_);
    }
    fd_ = fd;
}

}  // namespace splash::linux
