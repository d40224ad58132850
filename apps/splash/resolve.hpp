// Names → addresses by the system's resolver (hosts file, DNS), not longer than a deadline.
#pragma once

#include <chrono>
#include <string>

#include "base/address.hpp"
#include "base/error.hpp"

namespace splash::cli {

/// A numeric address as it is, else the first address the resolver gives: for V6 an IPv6 address, else IPv4
/// before IPv6. On TimedOut the look-up goes on in a thread of its own, whose answer nobody reads.
/// @error NoSuchName there is no such host, or it has no such address; TimedOut; System the resolver itself
/// failed; Usage an IPv4 address where only an IPv6 one will do.
[[nodiscard]] Result<IpAddress> resolve(const std::string& host, IpVersion version,
                                        std::chrono::milliseconds deadline);

}  // namespace splash::cli
