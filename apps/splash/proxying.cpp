#include "proxying.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "neighbour_entries.hpp"
#include "shipped_programs.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

/// How long a node waits for an agent before it gives the program exception 46.
constexpr std::chrono::milliseconds kAgentPatience{6000};

Oid name_of_system() {
    return *Oid::parse("1.3.6.1.2.1.1.5.0");
}
Oid engine_id() {
    return *Oid::parse("1.3.6.1.6.3.10.2.1.1.0");
}

/// The value of `object` at an agent, asked of it by the node the program is sent to: programs/proxy.snap.
Result<isa::Packet> proxy_program(const IpAddress& agent, const Oid& object, Keeping keeping) {
    return assemble_shipped("proxy",
                            {{"agent", data_line(agent)},
                             {"object", push_line(object)},
                             {"remember", keeping == Keeping::Entry ? asked_lines(agent) : std::string()}});
}

/// The nodes whose neighbour it is.
std::vector<ZoneNode*> nodes_beside(Zone& zone, const Stranger& stranger) {
    std::vector<ZoneNode*> beside;
    for (ZoneNode& node : zone.nodes) {
        if (std::ranges::find(node.neighbours, stranger.address) != node.neighbours.end() ||
            stranger.neighbour_of == node.address) {
            beside.push_back(&node);
        }
    }
    return beside;
}

class Asking {
public:
    Asking(Transport& transport, Zone& zone, FoundNetwork& network, const Tries& tries)
        : transport_(transport), zone_(zone), network_(network), tries_(tries) {
        tries_.timeout += kAgentPatience;
    }

    Result<> ask_for_name(const Stranger& stranger, Keeping keeping) {
        const auto node = std::ranges::find(network_.nodes, stranger.address, &FoundNode::address);
        if (node == network_.nodes.end() || node->manager != Manager::Nothing) {
            return {};
        }
        std::vector<ZoneNode*> beside = nodes_beside(zone_, stranger);
        if (keeping == Keeping::Nothing && beside.size() > 1) {
            beside.resize(1);  // one knows as much as the others
        }
        for (ZoneNode* const near : beside) {
            const auto told = ask_from(*near, stranger.address, name_of_system(), keeping);
            if (!told) {
                return Failure(told.error());
            }
            if (!told->octets.empty()) {
                node->name = one_line(told->octets);
                node->manager = Manager::Snmp;
            } else if (node->manager != Manager::Snmp) {
                node->reason += "; " + told->reason;
            }
        }
        return {};
    }

    /// Joins, or tells apart, the agents of one name.
    Result<> sort_namesakes() {
        std::map<std::pair<std::string, std::string>, std::size_t> known;  // name and engine → node
        std::set<std::string> names;
        for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
            FoundNode& node = network_.nodes[i];
            if (node.manager != Manager::Snmp || count_named(node.name) == 1) {
                continue;
            }
            const auto engine = engine_of(node.address);
            if (!engine) {
                return Failure(engine.error());
            }
            if (!engine->empty()) {
                const auto [same, is_new] = known.emplace(std::pair{node.name, *engine}, i);
                if (!is_new) {
                    join_nodes(network_, same->second, i--);
                    continue;
                }
            }
            if (!names.insert(node.name).second) {
                node.name += fmt::format(" ({})", node.address.to_string());
            }
        }
        return {};
    }

private:
    /// What an agent told, or why it told nothing.
    struct Told {
        std::string octets;
        std::string reason;
    };

    Result<Told> ask_from(ZoneNode& near, const IpAddress& agent, const Oid& object, Keeping keeping) {
        if (tries_.is_over()) {
            return Told{{}, "the deadline passed before it was asked by SNMP"};
        }
        const auto program = proxy_program(agent, object, keeping);
        if (!program) {
            return Failure(program.error());
        }
        const Target target{.text = near.name, .address = near.address, .port = {}};
        const auto answer = ask(transport_, *program, kDefaultBound, target, tries_);
        if (!answer && answer.error().code != Errc::TimedOut) {
            return Failure(answer.error());
        }
        const auto* const delivery = answer ? std::get_if<Delivery>(&*answer) : nullptr;
        if (keeping == Keeping::Entry) {
            note_kept(near, delivery);
        }
        if (!answer) {
            return Told{{}, "no answer by SNMP"};
        }
        if (delivery == nullptr) {
            const auto& report = std::get<isa::Report>(*answer);
            return Told{{}, describe(report, report.node.to_string())};
        }
        if (delivery->values.empty()) {
            return Told{{}, "nothing was delivered"};
        }
        if (const auto* const text = std::get_if<isa::Str>(&delivery->values.front())) {
            return Told{text->octets, {}};
        }
        return Told{{}, fmt::format("by SNMP: {}", isa::to_string(delivery->values.front()))};
    }

    /// The agent's, empty if it has none to tell.
    Result<std::string> engine_of(const IpAddress& agent) {
        const auto stranger = std::ranges::find(zone_.strangers, agent, &Stranger::address);
        const auto beside = nodes_beside(zone_, *stranger);
        const auto told = ask_from(*beside.front(), agent, engine_id(), Keeping::Nothing);
        return told ? Result<std::string>(told->octets) : Failure(told.error());
    }

    [[nodiscard]] std::ptrdiff_t count_named(const std::string& name) const {
        return std::ranges::count_if(network_.nodes, [&name](const FoundNode& node) {
            return node.manager == Manager::Snmp && node.name == name;
        });
    }

    /// What was delivered ends with 1, or with why the entry was not kept.
    static void note_kept(ZoneNode& near, const Delivery* delivery) {
        if (delivery == nullptr || delivery->values.empty()) {
            near.not_remembered = isa::Exc::TimedOut;
        } else if (const auto* const refused = std::get_if<isa::Exc>(&delivery->values.back())) {
            near.not_remembered = *refused;
        }
    }

    Transport& transport_;
    Zone& zone_;
    FoundNetwork& network_;
    Tries tries_;
};

}  // namespace

Result<> ask_the_others(Transport& transport, Keeping keeping, Zone& zone, FoundNetwork& network,
                        const Tries& tries) {
    Asking asking(transport, zone, network, tries);
    for (const Stranger& stranger : zone.strangers) {
        if (auto asked = asking.ask_for_name(stranger, keeping); !asked) {
            return asked;
        }
    }
    return asking.sort_namesakes();
}

}  // namespace splash::cli
