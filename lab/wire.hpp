// A process that carries packets where the kernel cannot impair them: it takes what is sent into a TAP
// interface and sends it on through an interface of the lab, later, never, twice, out of order or spoilt.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "lab/impairment.hpp"
#include "process.hpp"

namespace splash::lab {

struct WirePlace {
    std::string interface;  ///< where frames go
    std::string tap;        ///< the interface it makes and takes them from; gone when it ends
    int netns = -1;
};

/// Starts it and waits until its interface is up. It lives inside the namespace, where take_down() finds it,
/// and is not a child of the caller. Of the impairment it does delay, jitter, loss, duplicate, reorder,
/// corrupt, limit.
/// @error Unsupported  there is no /dev/net/tun.
[[nodiscard]] Result<ProcessId> start_wire(const WirePlace& place, const Impairment& impairment);

/// The processes of that namespace that hold the interface `tap`: also a wire that no record names, because
/// its maker was killed.
[[nodiscard]] std::vector<ProcessId> wires_holding(const std::string& tap, int netns);

}  // namespace splash::lab
