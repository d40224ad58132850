#include "snmp/access.hpp"

#include "net_snmp.hpp"

namespace splash::snmp {

bool has_access(const node::MibUser& user) {
    const vacm_groupEntry* const group = vacm_getGroupEntry(SNMP_SEC_MODEL_USM, user.name.c_str());
    return group != nullptr && vacm_getAccessEntry(group->groupName, "", SNMP_SEC_MODEL_USM,
                                                   static_cast<int>(user.level)) != nullptr;
}

}  // namespace splash::snmp
