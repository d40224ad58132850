#include <cstddef>
#include <queue>

#include "lab/lab.hpp"

namespace splash::lab {

std::vector<std::vector<std::optional<std::size_t>>> next_hops(const Topology& topology) {
    const std::size_t n = topology.nodes.size();
    std::vector<std::vector<std::size_t>> neighbours(n);
    for (const Link& link : topology.links) {
        neighbours[link.a].push_back(link.b);
        neighbours[link.b].push_back(link.a);
    }
    std::vector hops(n, std::vector<std::optional<std::size_t>>(n));
    for (std::size_t destination = 0; destination < n; ++destination) {
        // Breadth first from the destination: whoever discovers a node is its next hop, so routes of
        // different nodes to one destination form a tree and cannot loop.
        hops[destination][destination] = destination;
        std::queue<std::size_t> frontier({destination});
        while (!frontier.empty()) {
            const std::size_t at = frontier.front();
            frontier.pop();
            for (const std::size_t next : neighbours[at]) {
                if (!hops[next][destination]) {
                    hops[next][destination] = at;
                    frontier.push(next);
                }
            }
        }
    }
    return hops;
}

}  // namespace splash::lab
