// splash discover NODE [--map PATH] [--remember]
//
// JSON: {"start", "nodes": [{"node", "address", "manager", "reason"}...], "links": [{"a", "a_address", "b",
// "b_address", "proven", "doubt"}...], "complete", "packets", "answers", "elapsed_us"}. manager is splash,
// snmp or silent; reason says why it is no Splash node. With --remember also "not_remembered": [{"node",
// "reason"}...], the nodes whose dictionaries could not be written. An address on a link is null if nobody
// told it. complete: every neighbour that a Splash node told is in nodes. --map: what splash lab graph
// writes, of what was found; PATH.json is the same document as -o json.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ostream>
#include <span>

#include "arguments.hpp"
#include "discovery.hpp"
#include "discovery_picture.hpp"
#include "files.hpp"
#include "json_output.hpp"
#include "neighbour_entries.hpp"
#include "progress.hpp"
#include "proxying.hpp"
#include "random_id.hpp"
#include "table_text.hpp"
#include "whereabouts.hpp"
#include "zones.hpp"

namespace splash::cli {
namespace {

constexpr unsigned kDiscoverRetries = 1;

Json json_address(const std::optional<IpAddress>& address) {
    return address ? Json(address->to_string()) : Json(nullptr);
}

Json json_network(const FoundNetwork& network) {
    Json nodes = Json::array();
    for (const FoundNode& node : network.nodes) {
        nodes.push_back({{"node", node.name},
                         {"address", node.address.to_string()},
                         {"manager", word_of(node.manager)},
                         {"reason", node.reason.empty() ? Json(nullptr) : Json(node.reason)}});
    }
    Json links = Json::array();
    for (const FoundLink& link : network.links) {
        const std::string doubt = doubt_about(network, link);
        links.push_back({{"a", network.nodes[link.a].name},
                         {"a_address", json_address(link.a_address)},
                         {"b", network.nodes[link.b].name},
                         {"b_address", json_address(link.b_address)},
                         {"proven", doubt.empty()},
                         {"doubt", doubt.empty() ? Json(nullptr) : Json(doubt)}});
    }
    return {{"nodes", nodes}, {"links", links}, {"complete", network.is_closed}};
}

void print_text(const FoundNetwork& network, std::ostream& out) {
    std::vector<std::vector<std::string>> rows{{"NODE", "ADDRESS", "ANSWERS"}};
    for (const FoundNode& node : network.nodes) {
        rows.push_back({node.name, node.address.to_string(), std::string(word_of(node.manager))});
    }
    out << print_table(rows, {}) << '\n';
    rows = {{"LINK", "", "PROVEN"}};
    const auto end = [&network](std::size_t node, const std::optional<IpAddress>& address) {
        return fmt::format("{} {}", network.nodes[node].name, address ? address->to_string() : "?");
    };
    for (const FoundLink& link : network.links) {
        const std::string doubt = doubt_about(network, link);
        rows.push_back({end(link.a, link.a_address), end(link.b, link.b_address),
                        doubt.empty() ? "yes" : "no: " + doubt});
    }
    out << print_table(rows, {});
}

/// Splash nodes whose dictionaries were not written.
std::vector<const ZoneNode*> forgetful(const Zone& zone) {
    std::vector<const ZoneNode*> nodes;
    for (const ZoneNode& node : zone.nodes) {
        if (node.not_remembered) {
            nodes.push_back(&node);
        }
    }
    return nodes;
}

Json json_forgetful(const Zone& zone) {
    Json rows = Json::array();
    for (const ZoneNode* const node : forgetful(zone)) {
        rows.push_back({{"node", node->name}, {"reason", isa::to_string(*node->not_remembered)}});
    }
    return rows;
}

void tell_forgetful(const Zone& zone, std::ostream& err) {
    const auto nodes = forgetful(zone);
    if (!nodes.empty()) {
        err << fmt::format("dictionaries of {} of {} nodes could not be written, the first {}'s: {}\n",
                           nodes.size(), zone.nodes.size(), nodes.front()->name,
                           isa::to_string(*nodes.front()->not_remembered));
    }
}

Result<> write_map(const std::string& path, const FoundNetwork& network, const std::string& start,
                   const Json& document) {
    const Picture picture = picture_of(network, start);
    const std::array<std::pair<const char*, std::string>, 3> files{
        {{".json", document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'},
         {".dot", to_dot(picture)},
         {".svg", to_svg(picture)}}};
    for (const auto& [ending, text] : files) {
        if (auto written = write_file(path + ending, std::as_bytes(std::span(text))); !written) {
            return Failure(written.error());
        }
    }
    return {};
}

}  // namespace

Result<Finished> run(const DiscoverArgs& args, const Streams& streams) {
    const auto id = random_id();
    if (!id) {
        return Failure(id.error());
    }
    const FloodPlan plan{.task = {},
                         .id = *id,
                         .bound = args.bound.value_or(kDefaultBound),
                         .tells_links = true,
                         .remembers = args.remembers};
    const auto whereabouts = Whereabouts::look(args.options.where, args.options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    const auto start = whereabouts->explicit_start("discover");
    if (!start) {
        return Failure(start.error());
    }
    const auto target = whereabouts->find(args.node);
    if (!target) {
        return Failure(target.error());
    }
    const Tries tries = tries_from(args.options.patience, kDiscoverRetries);
    const auto transport = open_transport(*start, *target, tries.next_deadline(), Travel::Direct);
    if (!transport) {
        return Failure(transport.error());
    }
    const auto begin = std::chrono::steady_clock::now();
    Result<Zone> zone = fail(Errc::Bug, "not asked");
    FoundNetwork network;
    {
        Progress progress(streams.err, args.is_progress_told);
        zone = explore(**transport, plan, *target, tries, [&progress](const Zone& so_far) {
            progress.tell(fmt::format("{} nodes, {} links crossed, {} packets", so_far.nodes.size(),
                                      so_far.crossings.size(), so_far.launches));
        });
        if (!zone) {
            return Failure(zone.error());
        }
        network = put_together(*zone);
        if (args.remembers) {
            if (auto kept = keep_arrivals(**transport, *zone, *target, tries); !kept) {
                return Failure(kept.error());
            }
        }
        progress.tell("asking those without Splash by SNMP");
        if (auto asked = ask_the_others(**transport, args.remembers ? Keeping::Entry : Keeping::Nothing,
                                        *zone, network, tries);
            !asked) {
            return Failure(asked.error());
        }
    }
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    Json document{{"start", args.node}};
    document.update(json_network(network));
    if (args.remembers) {
        document["not_remembered"] = json_forgetful(*zone);
    }
    document["packets"] = zone->launches;
    document["answers"] = zone->answers;
    document["elapsed_us"] = elapsed.count();
    if (args.options.format == Format::Json) {
        print_json(streams.out, document);
    } else {
        print_text(network, streams.out);
    }
    const auto doubtful =
        std::ranges::count_if(network.links, [](const FoundLink& link) { return !link.is_proven(); });
    streams.err << remark_on_unreadable(*zone);
    streams.err << fmt::format(
        "{} nodes, {} links, {} of them not proven; {}\n", network.nodes.size(), network.links.size(),
        doubtful, network.is_closed ? "every neighbour is accounted for" : "not all of it was reached");
    tell_forgetful(*zone, streams.err);
    if (!args.map.empty()) {
        if (auto written = write_map(args.map, network, args.node, document); !written) {
            return Failure(written.error());
        }
    }
    return Finished{network.is_closed ? 0 : 1};
}

}  // namespace splash::cli
