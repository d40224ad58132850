// What the parser writes into before it becomes arguments.hpp's plain data.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "base/error.hpp"
#include "command_table.hpp"
#include "option_table.hpp"

namespace splash::cli {

struct RawArguments {
    std::set<OptionId> given;
    std::map<OptionId, std::string> texts;  ///< of options that take text
    double timeout = 0;
    double deadline = 0;
    unsigned retries = 0;
    unsigned count = 101;
    unsigned answers = 1;
    std::uint16_t bound = 0;
    std::int64_t owner = 0;
    std::vector<std::string> program_arguments;
    std::map<OptionId, double> numbers;  ///< of options of lab commands
    std::map<OptionId, bool> flags;
    std::vector<std::string> links;    ///< of lab capture
    std::vector<std::string> objects;  ///< of --oid
    std::vector<std::string> top;      ///< of table: N and COLUMN
    unsigned survey_top = 0;
    bool version = false;
    bool is_unordered = false;

    std::string first;   ///< NODE, FILE, TOPOLOGY or LAB
    std::string second;  ///< the NODE of lab exec and others, the LINK of lab impair
    std::vector<std::string> rest;

    [[nodiscard]] bool has(OptionId id) const { return given.contains(id); }
    /// 0 if it was not given.
    [[nodiscard]] double number(OptionId id) const { return has(id) ? numbers.at(id) : 0; }
    /// Empty if it was not given.
    [[nodiscard]] std::string text(OptionId id) const {
        const auto found = texts.find(id);
        return found == texts.end() ? "" : found->second;
    }
};

/// What the words mean, once each has its place. @error Usage
[[nodiscard]] Result<Command> finish_command(CommandId id, const RawArguments& raw);

}  // namespace splash::cli
