// What the options of the lab's commands mean together.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "raw_arguments.hpp"

namespace splash::cli {

/// @error Usage
[[nodiscard]] Result<Command> finish_impair(const RawArguments& raw, Options options);
[[nodiscard]] LabCaptureArgs finish_capture(const RawArguments& raw);

/// "64k", "2.5M", "1G" or a plain number, in bit/s; "bit" or "bit/s" may follow. nullopt: none of these.
[[nodiscard]] std::optional<std::uint64_t> parse_rate(std::string_view text);

}  // namespace splash::cli
