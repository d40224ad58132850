// What a link of a lab does to packets beyond carrying them: delay, loss and the like, set on a lab that is
// up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace splash::lab {

/// What one direction of a link does to the packets sent into it. Everything 0: nothing.
struct Impairment {
    std::chrono::microseconds delay{0};
    std::chrono::microseconds jitter{0};  ///< the delay is even between delay - jitter and delay + jitter
    double loss = 0;                      ///< percent, as all that follow
    double duplicate = 0;
    double reorder = 0;       ///< of packets that overtake the delay
    double corrupt = 0;       ///< of packets of which one bit is turned
    std::uint64_t rate = 0;   ///< bit/s; 0: as fast as it goes
    std::uint32_t limit = 0;  ///< packets that may wait for delay or rate; 0: the default of what does it
    bool operator==(const Impairment&) const = default;
};

/// @error BadInput  a value is out of its range, or means nothing without another; detail says which.
[[nodiscard]] Result<> check(const Impairment& impairment);
/// "delay 10 ms, loss 2.5 %"; empty if it does nothing.
[[nodiscard]] std::string to_string(const Impairment& impairment);

/// How a link is now, beside Link in LabInfo.
struct LinkCondition {
    Impairment from_a;  ///< to packets that a sends
    Impairment from_b;
    bool is_down = false;  ///< both interfaces were set down
    /// A process that carries its packets has ended and none pass, or who changed it was killed: impair it
    /// anew.
    bool is_broken = false;
    bool operator==(const LinkCondition&) const = default;
};

struct ImpairRequest {
    std::string lab;
    std::string where;                     ///< "A-B", a node, or NODE:INTERFACE
    bool one_way = false;                  ///< only packets from A to B, or from the node
    std::optional<Impairment> impairment;  ///< replaces what is there; one of zeros clears it
    std::optional<bool> is_down;
};

struct ImpairReport {
    std::vector<std::size_t> links;  ///< indexes into the lab's
    bool has_netem = false;
    /// What does it here, one a line: "rate: a token bucket (TBF), since this kernel has no netem".
    std::vector<std::string> means;
};

/// Changes links of a lab that is up. All or nothing for one direction of a link; the first failure ends it.
/// What a change that was killed left at these links is put right as well.
/// @error NotFound     no such lab, or it was taken down meanwhile.
/// @error NotFound     no such lab, node or link.
/// @error BadInput     check(), or `where` means several links.
/// @error Unsupported  tc, ip or a feature of the kernel is missing; detail says which.
[[nodiscard]] Result<ImpairReport> impair(const ImpairRequest& request);

}  // namespace splash::lab
