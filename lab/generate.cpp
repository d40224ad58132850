#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>

#include "lab/lab.hpp"
#include "topology_rules.hpp"

namespace splash::lab {
namespace {

/// Joins nodes in order; interfaces count from eth1 on each node.
class Drawing {
public:
    explicit Drawing(std::size_t n) : used_(n, 0) {
        for (std::size_t i = 0; i < n; ++i) {
            topology_.nodes.emplace_back().name = "n" + std::to_string(i + 1);
        }
    }
    void join(std::size_t a, std::size_t b) {
        topology_.links.push_back(
            {.a = a, .b = b, .a_interface = next_interface(a), .b_interface = next_interface(b)});
    }
    [[nodiscard]] std::size_t size() const { return used_.size(); }
    [[nodiscard]] Topology take() { return std::move(topology_); }

private:
    std::string next_interface(std::size_t node) { return "eth" + std::to_string(++used_[node]); }

    Topology topology_;
    std::vector<std::size_t> used_;
};

/// A honeycomb drawn as a brick wall: rows are joined along, and every other cell to the one below.
void draw_honeycomb(Drawing& d) {
    const std::size_t columns = columns_for(d.size());
    for (std::size_t i = 0; i < d.size(); ++i) {
        const std::size_t row = i / columns;
        const std::size_t column = i % columns;
        if (column + 1 < columns && i + 1 < d.size()) {
            d.join(i, i + 1);
        }
        // A last row of a single cell has no other way up, whatever its parity.
        const bool only_way = column == 0 && i + columns + 1 == d.size();
        if (i + columns < d.size() && ((row + column) % 2 == 0 || only_way)) {
            d.join(i, i + columns);
        }
    }
}

void draw_grid(Drawing& d) {
    const std::size_t columns = columns_for(d.size());
    for (std::size_t i = 0; i < d.size(); ++i) {
        if (i % columns + 1 < columns && i + 1 < d.size()) {
            d.join(i, i + 1);
        }
        if (i + columns < d.size()) {
            d.join(i, i + columns);
        }
    }
}

void draw_line(Drawing& d) {
    for (std::size_t i = 0; i + 1 < d.size(); ++i) {
        d.join(i, i + 1);
    }
}

void draw_ring(Drawing& d) {
    draw_line(d);
    if (d.size() > 2) {
        d.join(d.size() - 1, 0);
    }
}

void draw_star(Drawing& d) {
    for (std::size_t i = 1; i < d.size(); ++i) {
        d.join(0, i);
    }
}

void draw_tree(Drawing& d) {
    for (std::size_t i = 1; i < d.size(); ++i) {
        d.join((i - 1) / 2, i);
    }
}

struct Generator {
    std::string_view name;
    void (*draw)(Drawing&);
};
constexpr auto kGenerators = std::to_array<Generator>({
    {"honeycomb", draw_honeycomb},
    {"line", draw_line},
    {"ring", draw_ring},
    {"star", draw_star},
    {"tree", draw_tree},
    {"grid", draw_grid},
});

}  // namespace

std::size_t columns_for(std::size_t n) {
    std::size_t columns = 1;
    while (columns * columns < n) {
        ++columns;
    }
    return columns;
}

Result<Topology> generate(std::string_view name) {
    const std::size_t digits = std::min(name.find_first_of("0123456789"), name.size());
    const std::string_view count = name.substr(digits);
    std::size_t n = 0;
    const auto* generator = std::ranges::find(kGenerators, name.substr(0, digits), &Generator::name);
    if (generator == kGenerators.end()) {
        std::string known;
        for (const Generator& each : kGenerators) {
            known += (known.empty() ? "" : ", ") + std::string(each.name);
        }
        return fail(Errc::NoSuchName, "topology '" + std::string(name) + "': there are " + known +
                                          ", each with a number of nodes behind it, and .clab.yml files");
    }
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), n);
    if (count.starts_with('0') || error != std::errc{} || end != count.data() + count.size() || n < 2 ||
        n > kMaxNodes) {
        return fail(Errc::BadInput, "topology '" + std::string(name) + "': " + std::string(generator->name) +
                                        " takes 2 to " + std::to_string(kMaxNodes) + " nodes, such as " +
                                        std::string(generator->name) + "5");
    }
    Drawing drawing(n);
    generator->draw(drawing);
    Topology topology = drawing.take();
    topology.name = name;
    return topology;
}

}  // namespace splash::lab
