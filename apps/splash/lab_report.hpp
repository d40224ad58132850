// Labs in words and in JSON, for the commands that show them.
//
// A lab is {"name", "topology", "nodes": [{"name", "loopback", "loopback_ipv6", "netns", "socket",
// "directory", "pid", "running", "state"}], "links": number, "conditions": [{"link", "from", "to", "down",
// "broken", "impairment"}]}. loopback_ipv6 is null without IPv6, pid where no splashd was started; state is
// up, stopped, died or host. conditions has a direction of a link each, only those that are not as they were
// made; impairment is {"delay_ms", "jitter_ms", "loss", "duplicate", "reorder", "corrupt", "rate", "limit"},
// without those that are 0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json_output.hpp"
#include "lab/lab.hpp"

namespace splash::cli {

/// A generator's name, or a .clab.yml file.
[[nodiscard]] Result<lab::Topology> load_topology(const std::string& text);

/// "up", "stopped", "died" or "host".
[[nodiscard]] std::string_view state_of(const lab::NodeInfo& node);
[[nodiscard]] Json json_impairment(const lab::Impairment& impairment);
[[nodiscard]] Json json_lab(const lab::LabInfo& lab);
/// "19 of 20": nodes on which splashd runs, of those where it should.
[[nodiscard]] std::string running_of(const lab::LabInfo& lab);
/// What is done to a link, a line for both ways or one for each; empty: nothing.
[[nodiscard]] std::vector<std::string> conditions_of(const lab::LabInfo& lab, std::size_t link);
/// What a user should know: daemons that died or were stopped, links that are not as they were made.
[[nodiscard]] std::vector<std::string> remarks_on(const lab::LabInfo& lab);

}  // namespace splash::cli
