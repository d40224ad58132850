// Where a lab keeps what it has. One home for every path.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace splash::lab {

inline constexpr const char* kLabsDirectory = "/run/splash/lab";
inline constexpr const char* kNetnsDirectory = "/run/netns";

[[nodiscard]] std::string lab_directory(std::string_view lab);
[[nodiscard]] std::string lock_file(std::string_view lab);
[[nodiscard]] std::string record_file(std::string_view lab);
[[nodiscard]] std::string node_directory(std::string_view lab, std::string_view node);
/// "NAME-NODE", as `ip netns` knows it.
[[nodiscard]] std::string netns_name(std::string_view lab, std::string_view node);
[[nodiscard]] std::string netns_file(std::string_view lab, std::string_view node);

/// "doing: the system's reason" under the code that fits errno.
[[nodiscard]] Failure system_failure(int error_number, const std::string& doing);

/// Writes a whole file through a temporary neighbour: readers see the old text or the new.
[[nodiscard]] Result<> write_file(const std::string& path, std::string_view text, unsigned mode);
/// Up to `limit` octets from the file's end.
[[nodiscard]] Result<std::string> read_tail(const std::string& path, std::size_t limit);

}  // namespace splash::lab
