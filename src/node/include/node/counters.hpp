// What a node counts; spec/counters.def is the list.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace splash::node {

struct Counters {
#define SPLASH_COUNTER(name, meaning) std::uint64_t name = 0;
#include "counters.def"
#undef SPLASH_COUNTER

    /// Calls visit(name, value) for every counter.
    template <class Visit>
    void for_each(Visit&& visit) const {
#define SPLASH_COUNTER(name, meaning) visit(std::string_view(#name), name);
#include "counters.def"
#undef SPLASH_COUNTER
    }
};

}  // namespace splash::node
