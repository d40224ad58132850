#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <sstream>

#include "checkup.hpp"
#include "daemon_path.hpp"
#include "linux/host.hpp"

namespace splash::cli {
namespace {

/// A directory that goes with its owner: asking net-snmp for its directives creates persistent files.
class ScratchDirectory {
public:
    ScratchDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "splash-doctor-XXXXXX").string();
        if (mkdtemp(pattern.data()) != nullptr) {
            path_ = pattern;
        }
    }
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    ~ScratchDirectory() {
        std::error_code error;
        if (!path_.empty()) {
            std::filesystem::remove_all(path_, error);
        }
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (!line.empty()) {
            lines.push_back(line);
        }
    }
    return lines;
}

/// "NET-SNMP version:  5.9.3" and the like, in one line.
std::string versions_in(const std::string& text) {
    std::string versions;
    for (const std::string& line : lines_of(text)) {
        const std::size_t colon = line.find(" version:");
        if (colon != std::string::npos) {
            const std::size_t number = line.find_first_not_of(' ', colon + 9);
            versions += fmt::format("{}{} {}", versions.empty() ? "" : ", ", line.substr(0, colon),
                                    number == std::string::npos ? "" : line.substr(number));
        }
    }
    return versions;
}

Check check_version(const std::string& name, const std::string& program, std::chrono::milliseconds deadline) {
    const auto ran = linux::run_program({program, "-v"}, {}, deadline);
    if (!ran) {
        return {name, CheckState::No, ran.error().detail, "install it anew"};
    }
    return {name, CheckState::Ok, fmt::format("{}: {}", program, versions_in(ran->out)), ""};
}

Check check_snmpd(std::chrono::milliseconds deadline) {
    for (const char* const path : {"/usr/sbin/snmpd", "/usr/local/sbin/snmpd"}) {
        if (access(path, X_OK) == 0) {
            return check_version("snmpd", path, deadline);
        }
    }
    return {"snmpd", CheckState::Ok, "not installed; splashd does without", ""};
}

Check check_snmpd_conf(const std::string& splashd, const std::string& file,
                       std::chrono::milliseconds deadline) {
    const ScratchDirectory scratch;
    if (scratch.path().empty()) {
        return {"snmpd.conf", CheckState::Warning,
                fmt::format("no temporary directory: {}", std::strerror(errno)), ""};
    }
    std::vector<std::string> command{splashd, "-H", "-Le"};
    if (!file.empty()) {
        command.insert(command.end(), {"-C", "-c", file});
    }
    const auto ran =
        linux::run_program(command, {"SNMP_PERSISTENT_DIR=" + scratch.path(), "MIBS="}, deadline);
    if (!ran) {
        return {"snmpd.conf", CheckState::No, ran.error().detail, ""};
    }
    std::vector<std::string> findings;
    for (const std::string& line : lines_of(ran->err)) {
        if (line.find(": line ") != std::string::npos &&
            (line.find(" Error: ") != std::string::npos || line.find(" Warning: ") != std::string::npos)) {
            findings.push_back(line);
        }
    }
    if (findings.empty()) {
        return {"snmpd.conf", CheckState::Ok, "splashd reads it without complaint", ""};
    }
    return {"snmpd.conf", CheckState::No,
            fmt::format("{}{}", findings.front(),
                        findings.size() > 1 ? fmt::format(" (and {} more)", findings.size() - 1) : ""),
            fmt::format("mend that line; {} shows all", fmt::join(command, " "))};
}

Check check_settings(const std::string& splashd, const std::string& file, std::chrono::milliseconds deadline,
                     NodeSettings& settings) {
    std::vector<std::string> command{splashd, "--splash-check"};
    if (!file.empty()) {
        command.push_back("--splash-config=" + file);
    }
    const auto ran = linux::run_program(command, {}, deadline);
    if (!ran) {
        return {"splash.toml", CheckState::No, ran.error().detail, ""};
    }
    if (ran->status != 0) {
        const auto lines = lines_of(ran->err);
        return {"splash.toml", CheckState::No, lines.empty() ? "splashd does not say why" : lines.front(),
                fmt::format("mend it, then {}", fmt::join(command, " "))};
    }
    for (const std::string& line : lines_of(ran->out)) {
        const std::size_t blank = line.find(' ');
        settings[line.substr(0, blank)] = blank == std::string::npos ? "" : line.substr(blank + 1);
    }
    const std::string read = settings["file"];
    if (read == "none") {
        settings.clear();
        return {"splash.toml", CheckState::Warning,
                "none: splashd is an SNMP agent here and takes no programs",
                "write /etc/splash/splash.toml (splash.toml(5) has a sample)"};
    }
    return {"splash.toml", CheckState::Ok, read, ""};
}

}  // namespace

std::vector<Check> check_daemon(std::chrono::milliseconds deadline, const SettingsFiles& files,
                                NodeSettings& settings) {
    const auto splashd = find_splashd();
    if (!splashd) {
        return {{"splashd", CheckState::No, splashd.error().detail, "install it beside splash"},
                check_snmpd(deadline)};
    }
    return {check_version("splashd", *splashd, deadline), check_snmpd(deadline),
            check_snmpd_conf(*splashd, files.snmpd_conf, deadline),
            check_settings(*splashd, files.splash_toml, deadline, settings)};
}

}  // namespace splash::cli
