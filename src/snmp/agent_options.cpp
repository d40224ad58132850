#include "snmp/agent_options.hpp"

#include <getopt.h>
#include <strings.h>

#include <cctype>
#include <optional>
#include <string_view>

namespace splash::snmp {
namespace {

// snmpd's own string: what it lacks, we lack.
constexpr const char* kLetters = "aAc:CdD::fg:hHI:l:L:m:M:n:p:P:qrsS:u:UvVx:XY:-:";
constexpr std::string_view kOwnPrefix = "splash-";
constexpr std::string_view kOwnServices = "services";  // without the prefix, too: no directive is called so

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
        text.remove_prefix(1);
    }
    return text;
}

/// Takes "3", "w" or "0-4" off the front.
std::string_view without_priority(std::string_view text) {
    text.remove_prefix(text.empty() ? 0 : 1);
    if (text.size() >= 2 && text.front() == '-') {
        text.remove_prefix(2);
    }
    return without_blanks(text);
}

/// How many of the words after a -L option belong to it: snmp_log_options reads them from argv by itself,
/// beyond what getopt gives it (snmpcmd(1), LOGGING OPTIONS). nullopt: one is missing.
std::optional<std::size_t> words_of_log_option(std::string_view argument,
                                               const std::vector<std::string>& next) {
    const char kind = argument.empty() ? 'e' : argument.front();
    std::string_view rest = argument.substr(argument.empty() ? 0 : 1);
    rest.remove_prefix(rest.starts_with('=') ? 1 : 0);
    rest = without_blanks(rest);
    std::size_t taken = 0;
    const bool has_priority = std::string_view("EFONS").find(kind) != std::string_view::npos;
    const bool has_target = std::string_view("fFsS").find(kind) != std::string_view::npos;
    const auto fetch = [&] {
        if (rest.empty() && taken < next.size()) {
            rest = without_blanks(next[taken++]);
        }
        return !rest.empty();
    };
    if (has_priority) {
        if (!fetch()) {
            return std::nullopt;
        }
        rest = without_priority(rest);
    }
    if (has_target && !fetch()) {
        return std::nullopt;
    }
    return taken;
}

/// "--help", "--version", "--splash-KEY=VALUE", "--services", "--directive=value"
void take_long(AgentOptions& options, const std::string& text) {
    if (strcasecmp(text.c_str(), "help") == 0) {
        options.action = AgentOptions::Action::PrintUsage;
    } else if (strcasecmp(text.c_str(), "version") == 0) {
        options.action = AgentOptions::Action::PrintVersion;
    } else if (text == kOwnServices) {
        options.splash[text] = "";
    } else if (text.starts_with(kOwnPrefix)) {
        const std::string own = text.substr(kOwnPrefix.size());
        const std::size_t equals = own.find('=');
        options.splash[own.substr(0, equals)] = equals == std::string::npos ? "" : own.substr(equals + 1);
    } else {
        options.flags.push_back({'-', {text}});
    }
}

void take(AgentOptions& options, char letter, const std::string& argument,
          const std::vector<std::string>& next) {
    using Action = AgentOptions::Action;
    switch (letter) {
        case '-': take_long(options, argument); break;
        case 'f': options.is_foreground = true; break;
        case 'H': options.action = Action::PrintDirectives; break;
        case 'n': options.application = argument; break;
        case 'P': options.flags.push_back({letter, {argument}}); [[fallthrough]];  // for its warning
        case 'p': options.pid_file = argument; break;
        case 'v': options.action = Action::PrintVersion; break;
        case 'X': options.is_subagent = true; break;
        case '?':
        case 'h': options.action = Action::PrintUsage; break;
        case 'L': {
            // Of one that lacks a word snmp_log_options says so by itself, when it is applied.
            const std::size_t more = words_of_log_option(argument, next).value_or(0);
            AgentOptions::Flag flag{'L', {argument}};
            flag.words.insert(flag.words.end(), next.begin(), next.begin() + static_cast<long>(more));
            options.flags.push_back(std::move(flag));
            optind += static_cast<int>(more);
            break;
        }
        default: options.flags.push_back({letter, {argument}}); break;
    }
}

}  // namespace

Result<AgentOptions> parse_options(int argc, const char* const* argv) {
    AgentOptions options;
    options.command_line.assign(argv, argv + argc);
    std::vector<std::string> copies = options.command_line;
    std::vector<char*> words;  // getopt moves them about
    for (std::string& word : copies) {
        if (word == "-L") {
            word = "-Le";  // an old spelling that snmpd takes before getopt can eat the next word
        }
        words.push_back(word.data());
    }
    words.push_back(nullptr);
    options.is_subagent = argc > 0 && copies[0].find("agentxd") != std::string::npos;

    optind = 0;  // glibc: begin anew
    int letter = 0;
    while ((letter = getopt(argc, words.data(), kLetters)) != -1) {
        std::vector<std::string> next;
        if (letter == 'L') {
            next.assign(words.begin() + optind, words.begin() + argc);
        }
        take(options, static_cast<char>(letter), optarg != nullptr ? optarg : "", next);
        if (options.action == AgentOptions::Action::PrintUsage ||
            options.action == AgentOptions::Action::PrintVersion) {
            return options;  // as snmpd, which ends here
        }
    }
    options.addresses.assign(words.begin() + optind, words.begin() + argc);
    return options;
}

}  // namespace splash::snmp
