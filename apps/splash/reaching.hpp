// A node to be asked, within reach: looked up, its way open.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "arguments.hpp"
#include "asking.hpp"
#include "base/error.hpp"
#include "snmp/manager.hpp"
#include "target.hpp"
#include "transport.hpp"

namespace splash::cli {

struct SnmpAgent {
    std::string address;  ///< empty where net-snmp resolved it
    snmp::Manager manager;
};
/// In a lab the process is in the start's network namespace afterwards.
/// @error Usage, NotFound, System; what Whereabouts says
[[nodiscard]] Result<SnmpAgent> reach_by_snmp(const Options& options, const std::string& node,
                                              std::optional<unsigned> default_retries);

struct SnapNode {
    Target target;
    Tries tries;
    std::unique_ptr<Transport> transport;
};
/// @error NoDaemon, Usage, NotFound, System
[[nodiscard]] Result<SnapNode> reach_by_snap(const Options& options, const std::string& node,
                                             unsigned default_retries);

}  // namespace splash::cli
