// One execution on one node, and what came of it, in terms no engine owns: values are their literals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "isa/codes.hpp"
#include "isa/packet.hpp"
#include "isa/value.hpp"
#include "vm/host.hpp"

namespace splash::conformance {

struct RouteRule {
    Prefix to;
    vm::RouteAnswer answer;
};

struct ServiceRule {
    std::string name;
    std::string arguments;
    std::string results;
    std::uint32_t cost = 0;
    bool answers_later = false;  ///< the execution parks first
    vm::ServiceResults answer;
};

/// The node and the packet as they are when the execution begins.
struct Situation {
    std::vector<IpAddress> local;
    std::vector<IpAddress> neighbours;
    IpAddress here;
    std::uint32_t ingress = 0;
    IpAddress destination;
    std::int64_t now_us = 0;
    unsigned max_sends = 8;
    std::vector<RouteRule> routes;  ///< the first that holds the address counts; none: no route
    std::vector<ServiceRule> services;
    std::size_t workspace = 16 * 1024;
    std::uint32_t budget_extra = 4096;
    std::vector<std::byte> packet;  ///< bound as it is on this node
};

struct Emission {
    IpAddress to;
    vm::Travel travel{};
    std::vector<std::byte> packet;
};
/// Words, bottom first, and the heap they refer to.
struct Words {
    std::vector<isa::Word> words;
    std::vector<std::byte> heap;
};
struct Delivery {
    std::uint16_t port = 0;
    std::vector<std::string> values;  ///< bottom first
    Words as_they_lie;                ///< of what was observed only
};
struct Call {
    std::string service;
    std::vector<std::string> arguments;
};

struct Exited {};
struct Moved {};
struct Delivered {};
struct Faulted {
    isa::Reason reason{};
    std::size_t index = 0;
    std::uint8_t opcode = 0;
};
/// The header cannot be read: nothing ran.
struct Refused {
    isa::HeaderFault why{};
};
using Ending = std::variant<Exited, Moved, Delivered, Faulted, Refused>;

struct Observed {
    Ending ending;
    std::vector<std::string> stack;   ///< bottom first, as a report would tell of it
    Words stack_as_it_lies;           ///< likewise
    std::vector<Emission> emissions;  ///< in order; of a move the last
    std::vector<Delivery> deliveries;
    std::vector<Call> calls;
    std::size_t steps = 0;
    std::uint64_t units = 0;        ///< of the budget, used
    std::uint16_t bound = 0;        ///< what is left
    std::vector<std::byte> report;  ///< of a fault: the packet that tells of it; else none
};

}  // namespace splash::conformance
