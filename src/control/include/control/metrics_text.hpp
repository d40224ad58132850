// A node's counters in Prometheus' text format (version 0.0.4).
#pragma once

#include <string>

#include "node/statistics.hpp"

namespace splash::control {

/// Every family with its HELP and TYPE. Names and labels follow from spec/counters.def, gauges.def,
/// principal_counters.def, reasons.def, exceptions.def and services.def; docs/counters.md lists them.
[[nodiscard]] std::string metrics_text(const node::Facts& facts, const node::Gauges& gauges,
                                       const node::Statistics& statistics);

}  // namespace splash::control
