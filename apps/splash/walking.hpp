// Walks through a subtree, batch by batch, whichever way the batches come.
#pragma once

#include <functional>
#include <vector>

#include "asking.hpp"
#include "base/error.hpp"
#include "base/oid.hpp"
#include "object_lines.hpp"
#include "programs.hpp"
#include "subtree_root.hpp"

namespace splash::cli {

/// What one request brought.
struct Batch {
    std::vector<Line> lines;  ///< what follows the OID asked, in the agent's order; may go beyond the subtree
    bool is_last = false;     ///< the far end said that the subtree ends here
};
using Fetch = std::function<Result<Batch>(const Oid& after)>;

/// Why a walk ends here: `object` came behind `last`.
[[nodiscard]] Failure circle(const Oid& object, const Oid& last, Ordering ordering);

/// Gives every object of the subtree to `take`, in order and once each, until the subtree or the MIB ends.
/// @error what `fetch` says; Protocol an OID does not follow the one before (Ascending) or came before (Any):
/// the agent would lead in circles
[[nodiscard]] Result<> walk_subtree(const SubtreeRoot& root, Ordering ordering, const Fetch& fetch,
                                    const std::function<void(const Line&)>& take);

/// Fetches by walk_program(). What does not fit the way home is asked for in smaller packets.
/// @error TimedOut; Reported; Refused the node's own reason; Unsupported; Protocol
class SnapFetch {
public:
    SnapFetch(Transport& transport, const Target& target, const Tries& tries, const SubtreeRoot& root,
              Ordering ordering)
        : transport_(transport), target_(target), tries_(tries), root_(root), ordering_(ordering) {}
    [[nodiscard]] Result<Batch> operator()(const Oid& after);

private:
    Transport& transport_;
    Target target_;
    Tries tries_;
    SubtreeRoot root_;
    Ordering ordering_;
    std::size_t room_ = kRoomyPacket;
};

}  // namespace splash::cli
