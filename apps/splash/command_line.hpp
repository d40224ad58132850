// argv → one command with its arguments. Only command_line.cpp and option_binding.cpp see CLI11.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "arguments.hpp"

namespace splash::cli {

/// Nothing to run: help was asked for, or the command line is wrong.
struct Stop {
    int status = 0;
    std::string out;  ///< for standard output
    std::string err;  ///< for standard error
    Format format = Format::Text;
    std::string detail;  ///< what is wrong, without what to do
    std::string hint;    ///< what to do
};

/// Reads a command line, without the program's name.
[[nodiscard]] std::variant<Command, Stop> parse_command_line(const std::vector<std::string>& words);

}  // namespace splash::cli
