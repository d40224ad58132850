#include "lab/layout.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <queue>
#include <string_view>

#include "topology_rules.hpp"

namespace splash::lab {
namespace {

constexpr double kLeafDistance = 0.5;   // between the rows of a tree's leaves
constexpr double kClosest = 0.75;       // of any two nodes
constexpr std::size_t kLongestRow = 8;  // of a line before it turns
constexpr int kRounds = 300;            // of stress majorization; it stands still long before

Point on_circle(std::size_t i, std::size_t n, double radius) {
    const double angle =
        2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n) - std::numbers::pi / 2;
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

/// The radius at which n points on a circle are a unit apart.
double radius_for(std::size_t n) {
    return n < 2 ? 0 : 0.5 / std::sin(std::numbers::pi / static_cast<double>(n));
}

std::vector<Point> lay_out_cells(std::size_t n) {
    const std::size_t columns = columns_for(n);
    std::vector<Point> points;
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t row = i / columns;
        points.push_back({static_cast<double>(i % columns), static_cast<double>(row) * 0.8});
    }
    return points;
}

/// The brick wall of generate() with its bricks bent to regular hexagons.
std::vector<Point> lay_out_honeycomb(std::size_t n) {
    const std::size_t columns = columns_for(n);
    std::vector<Point> points;
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t row = i / columns;
        const std::size_t column = i % columns;
        const double bend = (row + column) % 2 == 0 ? 0.25 : -0.25;
        points.push_back(
            {static_cast<double>(column) * std::numbers::sqrt3 / 2, static_cast<double>(row) * 1.5 + bend});
    }
    return points;
}

/// Turns at the end of a row, so that neighbours stay neighbours.
std::vector<Point> lay_out_line(std::size_t n) {
    std::vector<Point> points;
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t row = i / kLongestRow;
        const std::size_t column = i % kLongestRow;
        points.push_back({static_cast<double>(row % 2 == 0 ? column : kLongestRow - 1 - column),
                          static_cast<double>(row) * 0.8});
    }
    return points;
}

std::vector<Point> lay_out_ring(std::size_t n) {
    std::vector<Point> points;
    for (std::size_t i = 0; i < n; ++i) {
        points.push_back(on_circle(i, n, radius_for(n)));
    }
    return points;
}

std::vector<Point> lay_out_star(std::size_t n) {
    std::vector<Point> points{{0, 0}};
    const double radius = std::max(1.0, radius_for(n - 1) * kClosest);
    for (std::size_t i = 1; i < n; ++i) {
        points.push_back(on_circle(i - 1, n - 1, radius));
    }
    return points;
}

/// From the root at the left to the leaves at the right; a parent stands in the middle of its children.
std::vector<Point> lay_out_tree(std::size_t n) {
    std::vector<Point> points(n);
    double next_leaf = 0;
    const auto place = [&](const auto& self, std::size_t node, double depth) -> void {
        const std::size_t first = 2 * node + 1;
        if (first >= n) {
            points[node] = {depth, next_leaf};
            next_leaf += kLeafDistance;
            return;
        }
        const std::size_t last = std::min(first + 1, n - 1);
        for (std::size_t child = first; child <= last; ++child) {
            self(self, child, depth + 1);
        }
        points[node] = {depth, (points[first].y + points[last].y) / 2};
    };
    place(place, 0, 0);
    return points;
}

/// Hops between all pairs; between parts that are not joined, a little more than the widest part.
std::vector<std::vector<double>> distances(const Topology& topology) {
    const std::size_t n = topology.nodes.size();
    std::vector<std::vector<std::size_t>> neighbours(n);
    for (const Link& link : topology.links) {
        neighbours[link.a].push_back(link.b);
        neighbours[link.b].push_back(link.a);
    }
    std::vector<std::vector<double>> hops(n, std::vector<double>(n, -1));
    double widest = 1;
    for (std::size_t from = 0; from < n; ++from) {
        std::queue<std::size_t> frontier({from});
        hops[from][from] = 0;
        while (!frontier.empty()) {
            const std::size_t at = frontier.front();
            frontier.pop();
            widest = std::max(widest, hops[from][at]);
            for (const std::size_t next : neighbours[at]) {
                if (hops[from][next] < 0) {
                    hops[from][next] = hops[from][at] + 1;
                    frontier.push(next);
                }
            }
        }
    }
    for (auto& row : hops) {
        std::ranges::replace(row, -1.0, widest * 0.7 + 1);
    }
    return hops;
}

/// Stress majorization (Gansner, Koren, North 2004), one node after the other: every node moves to where the
/// others, each weighed by the square of its distance, would have it.
std::vector<Point> lay_out_by_distance(const Topology& topology) {
    const std::size_t n = topology.nodes.size();
    const auto wanted = distances(topology);
    std::vector<Point> points = lay_out_ring(n);
    for (int round = 0; round < kRounds; ++round) {
        for (std::size_t i = 0; i < n; ++i) {
            Point sum;
            double weights = 0;
            for (std::size_t j = 0; j < n; ++j) {
                if (i == j) {
                    continue;
                }
                const double weight = 1 / (wanted[i][j] * wanted[i][j]);
                const double dx = points[i].x - points[j].x;
                const double dy = points[i].y - points[j].y;
                const double scale = wanted[i][j] / std::max(std::hypot(dx, dy), 1e-9);
                sum.x += weight * (points[j].x + dx * scale);
                sum.y += weight * (points[j].y + dy * scale);
                weights += weight;
            }
            if (weights > 0) {
                points[i] = {sum.x / weights, sum.y / weights};
            }
        }
    }
    return points;
}

/// Blows the drawing up until no two nodes are too close.
void spread(std::vector<Point>& points) {
    double closest = 1;
    for (std::size_t i = 0; i < points.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            closest = std::min(closest, std::hypot(points[i].x - points[j].x, points[i].y - points[j].y));
        }
    }
    constexpr double kMostBlown = 4;
    const double factor = std::min(kMostBlown, std::max(1.0, kClosest / std::max(closest, 1e-9)));
    for (Point& point : points) {
        point = {point.x * factor, point.y * factor};
    }
}

struct Known {
    std::string_view kind;
    std::vector<Point> (*lay_out)(std::size_t);
};
constexpr auto kKnown = std::to_array<Known>({{"honeycomb", lay_out_honeycomb},
                                              {"line", lay_out_line},
                                              {"ring", lay_out_ring},
                                              {"star", lay_out_star},
                                              {"tree", lay_out_tree},
                                              {"grid", lay_out_cells}});

}  // namespace

std::vector<Point> lay_out(const Topology& topology) {
    // A file may call anything honeycomb20: it is one if its links are.
    const auto generated = generate(topology.name);
    if (generated && generated->links == topology.links && generated->nodes.size() == topology.nodes.size()) {
        const std::string kind = topology.name.substr(0, topology.name.find_first_of("0123456789"));
        const auto* const known = std::ranges::find(kKnown, kind, &Known::kind);
        if (known != kKnown.end()) {
            return known->lay_out(topology.nodes.size());
        }
    }
    std::vector<Point> points = lay_out_by_distance(topology);
    spread(points);
    return points;
}

}  // namespace splash::lab
