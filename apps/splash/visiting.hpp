// The visit of a list of nodes by survey packets: as few as it takes, and what became of every node.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "asking.hpp"
#include "base/error.hpp"
#include "survey_program.hpp"
#include "survey_state.hpp"
#include "target.hpp"
#include "transport.hpp"

namespace splash::cli {

/// A node that was not visited, or whose visit brought nothing.
struct Unanswered {
    Target node;
    std::string reason;
    std::optional<isa::Reason> report{};  ///< what was reported of it; nullopt: nothing
};

struct Survey {
    SurveyState state;
    std::vector<SurveyRow> rows;  ///< in the order of the visits
    std::vector<Unanswered> unanswered;
    std::size_t visited = 0;
    std::map<IpAddress, Via> answered;  ///< by which way each of those was
    std::size_t not_needed = 0;         ///< left out because the threshold was reached before
    IpAddress stopped_at;               ///< where it was, if it was
    bool is_stopped = false;
    std::size_t packets = 0;  ///< sent, tries included
    VisitOrder order;
};

/// Nothing gathered so far, of nodes that are going to be visited in this order.
[[nodiscard]] Survey begin_survey(const SurveyPlan& plan, const std::vector<Target>& nodes);
/// The rows in the order of the nodes, and the nodes without an answer.
void sort_by_nodes(Survey& survey);

/// Told of every step: nodes that are done with, packets sent.
using SurveyProgress = std::function<void(const Survey&)>;

/// So many packets go beside each other.
inline constexpr std::size_t kMostBesides = 16;

/// Sends packets until every node was visited, is known not to answer, or the threshold is reached. A packet
/// that ends early leaves what it gathered; the next one goes on from there. What falls silent is cut in
/// halves, and the halves asked again, until the nodes that do not answer are known. Where there is more than
/// one packet to send, up to kMostBesides go beside each other, but one after the other if there is a
/// threshold.
/// @param nodes  each once. @param so_far  what was gathered at others before @error what Transport::send()
/// says of the own node; TooLarge the program itself
[[nodiscard]] Result<Survey> visit(Transport& transport, const SurveyPlan& plan,
                                   const std::vector<Target>& nodes, const Tries& tries,
                                   const SurveyProgress& progress, Survey so_far);
[[nodiscard]] Result<Survey> visit(Transport& transport, const SurveyPlan& plan,
                                   const std::vector<Target>& nodes, const Tries& tries,
                                   const SurveyProgress& progress);

}  // namespace splash::cli
