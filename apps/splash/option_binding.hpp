// Options of the table as CLI11 sees them.
#pragma once

#include <CLI/CLI.hpp>

#include "option_table.hpp"
#include "raw_arguments.hpp"

namespace splash::cli {

/// Declares an option of the table on `app`, writing into `raw` when it is given.
/// @return nullptr for --help, which CLI11 sees to.
CLI::Option* bind_option(const OptionInfo& info, CLI::App& app, RawArguments& raw);

}  // namespace splash::cli
