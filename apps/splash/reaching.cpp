#include "reaching.hpp"

#include "network_namespace.hpp"
#include "node_name.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

Result<SnmpAgent> open_agent(const Options& options, const std::string& transport_address,
                             std::optional<unsigned> default_retries) {
    auto manager = snmp::Manager::open(manager_arguments(options, transport_address, default_retries));
    if (!manager) {
        return Failure(manager.error());
    }
    return SnmpAgent{.address = {}, .manager = *std::move(manager)};
}

}  // namespace

Result<SnmpAgent> reach_by_snmp(const Options& options, const std::string& node,
                                std::optional<unsigned> default_retries) {
    const Where& where = options.where;
    if (!where.socket.empty()) {
        return fail(Errc::Usage, "--socket is for --via snap: SNMP goes to the node itself");
    }
    if (names_transport(node)) {
        return where.lab.empty() ? open_agent(options, node, default_retries)
                                 : fail(Errc::Usage, "with --lab give a node's name or address");
    }
    const auto whereabouts = Whereabouts::look(where, options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    const auto target = whereabouts->find(node);
    if (!target) {
        return Failure(target.error());
    }
    if (!where.lab.empty()) {
        const auto start = whereabouts->start(*target);
        if (!start) {
            return Failure(start.error());
        }
        if (auto entered = enter_network_namespace(start->netns); !entered) {
            return Failure(entered.error());
        }
    }
    auto agent = open_agent(options, agent_address(*target), default_retries);
    if (agent) {
        agent->address = target->address.to_string();
    }
    return agent;
}

Result<SnapNode> reach_by_snap(const Options& options, const std::string& node, unsigned default_retries) {
    const auto whereabouts = Whereabouts::look(options.where, options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    auto target = whereabouts->find(node);
    if (!target) {
        return Failure(target.error());
    }
    const auto start = whereabouts->start(*target);
    if (!start) {
        return Failure(start.error());
    }
    const Tries tries = tries_from(options.patience, default_retries);
    auto transport = open_transport(*start, *target, tries.next_deadline(), options.travel);
    if (!transport) {
        return Failure(transport.error());
    }
    return SnapNode{.target = *std::move(target), .tries = tries, .transport = *std::move(transport)};
}

}  // namespace splash::cli
