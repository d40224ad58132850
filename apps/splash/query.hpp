// What get, next and set share: choosing the way, asking, printing.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "asking.hpp"
#include "auto_way.hpp"
#include "base/error.hpp"
#include "programs.hpp"
#include "snmp/manager.hpp"

namespace splash::cli {

struct Query {
    const Options& options;
    const std::string& node;
    unsigned snap_retries = 1;              ///< unless the operator says otherwise
    std::optional<unsigned> snmp_retries;   ///< likewise; nullopt: snmp.conf's
    Fallback fallback = Fallback::Allowed;  ///< of --via auto
    /// Called for --via snap and auto. @error what the objects' or values' parser says
    std::function<Result<std::vector<Question>>()> questions;
    /// Called for --via snmp.
    std::function<Result<std::vector<snmp::VarBind>>(snmp::Manager&)> request;
};

/// Asks and prints. Text: one line an object, as net-snmp's tools print it. JSON: {"node", "address", "via",
/// "results": [json_object()...], "elapsed_us"}, of --via auto "way": json_way(); elapsed_us is from the
/// first request to the last answer. The status is 1 if an object gave an exception.
[[nodiscard]] Result<Finished> run_query(const Query& query, const Streams& streams);

}  // namespace splash::cli
