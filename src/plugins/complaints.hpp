// What services do wrong, for the log: programs choose how often they call one, and must not fill it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "node/ports.hpp"

namespace splash::plugins {

/// On the node's thread.
class Complaints {
public:
    enum class About : std::uint8_t { Results, Time };

    explicit Complaints(node::Log& log) : log_(log) {}

    /// A warning, "service NAME WHAT", the first time for this service and matter.
    void once(const std::string& service, About about, const std::string& what) {
        if (said_.emplace(service, about).second) {
            log_.write(node::Log::Level::Warning,
                       "service " + service + ' ' + what + "; this is said once for each service");
        }
    }

private:
    node::Log& log_;
    std::set<std::pair<std::string, About>> said_;
};

}  // namespace splash::plugins
