// SPLASH-MIB: what a node counts, as objects of the agent in this process. The module's text and the numbers
// used here follow from the same tables of spec/; VACM decides about these objects as about any other.
#pragma once

#include <memory>

#include "base/error.hpp"
#include "node/node.hpp"
#include "snmp/agent.hpp"

namespace splash::snmp {

/// The objects are there as long as this lives. Use on the agent's thread.
class SplashMib {
public:
    /// Registers the objects and a row of sysORTable. `node` must outlive it, and it the agent's shutdown()
    /// not.
    /// @error System  net-snmp refused a registration: another module holds the subtree.
    static Result<std::unique_ptr<SplashMib>> open(Agent& agent, const node::Node& node);
    ~SplashMib();
    SplashMib(const SplashMib&) = delete;
    SplashMib& operator=(const SplashMib&) = delete;

private:
    class State;
    explicit SplashMib(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::snmp
