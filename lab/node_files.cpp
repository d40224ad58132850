#include "node_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "paths.hpp"

namespace splash::lab {
namespace {

std::string persistent_directory(std::string_view lab, std::string_view node) {
    return node_directory(lab, node) + "/persist";
}

std::string with_newline(std::string text) {
    if (!text.empty() && text.back() != '\n') {
        text += '\n';
    }
    return text;
}

}  // namespace

std::string socket_file(std::string_view lab, std::string_view node) {
    return node_directory(lab, node) + "/splashd.sock";
}

std::string log_file(std::string_view lab, std::string_view node) {
    return node_directory(lab, node) + "/splashd.log";
}

std::string snmpd_conf(std::string_view lab, const NodeSpec& node, const std::vector<IpAddress>& loopbacks) {
    const bool v6 = std::ranges::any_of(loopbacks, &IpAddress::is_v6);
    // sysContact and sysLocation are not set here: a directive would make them read-only.
    return "# Made by splash lab; gone when the lab is taken down.\n"
           "agentAddress udp:161" +
           std::string(v6 ? ",udp6:161" : "") +
           "\n"
           "dontLogTCPWrappersConnects yes\n"
           "agentXSocket " +
           node_directory(lab, node.name) +
           "/agentx.sock\n"
           "sysName " +
           node.name +
           "\n"
           "rocommunity public\n"
           "rwcommunity private\n" +
           (v6 ? "rocommunity6 public\n"
                 "rwcommunity6 private\n"
               : "") +
           "createUser labv3 SHA labauthpass AES labprivpass\n"
           "rwuser -s usm labv3 authpriv\n"
           "# Whom programs act as; with no keys of their own these cannot log in from outside.\n"
           "rouser -s usm splashro noauth\n"
           "rwuser -s usm splashrw noauth\n" +
           with_newline(node.snmpd_conf);
}

std::string splash_toml(std::string_view lab, const NodeSpec& node, const std::vector<IpAddress>& loopbacks) {
    std::string addresses;
    for (const IpAddress& address : loopbacks) {
        addresses += (addresses.empty() ? "\"" : ", \"") + address.to_string() + '"';
    }
    std::string text =
        "# Made by splash lab; gone when the lab is taken down.\n"
        "[node]\n"
        "name = \"" +
        node.name +
        "\"\n"
        "address = [" +
        addresses +
        "]\n"
        "socket = \"" +
        socket_file(lab, node.name) +
        "\"\n"
        "domain = [\"10.0.0.0/8\", \"172.16.0.0/12\", \"fd00::/8\"]\n"
        "\n"
        "[local]\n"
        "rights = [\"read\", \"write\", \"send\", \"configure\"]\n"
        "snmp_user = \"splashrw\"\n";
    for (const char* prefix : {"10.0.0.0/8", "172.16.0.0/16", "fd00::/8"}) {
        text += std::string("\n[[allow]]\nprefix = \"") + prefix +
                "\"\n"
                "rights = [\"read\", \"write\", \"send\", \"configure\"]\n"
                "snmp_user = \"splashrw\"\n"
                "insecure = true\n"
                "bound = 255\n";
    }
    return text + (node.splash_toml.empty() ? "" : "\n" + with_newline(node.splash_toml));
}

Command daemon_command(const std::string& splashd, std::string_view lab, std::string_view node) {
    const std::string directory = node_directory(lab, node);
    Command command;
    command.argv = {splashd,
                    "-f",
                    "-A",
                    "-Lf",
                    log_file(lab, node),
                    "-p",
                    directory + "/splashd.pid",
                    "-C",
                    "-c",
                    directory + "/snmpd.conf",
                    "-I",
                    "-smux,mteTrigger,mteTriggerConf",
                    "--splash-config=" + directory + "/splash.toml"};
    const std::vector<std::string> own = {
        "SNMPCONFPATH=" + directory, "SNMP_PERSISTENT_DIR=" + persistent_directory(lab, node),
        "MIBS=",  // names are the clients' business: parsing MIB files takes longer than all the rest
    };
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view entry = *variable;
        const std::string_view name = entry.substr(0, entry.find('='));
        if (std::ranges::none_of(own, [&](std::string_view o) { return o.substr(0, o.find('=')) == name; })) {
            command.environment.emplace_back(entry);
        }
    }
    command.environment.insert(command.environment.end(), own.begin(), own.end());
    return command;
}

Result<> write_node_files(std::string_view lab, const NodeSpec& node,
                          const std::vector<IpAddress>& loopbacks) {
    const std::string directory = node_directory(lab, node.name);
    if (mkdir(directory.c_str(), 0755) != 0) {
        return system_failure(errno, "make " + directory);
    }
    if (node.kind == "host") {
        return {};
    }
    const std::string persistent = persistent_directory(lab, node.name);
    if (mkdir(persistent.c_str(), 0700) != 0) {
        return system_failure(errno, "make " + persistent);
    }
    if (auto written = write_file(directory + "/snmpd.conf", snmpd_conf(lab, node, loopbacks), 0600);
        !written) {
        return written;
    }
    return write_file(directory + "/splash.toml", splash_toml(lab, node, loopbacks), 0600);
}

}  // namespace splash::lab
