#include "proxying.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "neighbour_entries.hpp"
#include "shipped_programs.hpp"

namespace splash::cli {
namespace {

/// How long a node waits for an agent before it gives the program exception 46.
constexpr std::chrono::milliseconds kAgentPatience{6000};

/// What the agent told; empty if there was no answer. `reason` then says why.
std::string name_told(const Delivery& delivery, std::string& reason) {
    if (delivery.values.empty()) {
        reason = "nothing was delivered";
        return {};
    }
    if (const auto* const name = std::get_if<isa::Str>(&delivery.values.front())) {
        return name->octets;
    }
    reason = fmt::format("by SNMP: {}", isa::to_string(delivery.values.front()));
    return {};
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
    Asking(Transport& transport, Keeping keeping, const Tries& tries)
        : transport_(transport), keeping_(keeping), tries_(tries) {
        tries_.timeout += kAgentPatience;
    }

    /// Has `near` ask the node for its name.
    Result<> ask_from(ZoneNode& near, FoundNode& node) {
        const auto program = proxy_program(node.address, keeping_);
        if (!program) {
            return Failure(program.error());
        }
        const Target target{.text = near.name, .address = near.address, .port = {}};
        const auto answer = ask(transport_, *program, kDefaultBound, target, tries_);
        if (!answer && answer.error().code != Errc::TimedOut) {
            return Failure(answer.error());
        }
        std::string reason = "no answer by SNMP";
        std::string name;
        if (answer) {
            if (const auto* const delivery = std::get_if<Delivery>(&*answer)) {
                name = name_told(*delivery, reason);
            } else {
                const auto& report = std::get<isa::Report>(*answer);
                reason = describe(report, report.node.to_string());
            }
        }
        if (keeping_ == Keeping::Entry) {
            note_kept(near, answer ? std::get_if<Delivery>(&*answer) : nullptr);
        }
        if (!name.empty()) {
            node.name = name;
            node.manager = Manager::Snmp;
        } else if (node.manager != Manager::Snmp) {
            node.reason += "; " + reason;
        }
        return {};
    }

private:
    /// What was delivered ends with 1, or with why the entry was not kept.
    static void note_kept(ZoneNode& near, const Delivery* delivery) {
        if (delivery == nullptr || delivery->values.empty()) {
            near.not_remembered = isa::Exc::TimedOut;
        } else if (const auto* const refused = std::get_if<isa::Exc>(&delivery->values.back())) {
            near.not_remembered = *refused;
        }
    }

    Transport& transport_;
    Keeping keeping_;
    Tries tries_;
};

}  // namespace

Result<isa::Packet> proxy_program(const IpAddress& address, Keeping keeping) {
    return assemble_shipped("proxy",
                            {{"agent", data_line(address)},
                             {"remember", keeping == Keeping::Entry ? asked_lines(address) : std::string()}});
}

Result<> ask_the_others(Transport& transport, Keeping keeping, Zone& zone, FoundNetwork& network,
                        const Tries& tries) {
    Asking asking(transport, keeping, tries);
    for (const Stranger& stranger : zone.strangers) {
        const auto node = std::ranges::find(network.nodes, stranger.address, &FoundNode::address);
        if (node == network.nodes.end() || node->manager != Manager::Nothing) {
            continue;
        }
        std::vector<ZoneNode*> beside = nodes_beside(zone, stranger);
        if (keeping == Keeping::Nothing && beside.size() > 1) {
            beside.resize(1);  // one knows as much as the others
        }
        for (ZoneNode* const near : beside) {
            if (tries.is_over()) {
                break;
            }
            if (auto asked = asking.ask_from(*near, *node); !asked) {
                return asked;
            }
        }
    }
    return {};
}

}  // namespace splash::cli
