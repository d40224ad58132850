// What walk and table share: a node's subtree, read by SNMP or SNAP.
#pragma once

#include <functional>
#include <string>

#include "arguments.hpp"
#include "base/error.hpp"
#include "object_lines.hpp"
#include "programs.hpp"
#include "subtree_root.hpp"

namespace splash::cli {

struct Subtree {
    const Options& options;
    const std::string& node;
    const SubtreeRoot& root;
    Ordering ordering{};
};

/// Gives each object to `take` as it comes. An empty subtree whose root is itself an instance is that one
/// object. False: there is nothing, and `take` got the exception the agent gave for the root.
/// @error what came in between; detail says how far it got
/// @param via  Snmp or Snap
[[nodiscard]] Result<bool> read_subtree(const Subtree& subtree, Via via,
                                        const std::function<void(const Line&)>& take);

}  // namespace splash::cli
