#include "policy.hpp"

namespace splash::node {

Principal local_principal(const Config& config) {
    Principal p{.name = "local",
                .rights = config.local_rights,
                .mib_user = {},
                .max_bound = config.max_bound,
                .is_authenticated = true};
    if (!config.local_user.empty()) {
        p.mib_user = MibUser{config.local_user, MibUser::Level::AuthPriv};
    }
    return p;
}

std::optional<Principal> allowed_principal(const Config& config, const IpAddress& from) {
    for (const AllowRule& rule : config.allow) {
        if (!rule.prefix.contains(from)) {
            continue;
        }
        Principal p{.name = rule.prefix.to_string(),
                    .rights = rule.rights,
                    .mib_user = {},
                    .max_bound = rule.bound,
                    .is_authenticated = false};
        if (!rule.snmp_user.empty()) {
            // Nothing has proved who sent this, and VACM shall know: only `noauth` access lines match.
            p.mib_user = MibUser{rule.snmp_user, MibUser::Level::NoAuth};
        }
        return p;
    }
    return std::nullopt;
}

Principal homecoming_principal() {
    return {.name = "homecoming", .rights = {}, .mib_user = {}, .is_homecoming = true};
}

}  // namespace splash::node
