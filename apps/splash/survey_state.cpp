#include "survey_state.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace splash::cli {
namespace {

std::int64_t wrapping_sum(const isa::Value& a, const isa::Value& b) {
    const auto* const x = std::get_if<std::int64_t>(&a);
    const auto* const y = std::get_if<std::int64_t>(&b);
    return static_cast<std::int64_t>((x != nullptr ? static_cast<std::uint64_t>(*x) : 0) +
                                     (y != nullptr ? static_cast<std::uint64_t>(*y) : 0));
}

/// A value and the node that has it, beside each other in the state.
struct Held {
    std::int64_t value = 0;
    IpAddress node;
};

/// What the places `first`, `first` + 2... of a state hold; places that were not taken have no node.
std::vector<Held> held(const SurveyState& state) {
    std::vector<Held> found;
    for (std::size_t at = 0; at + 2 < state.size(); at += 2) {
        const auto* const value = std::get_if<std::int64_t>(&state[at]);
        const auto* const node = std::get_if<IpAddress>(&state[at + 1]);
        if (value != nullptr && node != nullptr) {
            found.push_back({*value, *node});
        }
    }
    return found;
}

}  // namespace

void add_state(const SurveyPlan& plan, const VisitOrder& order, const SurveyState& more, SurveyState& all) {
    const std::int64_t count = wrapping_sum(all.back(), more.back());
    switch (plan.aggregate) {
        case Gathering::Sum:
        case Gathering::Average: all[0] = wrapping_sum(all[0], more[0]); break;
        case Gathering::Minimum:
        case Gathering::Maximum:
        case Gathering::Top: {
            std::vector<Held> best = held(all);
            std::ranges::move(held(more), std::back_inserter(best));
            const auto place_of = [&order](const IpAddress& node) {
                const auto found = order.find(node);
                return found == order.end() ? order.size() : found->second;
            };
            std::ranges::stable_sort(best, [&](const Held& a, const Held& b) {
                const bool is_better =
                    plan.aggregate == Gathering::Minimum ? a.value < b.value : a.value > b.value;
                return a.value == b.value ? place_of(a.node) < place_of(b.node) : is_better;
            });
            // The last place of the state, in front of the count, is the best one's.
            const std::size_t places = (all.size() - 1) / 2;
            for (std::size_t i = 0; i < std::min(places, best.size()); ++i) {
                all[2 * (places - 1 - i)] = best[i].value;
                all[2 * (places - 1 - i) + 1] = best[i].node;
            }
            break;
        }
        case Gathering::List:
        case Gathering::Count: break;
    }
    all.back() = count;
}

}  // namespace splash::cli
