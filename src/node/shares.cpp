#include "shares.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "policy.hpp"

namespace splash::node {

bool Shares::has_room(std::string_view principal, std::size_t limit) const {
    const std::size_t part = std::max<std::size_t>(limit / kParts, 1);
    if (in_all_ >= limit || of(principal) >= part) {
        return false;
    }
    return principal == kLocalPrincipal ||
           in_all_ - of(kLocalPrincipal) < std::max<std::size_t>(limit - part, 1);
}

std::size_t Shares::of(std::string_view principal) const {
    const auto found = by_principal_.find(principal);
    return found == by_principal_.end() ? 0 : found->second;
}

void Shares::take(std::string_view principal) {
    auto found = by_principal_.find(principal);
    if (found == by_principal_.end()) {
        found = by_principal_.emplace(principal, 0).first;
    }
    ++found->second;
    ++in_all_;
}

void Shares::give_back(std::string_view principal) {
    const auto found = by_principal_.find(principal);
    SPLASH_ASSERT(found != by_principal_.end(), "only what was taken is given back");
    --in_all_;
    if (--found->second == 0) {
        by_principal_.erase(found);
    }
}

}  // namespace splash::node
