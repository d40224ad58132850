// Removing a lab, whole or half-made.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.hpp"

namespace splash::lab {

enum class GuardianIs : std::uint8_t {
    Ended,  ///< a running guardian is ended first, unless that is the caller
    Kept,   ///< it watches on, and takes over if the caller is killed
};

/// Ends every process in the lab's namespaces, unmounts them and removes the lab's directory. What is not
/// there is no error. The caller holds the lab's lock.
/// @error System  a process could not be ended, or a file not removed: the rest stays for another attempt.
[[nodiscard]] Result<> take_down(std::string_view lab, GuardianIs guardian);

}  // namespace splash::lab
