// --via auto: finds out what each way would cost and who runs Splash, takes one, and tells which and why.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "base/error.hpp"
#include "json_output.hpp"
#include "way.hpp"

namespace splash::cli {

/// Whether the other way may be tried when one brings nothing. Never for writes: the first may have been
/// done.
enum class Fallback : std::uint8_t { Allowed, Never };

/// The way that was taken.
struct Way {
    Via via = Via::Snmp;  ///< Snmp or Snap
    std::string reason;
    std::vector<std::string> details;  ///< for --explain, a line each
    std::string remembered_as;         ///< the node, among those that are known
};

/// @error what looking the node up says; where neither way can be begun, both reasons
[[nodiscard]] Result<Way> decide_way(const Options& options, const std::string& node, const Work& work);

/// "splash: n5 by SNAP: SNAP 140 octets, SNMP 512", and the details if they are wanted.
void tell_way(const Way& way, const std::string& node, const Options& options, std::ostream& err);
/// {"via", "reason", "details"}
[[nodiscard]] Json json_way(const Way& way);

/// Another way may bring what this one did not: nobody answered, or who did cannot.
[[nodiscard]] bool is_no_answer(const Error& error);

/// Does the work by the way the operator named, or by `way` and then, if that brings nothing and it may, by
/// the other; `way` says what became of it. `can_repeat`: nothing has been printed yet.
template <class T>
[[nodiscard]] Result<T> by_way(Way& way, Fallback fallback, const std::function<bool()>& can_repeat,
                               const std::function<Result<T>(Via)>& ask);

/// The node is no longer known to run Splash.
void forget_node(const Way& way);

template <class T>
Result<T> by_way(Way& way, Fallback fallback, const std::function<bool()>& can_repeat,
                 const std::function<Result<T>(Via)>& ask) {
    auto first = ask(way.via);
    if (first || !is_no_answer(first.error())) {
        return first;
    }
    if (way.via == Via::Snap) {
        forget_node(way);
    }
    if (fallback == Fallback::Never || !can_repeat()) {
        return first;
    }
    const bool was_snap = way.via == Via::Snap;
    const std::string why = (was_snap ? "by SNAP: " : "by SNMP: ") + first.error().detail;
    way.via = was_snap ? Via::Snmp : Via::Snap;
    way.reason = why;
    way.details.push_back("nothing came " + why);
    auto second = ask(way.via);
    if (second || !is_no_answer(second.error())) {
        return second;
    }
    return fail(second.error().code,
                why + (was_snap ? "; by SNMP: " : "; by SNAP: ") + second.error().detail);
}

}  // namespace splash::cli
