// What errno says, as an Error.
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace splash::linux {

/// "doing: No such file or directory" under `code`.
[[nodiscard]] Failure os_failure(Errc code, std::string_view doing, int error_number);
/// The same under Errc::System.
[[nodiscard]] Failure os_failure(std::string_view doing, int error_number);

}  // namespace splash::linux
