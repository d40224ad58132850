// What discovery found, as a drawing.
#pragma once

#include <string>

#include "discovery.hpp"
#include "lab_picture.hpp"

namespace splash::cli {

/// Drawn as labs are; a link that is not proven is drawn as one that is down.
[[nodiscard]] Picture picture_of(const FoundNetwork& network, const std::string& start);

}  // namespace splash::cli
