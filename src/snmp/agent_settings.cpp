#include "agent_settings.hpp"

#include <grp.h>
#include <pwd.h>
#include <syslog.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "net_snmp.hpp"

namespace splash::snmp {
namespace {

// The values of NETSNMP_DS_AGENT_ROLE; no installed header names them.
constexpr int kMasterRole = 0;
constexpr int kSubagentRole = 1;

std::optional<int> number(const std::string& text) {
    char* end = nullptr;
    const unsigned long value = std::strtoul(text.c_str(), &end, 10);
    return !text.empty() && *end == '\0' ? std::optional<int>(static_cast<int>(value)) : std::nullopt;
}

std::optional<int> user_id(const std::string& text) {
    if (const auto id = number(text)) {
        return id;
    }
    const passwd* const entry = getpwnam(text.c_str());
    return entry != nullptr ? std::optional<int>(static_cast<int>(entry->pw_uid)) : std::nullopt;
}

std::optional<int> group_id(const std::string& text) {
    if (const auto id = number(text)) {
        return id;
    }
    const group* const entry = getgrnam(text.c_str());
    return entry != nullptr ? std::optional<int>(static_cast<int>(entry->gr_gid)) : std::nullopt;
}

std::optional<int> syslog_facility(const std::string& text) {
    const char c = text.empty() ? '\0' : text.front();
    if (c == 'd' || c == 'D') {
        return LOG_DAEMON;
    }
    if (c == 'i' || c == 'I') {
        return LOG_INFO;  // what snmpd does with it
    }
    // LOG_LOCAL0 to LOG_LOCAL7 are consecutive, each shifted by three bits.
    return c >= '0' && c <= '7' ? std::optional<int>(LOG_LOCAL0 + (c - '0') * (LOG_LOCAL1 - LOG_LOCAL0))
                                : std::nullopt;
}

/// net-snmp reads further words from argv at getopt's position, so it gets an argv of just these.
bool set_log(const AgentOptions::Flag& flag) {
    std::vector<std::string> copies = flag.words;
    copies.insert(copies.begin(), "snmpd");
    std::vector<char*> words;
    words.reserve(copies.size() + 1);
    for (std::string& word : copies) {
        words.push_back(word.data());
    }
    words.push_back(nullptr);
    optind = 2;
    return snmp_log_options(words[1], static_cast<int>(copies.size()), words.data()) >= 0;
}

void set_flag(int store, int which) {
    netsnmp_ds_set_boolean(store, which, 1);
}

Result<> apply_flag(const AgentOptions::Flag& flag) {
    const std::string& argument = flag.words.front();
    const char* const text = argument.c_str();
    switch (flag.letter) {
        case '-': handle_long_opt(text); break;
        case 'a': ++log_addresses; break;
        case 'A': set_flag(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_APPEND_LOGFILES); break;
        case 'c': netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_OPTIONALCONFIG, text); break;
        case 'C': set_flag(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS); break;
        case 'd': set_flag(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DUMP_PACKET); break;
        case 'D':
            debug_register_tokens(text);
            snmp_set_do_debugging(1);
            break;
        case 'g': {
            const auto id = group_id(argument);
            if (!id || *id < 0) {
                return fail(Errc::Usage, "Bad group id: " + argument);
            }
            netsnmp_set_agent_group_id(*id);
            break;
        }
        case 'I': {
            std::string list = argument;  // is cut up in place
            add_to_init_list(list.data());
            break;
        }
        case 'l':
            std::printf("Warning: -l option is deprecated, use -Lf <file> instead\n");
            snmp_enable_filelog(
                text, netsnmp_ds_get_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_APPEND_LOGFILES));
            break;
        case 'L':
            if (!set_log(flag)) {
                return fail(Errc::Usage, "-L" + argument + ": see -h");
            }
            break;
        case 'm': setenv("MIBS", text, 1); break;
        case 'M': setenv("MIBDIRS", text, 1); break;
        case 'P': std::printf("Warning: -P option is deprecated, use -p instead\n"); break;
        case 'q': set_flag(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_QUICK_PRINT); break;
        case 'r':
            netsnmp_ds_toggle_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_ROOT_ACCESS);
            break;
        case 's':
            std::printf("Warning: -s option is deprecated, use -Lsd instead\n");
            snmp_enable_syslog();
            break;
        case 'S': {
            std::printf("Warning: -S option is deprecated, use -Ls <facility> instead\n");
            const auto facility = syslog_facility(argument);
            if (!facility) {
                return fail(Errc::Usage, "invalid syslog facility: -S" + argument);
            }
            snmp_enable_syslog_ident(snmp_log_syslogname(nullptr), *facility);
            break;
        }
        case 'u': {
            const auto id = user_id(argument);
            if (!id || *id < 0) {
                return fail(Errc::Usage, "Bad user id: " + argument);
            }
            netsnmp_set_agent_user_id(*id);
            break;
        }
        case 'U': netsnmp_ds_toggle_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_LEAVE_PIDFILE); break;
        case 'V': set_flag(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_VERBOSE); break;
        case 'x':
            netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, text);
            set_flag(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_MASTER);
            break;
        case 'Y': {
            std::string line = argument;
            netsnmp_config_remember(line.data());
            break;
        }
        default: return fail(Errc::Bug, std::string("option -") + flag.letter + " is not applied");
    }
    return {};
}

