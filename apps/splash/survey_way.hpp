// What a survey costs the network by SNAP and by SNMP, and which nodes are asked by which.
//
// What is counted is octets of IP packets, on each link that they cross: a survey's packet goes from node to
// node, requests and answers of SNMP go all the way. How far nodes are from here and from each other, their
// routes say (KnownNodes::Entry); where they are not known, kAssumedLinks and one link are taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "column_survey.hpp"
#include "known_nodes.hpp"
#include "survey_program.hpp"
#include "way.hpp"

namespace splash::cli {

inline constexpr std::uint64_t kAssumedLinks = 4;

/// A node as far as the choice is about it.
struct SurveyPlace {
    Target node;
    KnownNodes::Entry known;
    bool was_known = false;  ///< from an earlier command
};

[[nodiscard]] std::uint64_t links_to(const SurveyPlace& place);
[[nodiscard]] std::uint64_t links_between(const SurveyPlace& from, const SurveyPlace& to);

/// Of a visit by packets, in this order. @error TooLarge the program does not fit a packet
[[nodiscard]] Result<WayCost> tour_cost(const SurveyPlan& plan, const std::vector<SurveyPlace>& places);
/// Of asking each node by itself, where one costs `each`.
[[nodiscard]] WayCost cost_of_each(const WayCost& each, const std::vector<SurveyPlace>& places);
/// What the nodes' agents are asked for, and what the nodes are where it is of whole columns.
[[nodiscard]] Work work_of_survey(const SurveyPlan& plan);
[[nodiscard]] Work work_of_survey(const ColumnPlan& plan, bool is_chosen_on_node);
/// Of finding out who runs Splash and where: route_program() to each.
[[nodiscard]] WayCost cost_of_routes(const std::vector<SurveyPlace>& places);

}  // namespace splash::cli
