// --via auto of a survey: who runs Splash, and which nodes are asked by which way.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "json_output.hpp"
#include "survey_way.hpp"
#include "visiting.hpp"

namespace splash::cli {

/// How the nodes of a survey are asked.
struct SurveyWays {
    std::map<IpAddress, Via> of;  ///< each node's, Snmp or Snap
    std::string reason;
    std::vector<std::string> details;              ///< for --explain, a line each
    std::map<IpAddress, KnownNodes::Entry> known;  ///< who runs Splash, as far as it was found out

    [[nodiscard]] Via via(const Target& node) const { return of.at(node.address); }
};

/// What the survey costs at these nodes.
using SurveyCost = std::function<Result<WayCost>(const std::vector<SurveyPlace>& places)>;

struct SurveyQuestion {
    const Options& options;
    const std::vector<Target>& nodes;
    Transport* transport;      ///< null: there is none
    std::string snap_refusal;  ///< then why
    SurveyCost snap;
    SurveyCost snmp;  ///< an error: SNMP cannot be tried at all
    Tries tries;
};
/// @error neither way can be begun: both reasons
[[nodiscard]] Result<SurveyWays> choose_ways(const SurveyQuestion& question);

/// All nodes by one way, as the operator said.
[[nodiscard]] SurveyWays one_way(Via via, const std::vector<Target>& nodes);

/// "splash: 3 nodes by SNAP, 1 by SNMP: SNAP 1240 octets, SNMP 2390", and the details if they are wanted.
void tell_ways(const Survey& survey, const SurveyWays& ways, const Options& options, std::ostream& err);

}  // namespace splash::cli
