// Requests to SNMP agents elsewhere in the name of programs: whom they may reach, and how many at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "node/config.hpp"
#include "node/counters.hpp"
#include "node/ports.hpp"
#include "shares.hpp"

namespace splash::node {

/// What its name and value take in a packet, without words that refer to them.
[[nodiscard]] std::size_t octets_of(const MibBinding& binding);

class AgentProxy {
public:
    /// Names and values of one answer, in octets; more is error-status tooBig.
    static constexpr std::size_t kMaxAnswer = std::size_t{8} * 1024;

    AgentProxy(const Config& config, const Ports& ports, Counters& counters)
        : config_(config), ports_(ports), counters_(counters) {}

    /// How to ask that agent; null if no `[[agent]]` is for it, and for addresses that are no single host's.
    [[nodiscard]] const AgentRule* rule_for(const IpAddress& agent) const;
    /// Asks. Exception 39 without a rule, 38 for a GETBULK by SNMPv1, 45 if as many are asked already as the
    /// settings allow, 46 without an answer, 36 if the answer is none to this request.
    void ask(std::string_view principal, const IpAddress& agent, const MibRequest& request,
             Mib::Answered answered);

private:
    const Config& config_;
    const Ports& ports_;
    Counters& counters_;
    std::shared_ptr<Shares> outstanding_ = std::make_shared<Shares>();  ///< answers hold it weakly
};

}  // namespace splash::node
