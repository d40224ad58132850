// A service that a library offers: how programs see it, and what runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "complaints.hpp"
#include "node/service.hpp"

namespace splash::plugins {

class Workers;

/// What came of one call; with a complaint, if the library broke its word, for the log.
struct Outcome {
    vm::ServiceResults results;
    std::string complaint;
};

struct Function {
    std::string name;
    std::string arguments;  ///< letters, as in node::Service
    std::string results;
    std::uint32_t cost = 0;
    node::Right right = node::Right::None;
    bool may_block = false;
    std::string meaning;
    /// On the node's thread or, if it may block, on a worker. Keeps the library loaded.
    std::function<Outcome(std::span<const isa::Value>, node::Instant give_up)> run;
};

/// Runs it; results of another number or type than declared are a failure of the service.
[[nodiscard]] Outcome call(const Function& function, std::span<const isa::Value> arguments,
                           node::Instant give_up);

/// The functions of one library.
class FunctionSet final : public node::ServiceSet {
public:
    /// @param workers  for those that may block; nullptr if none does. Must outlive this object.
    FunctionSet(std::vector<Function> functions, Workers* workers, node::Log& log);

    [[nodiscard]] std::span<const node::Service> services() const override { return services_; }
    void start(const node::Service& service, std::span<const isa::Value> arguments,
               const node::Caller& caller, node::Answer answer) override;

private:
    std::unordered_map<std::uint32_t, std::shared_ptr<const Function>> functions_;  ///< by Service::id()
    std::vector<node::Service> services_;  ///< refer to the functions' strings
    Workers* workers_;
    Complaints complaints_;
};

}  // namespace splash::plugins
