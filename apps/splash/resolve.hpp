// Names → addresses by the system's resolver (hosts file, DNS), not longer than a deadline.
#pragma once

#include <chrono>
#include <string>

#include "base/address.hpp"
#include "base/error.hpp"

namespace splash::cli {

/// A numeric address as it is, else the first address the resolver gives, IPv4 before IPv6. On TimedOut the
/// look-up goes on in a thread of its own, whose answer nobody reads.
/// @error NoSuchName there is no such host; TimedOut; System the resolver itself failed.
[[nodiscard]] Result<IpAddress> resolve(const std::string& host, std::chrono::milliseconds deadline);

}  // namespace splash::cli
