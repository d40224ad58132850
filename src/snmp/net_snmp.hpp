// net-snmp's headers, and what its agent library exports without declaring it in an installed header.
// Private to this folder; included last.
#pragma once

// In net-snmp's own order.
// clang-format off
extern "C" {
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/agent/agent_read_config.h>
#include <net-snmp/agent/agent_sysORTable.h>
#include <net-snmp/agent/sysORTable.h>
#include <net-snmp/agent/agent_trap.h>
#include <net-snmp/agent/ds_agent.h>
#include <net-snmp/agent/mib_modules.h>
#include <net-snmp/agent/netsnmp_close_fds.h>
#include <net-snmp/library/fd_event_manager.h>
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/library/snmp_logging.h>
#include <net-snmp/library/system.h>
}
// clang-format on

extern "C" {
// All of these are defined in the shared libraries that snmpd itself links.
extern netsnmp_session* callback_master_sess;
extern int smux_listen_sd;
int smux_snmp_select_list_get_length(void);
int smux_snmp_select_list_get_SD_from_List(int position);
int smux_snmp_select_list_add(int fd);
int smux_snmp_select_list_del(int fd);
int smux_accept(int fd);
int smux_process(int fd);
void handle_long_opt(const char* option);
int netsnmp_sd_listen_fds(int unset_environment);
int netsnmp_sd_notify(int unset_environment, const char* state);
extern char** argvrestartp;
extern char* argvrestart;
extern char* argvrestartname;
}

#undef min
#undef max
