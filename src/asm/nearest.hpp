// "Did you mean": the closest of some known words.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace splash::assembly {

/// The candidate closest to `word` by inserted, dropped, changed or swapped characters; empty if none is
/// close enough to be worth a word. Looks at the first 1,000 candidates only, so that a hostile source costs
/// little.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// "did you mean 'push'?", or nothing.
[[nodiscard]] std::string suggest(std::string_view word, std::span<const std::string_view> candidates);

/// A word for a message: at most 40 characters of it.
[[nodiscard]] std::string shorten(std::string_view word);

}  // namespace splash::assembly
