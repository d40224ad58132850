// The agent's log as a node's log: both go where -L says.
#pragma once

#include "node/ports.hpp"

namespace splash::snmp {

class AgentLog final : public node::Log {
public:
    void write(Level level, std::string_view text) override;
};

}  // namespace splash::snmp
