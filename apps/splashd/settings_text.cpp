// Settings in words: what --splash-check prints, and what SIGHUP cannot change.
#include <algorithm>

#include "settings.hpp"

namespace splash::splashd {
namespace {

std::string rights_text(const node::Rights& rights) {
    std::string text;
    for (const auto& [has, name] :
         {std::pair(rights.read, "read"), std::pair(rights.write, "write"), std::pair(rights.send, "send"),
          std::pair(rights.configure, "configure")}) {
        if (has) {
            text += (text.empty() ? "" : ",") + std::string(name);
        }
    }
    return text.empty() ? "none" : text;
}

std::string rule_text(const node::AllowRule& rule) {
    return rule.prefix.to_string() + " rights " + rights_text(rule.rights) +
           (rule.snmp_user.empty() ? "" : " snmp_user " + rule.snmp_user) + " bound " +
           std::to_string(rule.bound);
}

/// Without the community and the passwords.
std::string agent_text(const node::AgentRule& rule) {
    std::string text = rule.prefix.to_string() + " port " + std::to_string(rule.port) + " version ";
    switch (rule.version) {
        case node::AgentRule::Version::V1: return text + "1";
        case node::AgentRule::Version::V2c: return text + "2c";
        case node::AgentRule::Version::V3: return text + "3 user " + rule.user.name;
    }
    return text;
}

}  // namespace

std::string describe(const Settings& settings) {
    std::string text;
    const auto line = [&text](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            text += std::string(name) + ' ' + value + '\n';
        }
    };
    const node::Config& node = settings.node;
    line("socket", settings.socket);
    line("socket_group", settings.socket_group);
    line("name", node.name);
    for (const IpAddress& address : settings.addresses) {
        line("address", address.to_string());
    }
    line("raw", settings.raw ? "true" : "false");
    line("protocol", std::to_string(settings.protocol));
    line("udp", settings.udp ? "true" : "false");
    line("udp_port", std::to_string(settings.udp_port));
    line("rights", rights_text(node.local_rights));
    line("snmp_user", node.local_user);
    for (const Prefix& prefix : node.domain) {
        line("domain", prefix.to_string());
    }
    for (const node::AllowRule& rule : node.allow) {
        line("allow", rule_text(rule));
    }
    for (const node::Peer& peer : node.peers) {
        line("peer", Endpoint{peer.address, peer.port}.to_string());
    }
    for (const std::string& name : node.sysctl.read) {
        line("sysctl_read", name);
    }
    for (const std::string& name : node.sysctl.write) {
        line("sysctl_write", name);
    }
    for (const node::AgentRule& rule : node.agents) {
        line("agent", agent_text(rule));
    }
    line("metrics", settings.metrics ? settings.metrics->to_string() : "");
    return text;
}

std::vector<std::string> changes_for_restart(const Settings& running, const Settings& wanted) {
    std::vector<std::string> names;
    const auto compare = [&names](const char* name, const auto& was, const auto& is) {
        if (was != is) {
            names.emplace_back(name);
        }
    };
    compare("socket", running.socket, wanted.socket);
    compare("socket_group", running.socket_group, wanted.socket_group);
    compare("address", running.addresses, wanted.addresses);
    compare("raw", running.raw, wanted.raw);
    compare("protocol", running.protocol, wanted.protocol);
    compare("udp", running.udp, wanted.udp);
    compare("udp_port", running.udp_port, wanted.udp_port);
    compare("metrics.listen", running.metrics, wanted.metrics);
    compare("services", running.services, wanted.services);
    return names;
}

std::vector<std::string> capabilities_for_restart(const Settings& running, const Settings& wanted) {
    const std::vector<std::string> kept = needed_capabilities(running);
    std::vector<std::string> lacking = needed_capabilities(wanted);
    std::erase_if(lacking,
                  [&kept](const std::string& name) { return std::ranges::find(kept, name) != kept.end(); });
    return lacking;
}

}  // namespace splash::splashd
