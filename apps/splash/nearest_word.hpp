// What somebody who mistyped may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace splash::cli {

/// The candidate with the fewest insertions, deletions, substitutions and swaps of neighbours (optimal string
/// alignment) from `word`; empty if none is near: at most one for three letters, two for more.
[[nodiscard]] std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace splash::cli
