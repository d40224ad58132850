// snmp_init, snmp_pdu_init, ... snmp_send: an SNMP request put together step by step, so that several
// objects are one request, to this node's agent or to another (thesis, table 8.2).
//
// What is open belongs to the execution and ends with it. A step that is left out is filled in: without
// snmp_init the request is for this node's agent, without snmp_pdu_init the first variable decides between
// GET and SET. Steps give no results, to keep programs short; what went wrong in the first step that failed
// is what snmp_send then answers.
#pragma once

#include <cstddef>
#include <span>

#include "agent_proxy.hpp"
#include "node/service.hpp"

namespace splash::node {

class SessionServices final : public ServiceSet {
public:
    static constexpr std::size_t kMaxVariables = 64;  ///< of one request, and of what GETBULK gives
    static constexpr std::size_t kMaxOctets = std::size_t{8} * 1024;  ///< of its names and values
    static constexpr unsigned kDefaultRepetitions = 10;               ///< of GETBULK

    SessionServices(const Config& config, const Ports& ports, Counters& counters)
        : ports_(ports), proxy_(config, ports, counters) {}

    [[nodiscard]] std::span<const Service> services() const override;
    void start(const Service& service, std::span<const isa::Value> arguments, const Caller& caller,
               Answer answer) override;
    void refused(const Service& service, isa::Exc why, const Caller& caller) override;

private:
    class Session;
    [[nodiscard]] Session& session_of(const Caller& caller) const;
    void choose_agent(Session& session, const IpAddress& agent) const;
    void send(Session& session, const Caller& caller, Answer answer);

    const Ports& ports_;
    AgentProxy proxy_;
};

}  // namespace splash::node
