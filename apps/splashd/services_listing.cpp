#include "services_listing.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/assert.hpp"
#include "node/service_registry.hpp"
#include "plugins/plug_ins.hpp"

namespace splash::splashd {
namespace {

using node::Right;
using node::Service;
using node::When;

constexpr auto kBuiltIn = std::to_array<Service>({
#define SPLASH_SERVICE(set, name, arguments, results, cost, right, when, meaning) \
    {{name, arguments, results, cost}, Right::right, When::when, meaning},
#include "services.def"
#undef SPLASH_SERVICE
});

/// Stands for what the node does itself: nobody calls a service here.
class BuiltIn final : public node::ServiceSet {
public:
    [[nodiscard]] std::span<const Service> services() const override { return kBuiltIn; }
    void start(const Service&, std::span<const isa::Value>, const node::Caller&, node::Answer) override {
        SPLASH_ASSERT(false, "no program runs while services are listed");
    }
};

/// Keeps what belongs to no library: a directory that is not there.
class Warnings final : public node::Log {
public:
    void write(Level level, std::string_view line) override {
        if (level == Level::Warning) {
            text += "warning: " + std::string(line) + '\n';
        }
    }
    std::string text;
};

using Row = std::vector<std::string>;

void add_rows(const node::ServiceSet& set, const std::string& from, std::vector<Row>& rows) {
    for (const Service& service : set.services()) {
        const auto letters = [](std::string_view text) {
            return text.empty() ? std::string("-") : std::string(text);
        };
        rows.push_back({std::string(service.name), letters(service.arguments), letters(service.results),
                        std::string(name_of(service.right)), std::to_string(service.cost),
                        service.when == When::Later ? "yes" : "no", from, std::string(service.meaning)});
    }
}

std::string as_table(const std::vector<Row>& rows) {
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const Row& row : rows) {
        for (std::size_t n = 0; n < row.size(); ++n) {
            widths[n] = std::max(widths[n], row[n].size());
        }
    }
    std::string text;
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t n = 0; n < row.size(); ++n) {
            line += row[n] + std::string(widths[n] - row[n].size() + 2, ' ');
        }
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
    return text;
}

}  // namespace

ServicesListing list_services(const Settings& settings) {
    BuiltIn built_in;
    Warnings warnings;
    node::ServiceRegistry registry;  // the same rules as on a node: names that are taken
    SPLASH_ASSERT(registry.add(built_in), "the table of services has no mistakes: tests register it");
    const auto plug_ins = plugins::PlugIns::load(
        settings.services, {.log = warnings,
                            .offer = [&registry](node::ServiceSet& set) { return registry.add(set); },
                            .patience = settings.node.park_timeout});
    std::vector<Row> rows{{"SERVICE", "ARGUMENTS", "RESULTS", "RIGHT", "COST", "PARKS", "FROM", "MEANING"}};
    add_rows(built_in, "splashd", rows);
    ServicesListing listing;
    std::string refused;
    for (const plugins::Source& source : plug_ins->sources()) {
        if (source.services) {
            add_rows(*source.services, source.path, rows);
        } else {
            refused += "not loaded: " + to_string(*source.why_not) + '\n';
            listing.is_complete = false;
        }
    }
    listing.is_complete = listing.is_complete && warnings.text.empty();
    listing.text = as_table(rows) + refused + warnings.text;
    return listing;
}

}  // namespace splash::splashd
