// The built-in services: the table of spec/services.def and what each does over the node's ports.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "node/counters.hpp"
#include "node/ports.hpp"
#include "once.hpp"
#include "policy.hpp"
#include "vm/host.hpp"

namespace splash::node {

/// What a principal must hold to call a service.
enum class Right : std::uint8_t { None, Read, Write };

struct Service : vm::ServiceSignature {
    Right right = Right::None;
};

/// The service of that id, or nullptr.
[[nodiscard]] const Service* find_service(std::uint32_t id);
[[nodiscard]] std::span<const Service> all_services();
/// Where a service of all_services() stands in kServiceRows.
[[nodiscard]] std::size_t row_of(const Service& service);

/// What a service may see of its node.
struct ServiceContext {
    const Config& config;
    const Ports& ports;
    const Counters& counters;
    const Principal& principal;
    const std::shared_ptr<Once>& once;
};

using Answer = std::function<void(vm::ServiceResults)>;

/// Starts a service whose arguments have the declared types. `answer` runs once, during the call or later.
void start_service(const Service& service, std::span<const isa::Value> arguments,
                   const ServiceContext& context, Answer answer);

}  // namespace splash::node
