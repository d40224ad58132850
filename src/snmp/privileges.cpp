#include "privileges.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <type_traits>

namespace splash::snmp {
namespace {

Failure refused(const std::string& what) {
    return fail(Errc::System, what + ": " + std::strerror(errno));
}

Result<std::vector<cap_value_t>> capabilities(const std::vector<std::string>& names) {
    std::vector<cap_value_t> values;
    for (const std::string& name : names) {
        cap_value_t value = 0;
        if (cap_from_name(name.c_str(), &value) != 0) {
            return fail(Errc::Usage, "capability " + name);
        }
        values.push_back(value);
    }
    return values;
}

/// After setuid with PR_SET_KEEPCAPS: all are permitted and none is effective.
Result<> reduce_to(const std::vector<cap_value_t>& values) {
    struct Free {
        void operator()(cap_t state) const { cap_free(state); }
    };
    const std::unique_ptr<std::remove_pointer_t<cap_t>, Free> state(cap_init());
    if (!state) {
        return refused("cap_init");
    }
    const int count = static_cast<int>(values.size());
    for (const cap_flag_t set : {CAP_PERMITTED, CAP_EFFECTIVE}) {
        if (count > 0 && cap_set_flag(state.get(), set, count, values.data(), CAP_SET) != 0) {
            return refused("cap_set_flag");
        }
    }
    if (cap_set_proc(state.get()) != 0) {
        return refused("cap_set_proc");
    }
    return {};
}

}  // namespace

Result<> become(const Identity& identity, const std::vector<std::string>& keep_capabilities) {
    const auto keep = capabilities(keep_capabilities);
    if (!keep) {
        return Failure(keep.error());
    }
    const gid_t group = identity.group;
    if (group != 0 && (setgid(group) != 0 || setgroups(1, &group) != 0)) {
        return refused("setgid " + std::to_string(group));
    }
    if (identity.user == 0) {
        return {};
    }
    if (const passwd* const entry = getpwuid(identity.user); entry != nullptr) {
        if (initgroups(entry->pw_name, group != 0 ? group : entry->pw_gid) != 0) {
            return refused(std::string("initgroups ") + entry->pw_name);
        }
    }
    const bool was_root = geteuid() == 0;
    if (was_root && !keep->empty() && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) {
        return refused("PR_SET_KEEPCAPS");
    }
    if (setuid(identity.user) != 0) {
        return refused("setuid " + std::to_string(identity.user));
    }
    return was_root && !keep->empty() ? reduce_to(*keep) : Result<>{};
}

}  // namespace splash::snmp
