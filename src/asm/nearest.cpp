#include "nearest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace splash::assembly {
namespace {

constexpr std::size_t kMaxWord = 32;
constexpr std::size_t kMaxCandidates = 1000;

/// Optimal string alignment distance; both words are at most kMaxWord long.
std::size_t distance(std::string_view a, std::string_view b) {
    std::array<std::array<std::size_t, kMaxWord + 1>, kMaxWord + 1> d{};
    for (std::size_t i = 0; i <= a.size(); ++i) {
        d[i][0] = i;
    }
    for (std::size_t k = 0; k <= b.size(); ++k) {
        d[0][k] = k;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t k = 1; k <= b.size(); ++k) {
            const std::size_t changed = a[i - 1] == b[k - 1] ? 0 : 1;
            d[i][k] = std::min({d[i - 1][k] + 1, d[i][k - 1] + 1, d[i - 1][k - 1] + changed});
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
                d[i][k] = std::min(d[i][k], d[i - 2][k - 2] + 1);
            }
        }
    }
    return d[a.size()][b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    if (word.empty() || word.size() > kMaxWord) {
        return {};
    }
    std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
    std::string_view found;
    for (const std::string_view candidate : candidates.first(std::min(candidates.size(), kMaxCandidates))) {
        const std::size_t longer = std::max(word.size(), candidate.size());
        const std::size_t shorter = std::min(word.size(), candidate.size());
        if (longer > kMaxWord || longer - shorter >= best) {
            continue;
        }
        if (const std::size_t d = distance(word, candidate); d < best) {
            best = d;
            found = candidate;
        }
    }
    return found;
}

std::string suggest(std::string_view word, std::span<const std::string_view> candidates) {
    const std::string_view found = nearest(word, candidates);
    return found.empty() ? std::string() : "did you mean '" + std::string(found) + "'?";
}

std::string shorten(std::string_view word) {
    constexpr std::size_t kShown = 40;
    return word.size() <= kShown ? std::string(word) : std::string(word.substr(0, kShown - 3)) + "...";
}

}  // namespace splash::assembly
