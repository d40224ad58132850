#include "proxying.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shipped_programs.hpp"

namespace splash::cli {
namespace {

/// How long a node waits for an agent before it gives the program exception 46.
constexpr std::chrono::milliseconds kAgentPatience{6000};

/// What the agent told; empty if there was no answer. `reason` then says why.
std::string name_told(const Answer& answer, std::string& reason) {
    const auto* const delivery = std::get_if<Delivery>(&answer);
    if (delivery == nullptr) {
        reason = describe(std::get<isa::Report>(answer), std::get<isa::Report>(answer).node.to_string());
        return {};
    }
    if (delivery->values.empty()) {
        reason = "nothing was delivered";
        return {};
    }
    if (const auto* const name = std::get_if<isa::Str>(&delivery->values.back())) {
        return name->octets;
    }
    reason = fmt::format("by SNMP: {}", isa::to_string(delivery->values.back()));
    return {};
}

}  // namespace

Result<isa::Packet> proxy_program(const IpAddress& address) {
    return assemble_shipped("proxy", {{"agent", data_line(address)}});
}

Result<> ask_the_others(Transport& transport, const Zone& zone, FoundNetwork& network, const Tries& tries) {
    for (const Stranger& stranger : zone.strangers) {
        const ZoneNode* const near = stranger.neighbour_of ? zone.find(*stranger.neighbour_of) : nullptr;
        const auto node = std::ranges::find(network.nodes, stranger.address, &FoundNode::address);
        if (near == nullptr || node == network.nodes.end() || node->manager != Manager::Nothing ||
            tries.is_over()) {
            continue;
        }
        const auto program = proxy_program(stranger.address);
        if (!program) {
            return Failure(program.error());
        }
        const Target target{.text = near->name, .address = near->address, .port = {}};
        Tries patient = tries;
        patient.timeout = tries.timeout + kAgentPatience;
        const auto answer = ask(transport, *program, kDefaultBound, target, patient);
        if (!answer && answer.error().code != Errc::TimedOut) {
            return Failure(answer.error());
        }
        std::string reason = "no answer by SNMP";
        const std::string name = answer ? name_told(*answer, reason) : std::string();
        if (!name.empty()) {
            node->name = name;
            node->manager = Manager::Snmp;
        } else {
            node->reason += "; " + reason;
        }
    }
    return {};
}

}  // namespace splash::cli
