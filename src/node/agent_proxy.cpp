#include "agent_proxy.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace splash::node {
namespace {

using isa::Exc;

constexpr std::uint32_t kTooBig = 1;  // RFC 3416: error-status

/// A response says which objects it is about; an agent that answers about others is wrong or is none.
bool is_answer_to(const MibRequest& request, const std::vector<MibBinding>& answer) {
    const std::vector<MibBinding>& asked = request.bindings;
    if (request.operation == MibOperation::GetBulk) {
        const std::size_t singles = std::min<std::size_t>(request.non_repeaters, asked.size());
        return answer.size() <= singles + (asked.size() - singles) * request.max_repetitions;
    }
    const auto is_about = [&request](const MibBinding& question, const MibBinding& said) {
        return request.operation == MibOperation::GetNext
                   ? said.oid > question.oid || said.value == isa::Value(Exc::EndOfMibView)
                   : said.oid == question.oid;
    };
    return std::ranges::equal(asked, answer, is_about);
}

MibResult checked(const MibRequest& request, MibResult result) {
    const auto* const bindings = std::get_if<std::vector<MibBinding>>(&result);
    if (bindings == nullptr) {
        return result;
    }
    if (!is_answer_to(request, *bindings)) {
        return Exc::ServiceFailed;
    }
    std::size_t octets = 0;
    for (const MibBinding& binding : *bindings) {
        octets += octets_of(binding);
    }
    return octets <= AgentProxy::kMaxAnswer ? std::move(result)
                                            : MibResult(isa::exc_from_snmp_error(kTooBig));
}

}  // namespace

std::size_t octets_of(const MibBinding& binding) {
    const auto* const text = std::get_if<isa::Str>(&binding.value);
    const auto* const oid = std::get_if<Oid>(&binding.value);
    return binding.oid.to_ber().size() + (text != nullptr  ? text->octets.size()
                                          : oid != nullptr ? oid->to_ber().size()
                                                           : isa::kWordSize);
}

const AgentRule* AgentProxy::rule_for(const IpAddress& agent) const {
    if (agent.is_unspecified() || agent.is_multicast() || agent.is_broadcast() ||
        ports_.topology.is_broadcast(agent)) {
        return nullptr;
    }
    const auto found = std::ranges::find_if(
        config_.agents, [&agent](const AgentRule& rule) { return rule.prefix.contains(agent); });
    return found == config_.agents.end() ? nullptr : &*found;
}

void AgentProxy::ask(std::string_view principal, const IpAddress& agent, const MibRequest& request,
                     Mib::Answered answered) {
    const AgentRule* const rule = rule_for(agent);
    if (rule == nullptr) {
        answered(Exc::NotPermitted);
        return;
    }
    if (rule->version == AgentRule::Version::V1 && request.operation == MibOperation::GetBulk) {
        answered(Exc::OutOfRange);
        return;
    }
    if (!outstanding_->has_room(principal, config_.max_proxied)) {
        answered(Exc::QuotaUsedUp);
        return;
    }
    outstanding_->take(principal);
    ++counters_.proxied;
    // The program hears "timed out" from us and not from its parking place: there is time left to go on in.
    const auto patience = std::min(rule->timeout, config_.park_timeout * 9 / 10);
    ports_.agents.ask(agent, *rule, patience, request,
                      [this, name = std::string(principal), request, answered = std::move(answered),
                       weak = std::weak_ptr(outstanding_)](MibResult result) {
                          const auto outstanding = weak.lock();
                          if (outstanding == nullptr) {
                              return;  // the node is gone, and whom to tell with it
                          }
                          outstanding->give_back(name);
                          const auto* const failure = std::get_if<Exc>(&result);
                          if (failure != nullptr && *failure == Exc::TimedOut) {
                              ++counters_.proxied_timeouts;
                          }
                          answered(checked(request, std::move(result)));
                      });
}

}  // namespace splash::node
