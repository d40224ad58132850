// Every Splash hop to a node, also where that is more than one packet can bring: the next one goes on from
// the last hop that is known.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "answers.hpp"
#include "asking.hpp"
#include "base/error.hpp"
#include "target.hpp"
#include "transport.hpp"

namespace splash::cli {

struct TracedPath {
    std::vector<Hop> hops;  ///< numbered from 1; each has a value for every object
    /// Why it ends before the node, if it does, and with what.
    std::optional<Error> error;
    std::optional<isa::Report> report;
    std::size_t packets = 0;  ///< those that came back
};
using PathProgress = std::function<void(const TracedPath&)>;

/// The first packet is path_program(). Where that does not fit a link or its bound is too low, the path is
/// gone again in sectors: packets that go home before they get too large. Objects that are too many for a
/// packet are asked for in several rounds.
/// @error before a single hop is known: TimedOut, where silence was (silence.hpp); TooLarge an object does
/// not fit; what Transport says
[[nodiscard]] Result<TracedPath> trace_path(Transport& transport, const std::vector<Oid>& objects,
                                            const Target& target, const Tries& tries,
                                            const PathProgress& progress);

}  // namespace splash::cli
