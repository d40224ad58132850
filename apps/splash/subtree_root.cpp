#include "subtree_root.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace splash::cli {

std::optional<SubtreeRoot> SubtreeRoot::from_arc(std::uint32_t arc) {
    auto asked = Oid::from_subids(std::array{arc, 0U});
    return asked ? std::optional(SubtreeRoot(*std::move(asked), 1)) : std::nullopt;
}

bool SubtreeRoot::contains(const Oid& object) const {
    const auto arcs = asked_.subids().first(arcs_);
    const auto subids = object.subids();
    return subids.size() >= arcs_ && std::equal(arcs.begin(), arcs.end(), subids.begin());
}

Oid SubtreeRoot::end() const {
    const auto arcs = asked_.subids().first(arcs_);
    std::vector<std::uint32_t> subids(arcs.begin(), arcs.end());
    while (!subids.empty() && subids.back() == std::numeric_limits<std::uint32_t>::max()) {
        subids.pop_back();
    }
    if (!subids.empty()) {
        ++subids.back();
    }
    if (subids.size() == 1) {
        subids.push_back(0);
    }
    // 1.40 and the like are no OIDs; nothing an agent has lies behind 2.65535.
    const auto end = Oid::from_subids(subids);
    return end ? *end : *Oid::parse("2.65535");
}

std::string SubtreeRoot::to_string() const {
    return is_arc() ? '.' + std::to_string(asked_.subids()[0]) : asked_.to_string();
}

}  // namespace splash::cli