void print_usage(const std::string& program) {
    std::printf(
        "\nUsage:  %s [OPTIONS] [LISTENING ADDRESSES]\n"
        "\n\tVersion:  %s (Splash %s)\n"
        "\n"
        "  -a\t\t\tlog addresses\n"
        "  -A\t\t\tappend to the logfile rather than truncating it\n"
        "  -c FILE[,...]\t\tread FILE(s) as configuration file(s)\n"
        "  -C\t\t\tdo not read the default configuration files\n"
        "\t\t\t  (config search path: %s)\n"
        "  -d\t\t\tdump sent and received SNMP packets\n"
        "  -D[TOKEN[,...]]\tdebugging output for TOKENs (no blank after -D; ALL for all)\n"
        "  -f\t\t\tdo not fork from the shell\n"
        "  -g GID\t\tchange to this group after opening sockets\n"
        "  -h, --help\t\tdisplay this usage message\n"
        "  -H\t\t\tdisplay configuration file directives understood\n"
        "  -I [-]INITLIST\tlist of mib modules to initialize (or not)\n"
        "  -L <LOGOPTS>\t\ttoggle options controlling where to log to\n",
        program.c_str(), netsnmp_get_version(), SPLASH_VERSION, get_configuration_directory());
    snmp_log_options_usage("\t", stdout);
    std::printf(
        "  -m MIBLIST\t\tuse MIBLIST instead of the default MIB list\n"
        "  -M DIRLIST\t\tuse DIRLIST as the list of locations to look for MIBs\n"
        "\t\t\t  (default %s)\n"
        "  -n NAME\t\tuse NAME.conf in place of snmpd.conf\n"
        "  -p FILE\t\tstore process id in FILE\n"
        "  -q\t\t\tprint information in a more parsable format\n"
        "  -r\t\t\tdo not exit if files only accessible to root cannot be opened\n"
        "  -u UID\t\tchange to this user (number or name) after opening sockets\n"
        "  -U\t\t\tleave the pid file behind\n"
        "  -v, --version\t\tdisplay version information\n"
        "  -V\t\t\tverbose display\n"
        "  -x ADDRESS\t\tuse ADDRESS as AgentX address\n"
        "  -X\t\t\trun as an AgentX subagent rather than as an SNMP master agent\n"
        "  -Y LINE\t\tset one configuration directive\n"
        "  --NAME=VALUE\t\tthe same\n"
        "\nDeprecated options:\n"
        "  -l FILE\t\tuse -Lf <FILE> instead\n"
        "  -P\t\t\tuse -p instead\n"
        "  -s\t\t\tuse -Lsd instead\n"
        "  -S d|i|0-7\t\tuse -Ls <facility> instead\n\n",
        netsnmp_get_mib_directory());
}

int print_directives(const AgentOptions& options) {
    if (const auto applied = apply(options); !applied) {
        std::fprintf(stderr, "%s\n", to_string(applied.error()).c_str());
        return 1;
    }
    set_flag(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_ROOT_ACCESS);
    init_agent(options.application.c_str());
    init_mib_modules();
    init_snmp(options.application.c_str());
    std::fprintf(stderr, "Configuration directives understood:\n");
    read_config_print_usage("  ");
    return 0;
}

}  // namespace

Result<> apply(const AgentOptions& options) {
    constexpr int kApplication = NETSNMP_DS_APPLICATION_ID;
    netsnmp_ds_set_boolean(kApplication, NETSNMP_DS_AGENT_AGENTX_MASTER, 0);
    netsnmp_ds_set_int(kApplication, NETSNMP_DS_AGENT_AGENTX_TIMEOUT, -1);
    netsnmp_ds_set_int(kApplication, NETSNMP_DS_AGENT_AGENTX_RETRIES, -1);
    netsnmp_ds_set_int(kApplication, NETSNMP_DS_AGENT_CACHE_TIMEOUT, 5);
    snmp_log_syslogname("snmpd");
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_APPTYPE, options.application.c_str());
    for (const AgentOptions::Flag& flag : options.flags) {
        if (auto applied = apply_flag(flag); !applied) {
            return applied;
        }
    }
    std::string ports;
    for (const std::string& address : options.addresses) {
        ports += (ports.empty() ? "" : ",") + address;
    }
    if (!ports.empty()) {
        netsnmp_ds_set_string(kApplication, NETSNMP_DS_AGENT_PORTS, ports.c_str());
    }
    netsnmp_ds_set_boolean(kApplication, NETSNMP_DS_AGENT_ROLE,
                           options.is_subagent ? kSubagentRole : kMasterRole);
    return {};
}

int answer_on_terminal(const AgentOptions& options) {
    using Action = AgentOptions::Action;
    switch (options.action) {
        case Action::Run: return 0;
        case Action::PrintVersion:
            std::printf(
                "\nNET-SNMP version:  %s\nWeb:               http://www.net-snmp.org/\n"
                "Splash version:    %s\n\n",
                netsnmp_get_version(), SPLASH_VERSION);
            return 0;
        case Action::PrintUsage:
            print_usage(options.command_line.empty() ? "splashd" : options.command_line.front());
            return 1;
        case Action::PrintDirectives: return print_directives(options);
    }
    return 1;
}

}  // namespace splash::snmp
