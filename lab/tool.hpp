// Running tc, ip and tcpdump.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace splash::lab {

struct ToolRun {
    std::vector<std::string> argv;
    std::string input;         ///< for its standard input; at most 60 000 octets
    std::optional<int> netns;  ///< where it runs; nullopt: in a namespace of its own, gone when it ends
};

/// What it wrote to standard output and standard error together.
/// @error Unsupported  there is no such program; detail says which package has it.
/// @error System       it ended with a status other than 0; detail has what it wrote.
/// @error TimedOut     it did not end within 10 s, and was killed.
[[nodiscard]] Result<std::string> run_tool(const ToolRun& run);

}  // namespace splash::lab
