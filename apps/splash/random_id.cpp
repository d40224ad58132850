#include "random_id.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstring>

namespace splash::cli {

Result<std::int64_t> random_id() {
    std::uint64_t bits = 0;
    // Up to 256 octets come whole, or not at all.
    ssize_t got = -1;
    do {
        got = getrandom(&bits, sizeof(bits), 0);
    } while (got < 0 && errno == EINTR);
    if (got != static_cast<ssize_t>(sizeof(bits))) {
        return fail(Errc::System, std::string("random numbers: ") + std::strerror(errno));
    }
    return id_of(static_cast<std::int64_t>(bits), 0);
}

}  // namespace splash::cli
