// Where a packet that never came back was seen last.
#pragma once

#include "answers.hpp"
#include "asking.hpp"
#include "base/error.hpp"
#include "target.hpp"
#include "transport.hpp"

namespace splash::cli {

/// Sends path_program() with bounds 1, 2, 3...; with each, the node where the bound ends reports. Gives an
/// answer that is no such report, if one comes after all.
/// @error TimedOut; detail names the last hop that was heard of and whether that was on the way home.
[[nodiscard]] Result<Answer> locate_silence(Transport& transport, const isa::Packet& path,
                                            const Target& target, std::size_t objects, const Tries& tries);

}  // namespace splash::cli
