// Whole files in and out.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace splash::cli {

/// The octets of a file of at most 1 MiB; "-" is standard input.
/// @error FileNotFound with the system's reason; TooLarge.
[[nodiscard]] Result<std::string> read_file(const std::string& path);

/// Replaces a file; "-" is standard output.
/// @error System with the system's reason.
Result<> write_file(const std::string& path, ConstBytes octets);

/// True if the octets are a SNAP packet, not assembly text: no text begins with the version octet.
[[nodiscard]] bool looks_assembled(std::string_view octets);

}  // namespace splash::cli
