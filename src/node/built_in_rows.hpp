// spec/services.def as rows, taken apart by set when the program is compiled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "node/service.hpp"

namespace splash::node {

enum class BuiltInSet : std::uint8_t { Host, Mib, Router, Dictionary, Session };

struct BuiltInRow {
    BuiltInSet set{};
    Service service;
};

inline constexpr auto kBuiltInRows = std::to_array<BuiltInRow>({
#define SPLASH_SERVICE(set, name, arguments, results, cost, right, when, meaning) \
    {BuiltInSet::set, {{name, arguments, results, cost}, Right::right, When::when, meaning}},
#include "services.def"
#undef SPLASH_SERVICE
});

consteval std::size_t count_of(BuiltInSet set) {
    std::size_t count = 0;
    for (const BuiltInRow& row : kBuiltInRows) {
        count += row.set == set ? 1 : 0;
    }
    return count;
}

/// The services of a set, in the order of the table.
template <BuiltInSet set>
inline constexpr auto kServicesOf = [] {
    std::array<Service, count_of(set)> services;
    std::size_t at = 0;
    for (const BuiltInRow& row : kBuiltInRows) {
        if (row.set == set) {
            services[at++] = row.service;
        }
    }
    return services;
}();

}  // namespace splash::node
