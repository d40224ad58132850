// Which services a node offers, by the number that stands in the instruction.
#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>

#include "base/error.hpp"
#include "node/service.hpp"

namespace splash::node {

class ServiceRegistry {
public:
    struct Entry : Service {
        ServiceSet* set = nullptr;
        std::size_t number = 0;  ///< in the order of registration
    };

    /// Adds all services of a set or, if one cannot be, none. The set must outlive this object.
    /// @error AlreadyExists  a name, or the number made of it, is taken; both names are told.
    /// @error BadInput       a signature has a letter that means nothing.
    Result<> add(ServiceSet& set);

    [[nodiscard]] const Entry* find(std::uint32_t id) const;
    /// In the order of registration; they stay where they are.
    [[nodiscard]] const std::deque<Entry>& entries() const { return entries_; }

private:
    std::deque<Entry> entries_;
    std::unordered_map<std::uint32_t, const Entry*> by_id_;
};

}  // namespace splash::node
