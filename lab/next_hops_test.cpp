#include <gtest/gtest.h>

#include <limits>

#include "lab/lab.hpp"

namespace splash::lab {
namespace {

constexpr std::size_t kFar = std::numeric_limits<std::size_t>::max() / 4;

/// Floyd and Warshall's distances: another method than the one under test.
std::vector<std::vector<std::size_t>> distances(const Topology& topology) {
    const std::size_t n = topology.nodes.size();
    std::vector d(n, std::vector<std::size_t>(n, kFar));
    for (std::size_t i = 0; i < n; ++i) {
        d[i][i] = 0;
    }
    for (const Link& link : topology.links) {
        d[link.a][link.b] = d[link.b][link.a] = 1;
    }
    for (std::size_t k = 0; k < n; ++k) {
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                d[i][j] = std::min(d[i][j], d[i][k] + d[k][j]);
            }
        }
    }
    return d;
}

TEST(NextHops, LeadToEveryNodeInTheFewestHops) {
    for (const char* name : {"honeycomb20", "honeycomb37", "grid30", "ring7", "tree15", "star5"}) {
        const Topology topology = generate(name).value();
        const auto hops = next_hops(topology);
        const auto d = distances(topology);
        for (std::size_t from = 0; from < topology.nodes.size(); ++from) {
            for (std::size_t to = 0; to < topology.nodes.size(); ++to) {
                std::size_t at = from;
                for (std::size_t steps = d[from][to]; steps > 0; --steps) {
                    const std::size_t next = hops[at][to].value();
                    ASSERT_EQ(d[at][next], 1U)
                        << name << ": " << at << " and " << next << " are no neighbours";
                    at = next;
                }
                ASSERT_EQ(at, to) << name << ": from " << from;
            }
        }
    }
}

TEST(NextHops, AreThemselvesOnTheDiagonal) {
    const auto hops = next_hops(generate("line3").value());
    EXPECT_EQ(hops[1][1], 1U);
}

TEST(NextHops, AreNoneToWhatCannotBeReached) {
    Topology topology = generate("line4").value();
    topology.links.erase(topology.links.begin() + 1);
    const auto hops = next_hops(topology);
    EXPECT_EQ(hops[0][1], 1U);
    EXPECT_FALSE(hops[0][2]);
    EXPECT_FALSE(hops[3][0]);
}

}  // namespace
}  // namespace splash::lab
