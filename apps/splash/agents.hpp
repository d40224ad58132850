// SNMP agents of many nodes, asked at once, as the operator's options say.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "base/error.hpp"
#include "snmp/poller.hpp"
#include "visiting.hpp"
#include "way.hpp"
#include "whereabouts.hpp"

namespace splash::cli {

class Agents {
public:
    /// In a lab the process is in the start's network namespace afterwards.
    /// @error Usage an option of SNMP is wrong, or --socket is given and --via is not auto; NotFound, System
    [[nodiscard]] static Result<Agents> open(const Options& options, const Whereabouts& whereabouts,
                                             unsigned default_retries);

    [[nodiscard]] snmp::Poller& reader() { return reader_; }
    /// Sends every request once.
    [[nodiscard]] snmp::Poller& writer() { return writer_; }

private:
    Agents(snmp::Poller reader, snmp::Poller writer)
        : reader_(std::move(reader)), writer_(std::move(writer)) {}

    snmp::Poller reader_;
    snmp::Poller writer_;
};

/// Measures messages as an agent's session would encode them. @error Usage, System
[[nodiscard]] Result<SnmpSize> message_size_by_snmp(const Options& options, const Target& agent);

/// Why an agent is among the unanswered.
[[nodiscard]] std::string reason_by_snmp(const Error& error);

/// visit() by SNMP: all agents are asked at once, and the survey's program is executed here with what they
/// answered, node by node in the order given. Where the survey writes and has a threshold, one node after the
/// other is asked: those behind it must not be written.
/// @param assignment  the write, if the plan has one
[[nodiscard]] Result<Survey> visit_agents(Agents& agents, const SurveyPlan& plan,
                                          const std::optional<Assignment>& assignment,
                                          const std::vector<Target>& nodes, const SurveyProgress& progress,
                                          Survey so_far);

}  // namespace splash::cli
