// What a program that visits many nodes does at each: the objects it reads, the condition, the write.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "base/error.hpp"
#include "base/oid.hpp"
#include "condition.hpp"
#include "isa/value.hpp"

namespace splash::cli {

/// What a node is to write where the condition holds.
struct Reaction {
    Oid object;
    isa::Value value;
    std::int64_t id = 0;  ///< of this write, in all packets of one invocation: no node writes it twice
};

struct NodeTask {
    std::vector<Oid> objects;
    std::optional<Condition> where;
    std::optional<Reaction> reaction;
};

/// @error NoSuchName, BadInput, Usage what is wrong with an object, condition or value; System no random id
[[nodiscard]] Result<NodeTask> read_task(const AtNodes& at);

/// Stands for a node's own address where objects are listed: no agent has it (the arc for examples).
[[nodiscard]] Oid node_address_object();

/// Assembly lines that push the value of an object.
[[nodiscard]] std::string get_lines(const Oid& object);
/// Lines that leave 1 or 0. `figure_lines` may know other lines than get_lines() for an object, given how
/// many values of the condition lie on the stack by then; empty: it does not.
using FigureLines = std::function<std::string(const Oid& object, std::size_t above)>;
[[nodiscard]] std::string condition_lines(const Condition& condition, const FigureLines& figure_lines = {});
/// Lines that leave 1, or the exception the write ended with.
[[nodiscard]] std::string reaction_lines(const Reaction& reaction);

}  // namespace splash::cli
