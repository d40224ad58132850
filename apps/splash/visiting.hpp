// The visit of a list of nodes by survey packets: as few as it takes, and what became of every node.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "asking.hpp"
#include "base/error.hpp"
#include "survey_program.hpp"
#include "target.hpp"
#include "transport.hpp"

namespace splash::cli {

/// A node that was not visited, or whose visit brought nothing.
struct Unanswered {
    Target node;
    std::string reason;
};

struct Survey {
    SurveyState state;
    std::vector<SurveyRow> rows;  ///< in the order of the visits
    std::vector<Unanswered> unanswered;
    std::size_t visited = 0;
    std::size_t not_needed = 0;  ///< left out because the threshold was reached before
    IpAddress stopped_at;        ///< where it was, if it was
    bool is_stopped = false;
    std::size_t packets = 0;  ///< sent, tries included
};

/// Told of every step: nodes that are done with, packets sent.
using SurveyProgress = std::function<void(const Survey&)>;

/// Sends packets until every node was visited, is known not to answer, or the threshold is reached. A packet
/// that ends early leaves what it gathered; the next one goes on from there. What falls silent is cut in
/// halves, and the halves asked again, until the nodes that do not answer are known.
/// @param nodes  each once. @error what Transport::send() says of the own node; TooLarge the program itself
[[nodiscard]] Result<Survey> visit(Transport& transport, const SurveyPlan& plan,
                                   const std::vector<Target>& nodes, const Tries& tries,
                                   const SurveyProgress& progress);

}  // namespace splash::cli
