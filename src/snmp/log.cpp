#include "snmp/log.hpp"

#include "net_snmp.hpp"

namespace splash::snmp {

void AgentLog::write(Level level, std::string_view text) {
    const int priority = level == Level::Error     ? LOG_ERR
                         : level == Level::Warning ? LOG_WARNING
                         : level == Level::Info    ? LOG_INFO
                                                   : LOG_DEBUG;
    snmp_log(priority, "%.*s\n", static_cast<int>(text.size()), text.data());
}

}  // namespace splash::snmp
