#include "nearest_word.hpp"

#include <algorithm>

namespace splash::cli {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t k = 0; k <= b.size(); ++k) {
            if (i == 0 || k == 0) {
                cost[i][k] = i + k;
                continue;
            }
            const std::size_t substituted = cost[i - 1][k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1);
            cost[i][k] = std::min({cost[i - 1][k] + 1, cost[i][k - 1] + 1, substituted});
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
                cost[i][k] = std::min(cost[i][k], cost[i - 2][k - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
    std::size_t best = word.size() > 3 ? 3 : 2;  // one more than is near
    std::string nearest;
    for (const std::string& candidate : candidates) {
        const std::size_t away = distance(word, candidate);
        if (away < best && away < std::max(word.size(), candidate.size())) {
            best = away;
            nearest = candidate;
        }
    }
    return nearest;
}

}  // namespace splash::cli
