#include <fmt/format.h>
#include <unistd.h>

#include "answers.hpp"
#include "asking.hpp"
#include "checkup.hpp"
#include "linux/host.hpp"
#include "programs.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

/// How to get at a socket that the caller may not open.
std::string mend_permission(const linux::SocketFile& file) {
    if (file.group == "root") {
        return "set socket_group in [node] of splash.toml, restart splashd, join that group; or sudo splash "
               "...";
    }
    return fmt::format("usermod -aG {} USER, then log in anew; or sudo splash ...", file.group);
}

Check check_socket(const std::string& path, const std::string& start_command) {
    const auto file = linux::look_at_socket(path);
    if (!file) {
        return {"socket", CheckState::No, file.error().detail, start_command};
    }
    if (!file->is_usable) {
        return {"socket", CheckState::No,
                fmt::format("{} belongs to {} and group {}; this user may not open it", path, file->owner,
                            file->group),
                mend_permission(*file)};
    }
    return {"socket", CheckState::Ok, fmt::format("{}, group {}", path, file->group), ""};
}

/// A program of the smallest kind: where it starts it asks the node its name and delivers that.
Check check_program(const Start& start, const Patience& patience) {
    const Check no{"self-test", CheckState::No, "", "look into splashd's log"};
    const auto failed = [&no](const Error& error) {
        Check check = no;
        check.why = to_string(error);
        return check;
    };
    Target self;
    self.text = "this node";
    self.address = start.own_address();
    const Tries tries = tries_from(patience, 1);
    const auto transport = open_transport(start, self, tries.next_deadline(), Travel::Direct);
    if (!transport) {
        return failed(transport.error());
    }
    const Instant begin = std::chrono::steady_clock::now();
    const auto answer =
        ask(**transport, node_info_program("name", Journey::Stays), kDefaultBound, self, tries);
    if (!answer) {
        return failed(answer.error());
    }
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    if (const auto* report = std::get_if<isa::Report>(&*answer)) {
        Check check = no;
        check.why = describe_from(self, *report);
        return check;
    }
    const auto& values = std::get<Delivery>(*answer).values;
    if (values.empty() || std::holds_alternative<isa::Exc>(values.front())) {
        Check check = no;
        check.why = "the node did not say its name";
        check.mend = "give [local] the right read in splash.toml";
        return check;
    }
    return {"self-test", CheckState::Ok,
            fmt::format("a program ran and brought home {} in {} us", isa::to_string(values.front()),
                        elapsed.count()),
            ""};
}

}  // namespace

std::vector<Check> check_node(const Options& options, const std::optional<Start>& lab_node,
                              const NodeSettings& settings) {
    Start start;
    const auto set = settings.find("node.socket");
    if (lab_node) {
        start = *lab_node;
    } else if (!options.where.socket.empty()) {
        start.socket = options.where.socket;
    } else if (set != settings.end()) {
        start.socket = set->second;
    } else if (access(kDefaultSocket, F_OK) == 0) {
        start.socket = kDefaultSocket;
    } else {
        return {
            {"socket", CheckState::Warning, "without settings splashd opens none", "see splash.toml above"}};
    }
    const std::string start_command =
        lab_node ? fmt::format("splash lab start {} {}", options.where.lab, lab_node->node)
                 : "systemctl start splashd";
    std::vector<Check> checks{check_socket(start.socket, start_command)};
    if (checks.front().state == CheckState::Ok) {
        checks.push_back(check_program(start, options.patience));
    }
    return checks;
}

}  // namespace splash::cli
