#include "lab/layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "topology_rules.hpp"

namespace splash::lab {
namespace {

/// The smallest distance of two nodes. A picture has a box of 84 x 40 pixels for a node and 230 pixels for
/// a unit: boxes that are 0.41 units apart do not touch, whatever the direction.
double closest(const std::vector<Point>& points) {
    double closest = 1e9;
    for (std::size_t i = 0; i < points.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            closest = std::min(closest, std::hypot(points[i].x - points[j].x, points[i].y - points[j].y));
        }
    }
    return closest;
}
constexpr double kApart = 0.45;

bool is_finite(const std::vector<Point>& points) {
    return std::ranges::all_of(points,
                               [](const Point& p) { return std::isfinite(p.x) && std::isfinite(p.y); });
}

Topology topology(std::size_t nodes, const std::vector<std::pair<std::size_t, std::size_t>>& pairs) {
    Topology made;
    made.name = "odd";
    made.nodes.resize(nodes);
    for (const auto& [a, b] : pairs) {
        made.links.push_back({.a = a, .b = b, .a_interface = {}, .b_interface = {}});
    }
    return made;
}

void expect_good(const Topology& topology) {
    const auto points = lay_out(topology);
    ASSERT_EQ(points.size(), topology.nodes.size());
    ASSERT_TRUE(is_finite(points)) << topology.name;
    ASSERT_GT(closest(points), kApart) << topology.name << " of " << topology.nodes.size();
}

TEST(Layout, EverySizeOfEveryKindHasItsNodesApart) {
    for (const std::string kind : {"honeycomb", "line", "ring", "star", "tree", "grid"}) {
        for (std::size_t n = 2; n <= kMaxNodes; ++n) {
            expect_good(generate(kind + std::to_string(n)).value());
        }
    }
}

TEST(Layout, WhatOnlyCallsItselfHoneycombIsDrawnByItsLinks) {
    Topology liar = topology(3, {{0, 1}, {1, 2}});
    liar.name = "honeycomb3";
    const auto points = lay_out(liar);
    // A line of three: the ends are twice as far from each other as from the middle.
    const auto distance = [&](std::size_t i, std::size_t j) {
        return std::hypot(points[i].x - points[j].x, points[i].y - points[j].y);
    };
    EXPECT_NEAR(distance(0, 2), 2 * distance(0, 1), 0.05);
    expect_good(liar);
}

TEST(Layout, TheSameTopologyGivesTheSamePoints) {
    const Topology some = topology(5, {{0, 1}, {1, 2}, {2, 0}, {3, 4}});
    const auto once = lay_out(some);
    const auto again = lay_out(some);
    for (std::size_t i = 0; i < once.size(); ++i) {
        EXPECT_EQ(once[i].x, again[i].x);
        EXPECT_EQ(once[i].y, again[i].y);
    }
}

TEST(Layout, NodesWithoutLinksAndPartsOnTheirOwnStandApart) {
    expect_good(topology(1, {}));
    expect_good(topology(2, {}));
    expect_good(topology(9, {}));
    expect_good(topology(8, {{0, 1}, {1, 2}, {3, 4}, {5, 6}}));
    expect_good(topology(4, {{0, 1}, {0, 1}, {1, 0}}));  // parallel links
}

TEST(Layout, AMeshOfAllWithAllStandsApart) {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t a = 0; a < 20; ++a) {
        for (std::size_t b = 0; b < a; ++b) {
            pairs.emplace_back(a, b);
        }
    }
    expect_good(topology(20, pairs));
}

TEST(Layout, LeavesOfOneHubStandApart) {  // the same distance to all: only the spread keeps them apart
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t leaf = 1; leaf < 60; ++leaf) {
        pairs.emplace_back(leaf, 0);
    }
    expect_good(topology(60, pairs));
}

TEST(Layout, TopologiesOfAnyShapeHaveTheirNodesApart) {
    std::mt19937 random(1);
    for (int round = 0; round < 40; ++round) {
        const std::size_t nodes = 2 + random() % 59;
        const std::size_t links = random() % (2 * nodes);
        std::vector<std::pair<std::size_t, std::size_t>> pairs;
        for (std::size_t i = 0; i < links; ++i) {
            const std::size_t a = random() % nodes;
            const std::size_t b = random() % nodes;
            if (a != b) {
                pairs.emplace_back(a, b);
            }
        }
        SCOPED_TRACE(round);
        expect_good(topology(nodes, pairs));
    }
}

}  // namespace
}  // namespace splash::lab
