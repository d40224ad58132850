#include "policy.hpp"

#include <algorithm>
#include <utility>

namespace splash::node {
namespace {

Principal local_principal(const Config& config) {
    Principal p{.name = std::string(kLocalPrincipal),
                .rights = config.local_rights,
                .mib_user = {},
                .max_bound = config.max_bound,
                .is_authenticated = true};
    if (!config.local_user.empty()) {
        p.mib_user = MibUser{config.local_user, MibUser::Level::AuthPriv, p.name};
    }
    return p;
}

Principal allowed_principal(const AllowRule& rule) {
    Principal p{.name = rule.prefix.to_string(),
                .rights = rule.rights,
                .mib_user = {},
                .max_bound = rule.bound,
                .is_authenticated = false};
    if (!rule.snmp_user.empty()) {
        // Nothing has proved who sent this, and VACM shall know: only `noauth` access lines match.
        p.mib_user = MibUser{rule.snmp_user, MibUser::Level::NoAuth, p.name};
    }
    return p;
}

std::shared_ptr<PrincipalCounters> counters_of(const std::vector<PrincipalStatistics>& rows,
                                               const std::string& name) {
    const auto found = std::ranges::find(rows, name, &PrincipalStatistics::name);
    return found == rows.end() ? nullptr : found->counters;
}

}  // namespace

bool suffice(const Rights& rights, Right right) {
    switch (right) {
        case Right::None: return true;
        case Right::Read: return rights.read;
        case Right::Write: return rights.write;
        case Right::Configure: return rights.configure;
    }
    return false;
}

Principals::Principals(const Config& config, std::vector<PrincipalStatistics>& statistics) {
    std::vector<PrincipalStatistics> rows;
    const auto make = [&](Principal principal) {
        principal.counters = counters_of(rows, principal.name);  // of two rules for a prefix only one counts
        if (!principal.counters) {
            principal.counters = counters_of(statistics, principal.name);
            if (!principal.counters) {
                principal.counters = std::make_shared<PrincipalCounters>();
            }
            rows.push_back({principal.name, principal.counters});
        }
        return std::make_shared<const Principal>(std::move(principal));
    };
    local_ = make(local_principal(config));
    for (const AllowRule& rule : config.allow) {
        allowed_.push_back({rule.prefix, make(allowed_principal(rule))});
    }
    homecoming_ = make({.name = "homecoming", .rights = {}, .mib_user = {}, .is_homecoming = true});
    statistics = std::move(rows);
}

PrincipalPtr Principals::allowed(const IpAddress& from) const {
    const auto found =
        std::ranges::find_if(allowed_, [&](const Allowed& rule) { return rule.prefix.contains(from); });
    return found == allowed_.end() ? nullptr : found->principal;
}

}  // namespace splash::node
