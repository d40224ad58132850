// Everything a node counts, in one place for whoever shows it: SPLASH-MIB, the Prometheus page, node_info.
// Plain numbers; the node adds to them on its thread, where they are also read.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "isa/packet.hpp"
#include "node/counters.hpp"

namespace splash::node {

/// A service as statistics know it. The id is the one `calls` has on the wire.
struct ServiceStatistics {
    std::string name;
    std::uint32_t id = 0;
    std::uint64_t calls = 0;
};

/// Counters live on while an execution of a principal no longer configured still runs.
struct PrincipalStatistics {
    std::string name;  ///< "local", the prefix of an [[allow]], "homecoming": from the configuration only
    std::shared_ptr<PrincipalCounters> counters;
};

struct Statistics {
    static constexpr std::size_t kReasonCodes = 256;

    Counters totals;
    /// Executions that ended early, by reason code: spec/reasons.def, and spec/exceptions.def for failed
    /// moves.
    std::array<std::uint64_t, kReasonCodes> early_ends{};
    /// One for each service the node offers, those of spec/services.def first.
    std::vector<ServiceStatistics> services;
    /// One for each name in the configuration, in its order.
    std::vector<PrincipalStatistics> principals;
};

/// What a node says of itself.
struct Facts {
    std::string version;
    std::string name;
    IpAddress address;
    std::uint32_t workspace = 0;  ///< octets of memory one execution has
    std::uint32_t budget = 0;     ///< units of work on top of one per instruction
};

}  // namespace splash::node
