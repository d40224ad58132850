#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "checkup.hpp"
#include "isa/packet.hpp"
#include "linux/host.hpp"

namespace splash::cli {
namespace {

constexpr std::uint16_t kSnmpPort = 161;

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text;
}

Check unknown(std::string name, const Error& error) {
    const bool is_privilege = error.code == Errc::NeedsRoot;
    return {std::move(name), CheckState::Warning, error.detail,
            is_privilege ? "only root can see this: sudo splash doctor" : ""};
}

Check check_privileges() {
    const auto lacking = linux::lacking_capabilities();
    if (!lacking) {
        return unknown("privileges", lacking.error());
    }
    if (lacking->empty()) {
        return {"privileges", CheckState::Ok, "all that splashd and labs need", ""};
    }
    return {"privileges", CheckState::Warning,
            fmt::format("this user lacks {}: labs and a daemon need root, asking does not", joined(*lacking)),
            "sudo splash ..."};
}

Check check_forwarding(const std::string& name, const std::string& sysctl) {
    std::string path = sysctl;
    std::ranges::replace(path, '.', '/');
    const auto value = linux::read_sysctl(path);
    if (!value) {
        return unknown(name, value.error());
    }
    if (*value == "1") {
        return {name, CheckState::Ok, "this host forwards packets", ""};
    }
    return {name, CheckState::Warning,
            fmt::format(
                "{}: this host forwards nothing by plain IP; programs that execute here go on all the same",
                *value),
            fmt::format("sysctl -w {}=1, if it is a router", sysctl)};
}

Check check_reverse_path() {
    std::vector<std::string> strict;
    std::error_code error;
    const auto all = linux::read_sysctl("net/ipv4/conf/all/rp_filter");
    for (std::filesystem::directory_iterator entry("/proc/sys/net/ipv4/conf", error), end;
         !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const auto value = linux::read_sysctl("net/ipv4/conf/" + name + "/rp_filter");
        // The larger of the two counts; 1 is strict, 2 loose.
        if (name != "all" && name != "default" && name != "lo" && value && all &&
            std::max(*value, *all) == "1") {
            strict.push_back(name);
        }
    }
    if (error || !all) {
        return {"rp_filter", CheckState::Warning, "/proc/sys/net/ipv4/conf cannot be read", ""};
    }
    if (strict.empty()) {
        return {"rp_filter", CheckState::Ok, "no interface filters strictly", ""};
    }
    std::ranges::sort(strict);
    return {"rp_filter", CheckState::Warning,
            fmt::format("strict on {}: a packet is dropped there if the way to its source is another",
                        joined(strict)),
            "sysctl -w net.ipv4.conf.all.rp_filter=2"};
}

Check check_filters(const NodeSettings& settings) {
    const auto setting = settings.find("node.protocol");
    const std::string protocol =
        setting == settings.end() ? std::to_string(isa::kDefaultProtocol) : setting->second;
    const auto chains = linux::dropping_chains();
    if (!chains && chains.error().code == Errc::Unsupported) {
        return {"packet filter", CheckState::Ok, "this kernel has no nf_tables", ""};
    }
    if (!chains) {
        return unknown("packet filter", chains.error());
    }
    if (chains->empty()) {
        return {
            "packet filter", CheckState::Ok,
            "no chain of nf_tables drops by policy (what single rules, or iptables-legacy, drop is not seen)",
            ""};
    }
    return {"packet filter", CheckState::Warning,
            fmt::format("{} drops what no rule of it accepts", joined(*chains)),
            fmt::format("nft insert rule {} ip protocol {} accept, unless it has such a rule",
                        chains->front(), protocol)};
}

Check check_port(std::uint16_t port, const char* wanted_by) {
    std::string name = fmt::format("UDP port {}", port);
    const auto holders = linux::udp_port_holders(port);
    if (!holders) {
        return unknown(std::move(name), holders.error());
    }
    if (holders->empty()) {
        return {std::move(name), CheckState::Ok, "free", ""};
    }
    std::vector<std::string> others;
    std::vector<std::string> all;
    for (const linux::PortHolder& holder : *holders) {
        all.push_back(holder.pid == 0 ? "a process that only root may look into"
                                      : fmt::format("{} (pid {})", holder.name, holder.pid));
        if (holder.pid != 0 && holder.name != "splashd") {
            others.push_back(all.back());
        }
    }
    if (others.empty()) {
        return {std::move(name), CheckState::Ok, "taken by " + joined(all), ""};
    }
    const bool is_snmpd = holders->front().name == "snmpd";
    return {std::move(name), CheckState::Warning,
            fmt::format("taken by {}; {} cannot have it", joined(others), wanted_by),
            is_snmpd ? "systemctl stop snmpd && systemctl disable snmpd"
                     : "stop it, or give splashd another port"};
}

Check check_mib_files() {
    for (const char* const folder :
         {"/usr/share/snmp/mibs", "/usr/share/snmp/mibs/ietf", "/usr/share/mibs/ietf",
          "/var/lib/snmp/mibs/ietf", "/var/lib/mibs/ietf", "/usr/local/share/snmp/mibs"}) {
        for (const char* const file : {"SNMPv2-MIB", "SNMPv2-MIB.txt"}) {
            std::error_code error;
            if (std::filesystem::exists(std::filesystem::path(folder) / file, error)) {
                return {"MIB files", CheckState::Ok, folder, ""};
            }
        }
    }
    return {"MIB files", CheckState::Warning,
            "none: names beyond splash's own table have to be written as numbers",
            "apt-get install snmp-mibs-downloader, and a line mibs +ALL in snmp.conf"};
}

}  // namespace

std::vector<Check> check_host(const NodeSettings& settings) {
    std::uint16_t udp_port = isa::kDefaultUdpPort;
    if (const auto set = settings.find("node.udp_port"); set != settings.end()) {
        std::from_chars(set->second.data(), set->second.data() + set->second.size(), udp_port);
    }
    std::vector<Check> checks{check_privileges(), check_forwarding("ip_forward", "net.ipv4.ip_forward")};
    if (linux::has_ipv6()) {
        checks.push_back(check_forwarding("IPv6 forwarding", "net.ipv6.conf.all.forwarding"));
    }
    for (Check& check : std::vector<Check>{check_reverse_path(), check_filters(settings),
                                           check_port(kSnmpPort, "an SNMP agent of splashd"),
                                           check_port(udp_port, "programs by UDP"), check_mib_files()}) {
        checks.push_back(std::move(check));
    }
    return checks;
}

}  // namespace splash::cli
