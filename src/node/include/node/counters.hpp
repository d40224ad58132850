// What a node counts and holds: the tables of spec/counters.def, gauges.def and principal_counters.def as
// structs.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace splash::node {

/// Since the node started.
struct Counters {
#define SPLASH_COUNTER(name, number, metric, reason, meaning) std::uint64_t name = 0;
#include "counters.def"
#undef SPLASH_COUNTER
};

/// At this moment.
struct Gauges {
#define SPLASH_GAUGE(name, number, metric, meaning) std::uint32_t name = 0;
#include "gauges.def"
#undef SPLASH_GAUGE
};

/// Since the principal is in the configuration.
struct PrincipalCounters {
#define SPLASH_PRINCIPAL_COUNTER(name, number, metric, meaning) std::uint64_t name = 0;
#include "principal_counters.def"
#undef SPLASH_PRINCIPAL_COUNTER
};

/// A row of one of these tables, and the field of `Struct` it stands for.
template <class Struct, class Number>
struct CounterRow {
    std::string_view name;
    std::uint32_t number = 0;
    std::string_view metric;
    std::string_view reason;
    std::string_view meaning;
    Number Struct::*field = nullptr;
};

inline constexpr auto kCounterRows = std::to_array<CounterRow<Counters, std::uint64_t>>({
#define SPLASH_COUNTER(name, number, metric, reason, meaning) \
    {#name, number, metric, reason, meaning, &Counters::name},
#include "counters.def"
#undef SPLASH_COUNTER
});
inline constexpr auto kGaugeRows = std::to_array<CounterRow<Gauges, std::uint32_t>>({
#define SPLASH_GAUGE(name, number, metric, meaning) {#name, number, metric, "", meaning, &Gauges::name},
#include "gauges.def"
#undef SPLASH_GAUGE
});
inline constexpr auto kPrincipalCounterRows = std::to_array<CounterRow<PrincipalCounters, std::uint64_t>>({
#define SPLASH_PRINCIPAL_COUNTER(name, number, metric, meaning) \
    {#name, number, metric, "", meaning, &PrincipalCounters::name},
#include "principal_counters.def"
#undef SPLASH_PRINCIPAL_COUNTER
});

/// Numbers are arcs of SPLASH-MIB: two rows of one table must not share one.
template <class Rows>
[[nodiscard]] constexpr bool numbers_are_unique(const Rows& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t k = i + 1; k < rows.size(); ++k) {
            if (rows[i].number == rows[k].number) {
                return false;
            }
        }
    }
    return true;
}
static_assert(numbers_are_unique(kCounterRows) && numbers_are_unique(kGaugeRows) &&
              numbers_are_unique(kPrincipalCounterRows));

}  // namespace splash::node
