// Whatever can execute a packet: the interpreter now, other implementations of the language later.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "situation.hpp"

namespace splash::conformance {

class Engine {
public:
    Engine() = default;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    virtual ~Engine() = default;
    /// As a case's `-- skip` names it.
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual Observed run(const Situation& situation) = 0;
};

/// Every engine of this build; each runs every case.
[[nodiscard]] std::vector<std::unique_ptr<Engine>> all_engines();

}  // namespace splash::conformance
