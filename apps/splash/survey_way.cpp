#include "survey_way.hpp"

#include <algorithm>

#include "programs.hpp"

namespace splash::cli {
namespace {

constexpr std::size_t kIpHeader = 20;
constexpr std::size_t kRouterAlert = 4;
/// What is left of the code of a packet that comes home.
constexpr std::size_t kCodeHome = 2 * sizeof(std::uint32_t);

/// What a node adds to a list: a tuple of its values, the node and the tuple before, and what they name.
std::size_t growth(const SurveyPlan& plan) {
    if (plan.aggregate != Gathering::List) {
        return 0;
    }
    const std::size_t values = plan.task.objects.size() + (plan.task.reaction ? 1 : 0);
    std::size_t size = (values + 2) * isa::kWordSize;
    for (const Oid& object : plan.task.objects) {
        isa::HeapWriter heap;  // of its own: equal values would share their place
        static_cast<void>(heap.put(typical_value(object)));
        size += heap.heap().size();
    }
    return size;
}

/// Each link counts once a packet of so many octets.
void cross(WayCost& cost, std::size_t octets, std::uint64_t links) {
    ++cost.messages;
    cost.octets += octets * links;
}

}  // namespace

std::uint64_t links_to(const SurveyPlace& place) {
    return place.known.route.empty() ? kAssumedLinks : place.known.route.size() - 1;
}

std::uint64_t links_between(const SurveyPlace& from, const SurveyPlace& to) {
    const std::vector<IpAddress>& a = from.known.route;
    const std::vector<IpAddress>& b = to.known.route;
    if (a.empty() || b.empty()) {
        return 1;
    }
    const auto [x, y] = std::ranges::mismatch(a, b);
    return static_cast<std::uint64_t>((a.end() - x) + (b.end() - y));
}

Result<WayCost> tour_cost(const SurveyPlan& plan, const std::vector<SurveyPlace>& places) {
    WayCost cost;
    const std::size_t home =
        kIpHeader + isa::kHeaderSize4 + kCodeHome + (initial_state(plan).size() + 3) * isa::kWordSize;
    for (std::size_t at = 0; at < places.size();) {
        std::vector<IpAddress> rest;
        for (std::size_t i = at + 1; i < places.size(); ++i) {
            rest.push_back(places[i].node.address);
        }
        const auto program = survey_program(plan, initial_state(plan), rest);
        if (!program) {
            return Failure(program.error());
        }
        std::size_t size = program->to_wire().size();
        std::size_t gathered = 0;
        std::size_t end = places.size();
        if (size > plan.room) {  // the others wait for a packet of their own
            const std::size_t words = (size - plan.room + isa::kWordSize - 1) / isa::kWordSize;
            end -= std::min(words, rest.size());
            size -= std::min(words, rest.size()) * isa::kWordSize;
        }
        cross(cost, kIpHeader + size, links_to(places[at]));
        gathered += growth(plan);
        for (++at; at < end && size + gathered <= plan.room; ++at) {
            size -= std::min(size, isa::kWordSize);
            cross(cost, kIpHeader + size + gathered, links_between(places[at - 1], places[at]));
            gathered += growth(plan);
        }
        cross(cost, home + gathered, links_to(places[at - 1]));
    }
    return cost;
}

WayCost cost_of_each(const WayCost& each, const std::vector<SurveyPlace>& places) {
    WayCost cost;
    for (const SurveyPlace& place : places) {
        cost.messages += each.messages;
        cost.octets += each.octets * links_to(place);
    }
    return cost;
}

Work work_of_survey(const SurveyPlan& plan) {
    return work_of(questions_about(Question::Kind::Get, objects_of(plan)));
}

Work work_of_survey(const ColumnPlan& plan, bool is_chosen_on_node) {
    return work_of_rows(plan.query, is_chosen_on_node);
}

WayCost cost_of_routes(const std::vector<SurveyPlace>& places) {
    const std::size_t there = kIpHeader + kRouterAlert + route_program().to_wire().size();
    const std::size_t home = kIpHeader + isa::kHeaderSize4 + kCodeHome + 2 * isa::kWordSize;
    WayCost cost;
    for (const SurveyPlace& place : places) {
        const std::uint64_t links = links_to(place);
        cross(cost, there + links * isa::kWordSize / 2, links);
        cross(cost, home + links * isa::kWordSize, links);
    }
    return cost;
}

}  // namespace splash::cli
