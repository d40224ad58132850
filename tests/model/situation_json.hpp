// Situations and what was observed as JSON: what the engine's driver and the model in Python tell each other.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "situation.hpp"

namespace splash::model {

[[nodiscard]] nlohmann::json to_json(const conformance::Situation& situation);
/// Throws nlohmann::json::exception or std::invalid_argument where it is none.
[[nodiscard]] conformance::Situation situation_from_json(const nlohmann::json& json);

/// Octets as hex, everything else as a case file writes it.
[[nodiscard]] nlohmann::json to_json(const conformance::Observed& observed);

[[nodiscard]] std::string to_hex(const std::vector<std::byte>& octets);

}  // namespace splash::model
