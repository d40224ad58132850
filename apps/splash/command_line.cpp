#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <sstream>

#include "command_table.hpp"

namespace splash::cli {
namespace {

// What CLI11 writes into before it becomes arguments.hpp's plain data.
struct Raw {
    Options options;
    std::string via = "snmp";
    std::string travel = "direct";
    std::string format = "text";
    double timeout = 0;
    double deadline = 0;
    unsigned retries = 0;
    std::map<char, std::string> snmp;

    std::string first;   ///< NODE, FILE, TOPOLOGY or NAME
    std::string second;  ///< the NODE of lab exec
    std::vector<std::string> rest;
    std::string name;
    std::string to;
    std::string output;
    std::vector<std::string> arguments;
    std::int64_t owner = 0;
    unsigned count = 101;
    unsigned answers = 1;
    std::uint16_t bound = 0;
};

/// A wrong command line that CLI11 cannot see. Caught where CLI11's own errors are.
CLI::ValidationError wrong(const std::string& text) {
    return CLI::ValidationError(text, 2);
}

constexpr char kMark = '\x01';

/// CLI11 cuts "[a,b]" into two values. Such words are marked here, so that they no longer look like a list,
/// and unmarked when they have arrived.
std::string mark_list(const std::string& word) {
    return word.starts_with('[') ? kMark + word : word;
}
std::string unmark_list(const std::string& word) {
    return word.starts_with(kMark) ? word.substr(1) : word;
}

struct SnmpOption {
    char letter;
    std::string_view value;
    std::string_view help;
};
constexpr auto kSnmpOptions = std::to_array<SnmpOption>({
    {'v', "VERSION", "SNMP version: 1, 2c or 3"},
    {'c', "COMMUNITY", "community of SNMP 1 and 2c"},
    {'u', "USER", "user of SNMP 3"},
    {'l', "LEVEL", "noAuthNoPriv, authNoPriv or authPriv"},
    {'a', "PROTOCOL", "authentication protocol"},
    {'A', "PHRASE", "authentication pass phrase"},
    {'x', "PROTOCOL", "privacy protocol"},
    {'X', "PHRASE", "privacy pass phrase"},
    {'n', "CONTEXT", "context name of SNMP 3"},
});

void add_where(CLI::App& app, Raw& raw) {
    const std::string group = "Where";
    app.add_option("--lab", raw.options.where.lab, "names of nodes are those of this lab")
        ->type_name("NAME")
        ->group(group);
    app.add_option("--from", raw.options.where.from,
                   "with --lab: start at this node; without it, at the node asked itself")
        ->type_name("NODE")
        ->group(group);
    app.add_option(
           "--socket", raw.options.where.socket,
           "start SNAP programs at the splashd of this socket (default /run/splash/splashd.sock if it can "
           "be used; without a daemon here they go to NODE by UDP)")
        ->type_name("PATH")
        ->group(group);
}

void add_via(CLI::App& app, Raw& raw) {
    app.add_option("--via", raw.via, "snmp (default) or snap")->type_name("WAY")->group("Where");
}

void add_travel(CLI::App& app, Raw& raw) {
    app.add_option(
           "--travel", raw.travel,
           "SNAP requests that start elsewhere go to NODE direct (default), or hops: executed by every "
           "Splash node on the way")
        ->type_name("WAY")
        ->group("Where");
}

void add_snmp(CLI::App& app, Raw& raw) {
    for (const SnmpOption& option : kSnmpOptions) {
        app.add_option(fmt::format("-{}", option.letter), raw.snmp[option.letter], std::string(option.help))
            ->type_name(std::string(option.value))
            ->group("SNMP (defaults: snmp.conf)");
    }
}

void add_patience(CLI::App& app, Raw& raw) {
    const std::string group = "Patience";
    app.add_option("-t,--timeout", raw.timeout, "for one try (default 1; SNMP: snmp.conf's)")
        ->type_name("SECONDS")
        ->group(group);
    app.add_option(
           "-r,--retries", raw.retries,
           "further tries (default: SNMP snmp.conf's or 5; SNAP 1 for reading, 0 for writing and run)")
        ->type_name("N")
        ->group(group);
    app.add_option("--deadline", raw.deadline, "for everything together")->type_name("SECONDS")->group(group);
}

void add_output(CLI::App& app, Raw& raw) {
    app.add_option("-o,--output", raw.format, "text (default) or json")->type_name("FORMAT")->group("Output");
}

struct OptionGroup {
    char letter;
    void (*add)(CLI::App&, Raw&);
};
constexpr auto kGroups = std::to_array<OptionGroup>({{'w', add_where},
                                                     {'v', add_via},
                                                     {'d', add_travel},
                                                     {'s', add_snmp},
                                                     {'t', add_patience},
                                                     {'o', add_output}});

std::chrono::milliseconds from_seconds(double seconds, std::string_view option) {
    constexpr double kMost = 1e6;
    if (!std::isfinite(seconds) || seconds < 0.001 || seconds > kMost) {
        throw wrong(fmt::format("{} wants seconds, from 0.001 to 1000000", option));
    }
    return std::chrono::milliseconds(std::llround(seconds * 1000));
}

/// An option was given, before the command or behind it.
bool was_given(const CLI::App& root, const CLI::App& sub, const std::string& option) {
    const auto count = [&option](const CLI::App& app) {
        const CLI::Option* const found = app.get_option_no_throw(option);
        return found == nullptr ? 0U : found->count();
    };
    return count(root) + count(sub) > 0;
}

Options finish_options(const CLI::App& root, const CLI::App& sub, const Raw& raw) {
    Options options = raw.options;
    if (raw.via == "snap") {
        options.via = Via::Snap;
    } else if (raw.via != "snmp") {
        throw wrong(fmt::format("--via {}: only snmp and snap are there", raw.via));
    }
    if (raw.travel == "hops") {
        options.travel = Travel::Hops;
    } else if (raw.travel != "direct") {
        throw wrong(fmt::format("--travel {}: only direct and hops are there", raw.travel));
    }
    if (raw.format == "json") {
        options.format = Format::Json;
    } else if (raw.format != "text") {
        throw wrong(fmt::format("-o {}: only text and json are there", raw.format));
    }
    for (const SnmpOption& option : kSnmpOptions) {
        const std::string name = fmt::format("-{}", option.letter);
        if (was_given(root, sub, name)) {
            options.snmp.insert(options.snmp.end(), {name, raw.snmp.at(option.letter)});
        }
    }
    if (was_given(root, sub, "--timeout")) {
        options.patience.timeout = from_seconds(raw.timeout, "--timeout");
    }
    if (was_given(root, sub, "--deadline")) {
        options.patience.deadline = from_seconds(raw.deadline, "--deadline");
    }
    if (was_given(root, sub, "--retries")) {
        options.patience.retries = raw.retries;
    }
    if (!options.where.from.empty() && options.where.lab.empty()) {
        throw wrong("--from names a node of a lab: give --lab too, or --socket instead");
    }
    if (!options.where.socket.empty() && !options.where.lab.empty()) {
        throw wrong("--socket and --lab both say where to start: give one of them");
    }
    return options;
}

Command finish_set(const Raw& raw, Options options) {
    if (raw.rest.size() % 3 != 0) {
        throw wrong("set wants OID TYPE VALUE for every object");
    }
    SetArgs args{.options = std::move(options), .node = raw.first, .assignments = {}};
    for (std::size_t i = 0; i < raw.rest.size(); i += 3) {
        if (raw.rest[i + 1].size() != 1) {
            throw wrong(fmt::format("'{}' is no type letter", raw.rest[i + 1]));
        }
        args.assignments.push_back({raw.rest[i], raw.rest[i + 1][0], raw.rest[i + 2]});
    }
    return args;
}

Command finish_run(const CLI::App& sub, const Raw& raw, Options options) {
    RunArgs args{.options = std::move(options),
                 .file = raw.first,
                 .to = raw.to,
                 .arguments = {},
                 .bound = {},
                 .answers = raw.answers};
    for (const std::string& text : raw.arguments) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw wrong(fmt::format("--arg {}: write NAME=VALUE", text));
        }
        args.arguments.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    if (sub.get_option("--bound")->count() > 0) {
        args.bound = raw.bound;
    }
    if (args.answers == 0 && !args.options.patience.deadline) {
        throw wrong("--answers 0 collects until the deadline: give --deadline");
    }
    return args;
}

/// Declares what is a command's own, beside the shared groups.
void declare_own(CommandId id, CLI::App& sub, Raw& raw) {
    const auto positional = [&sub](const char* name, std::string& into, const char* help) {
        sub.add_option(name, into, help)->required();
    };
    const auto objects = [&] {
        return sub.add_option("OID", raw.rest, "objects: names, MODULE::name or numbers")->type_name("");
    };
    constexpr auto kNode = "name or address, with :PORT if it is not the usual one";
    switch (id) {
        case CommandId::Get:
        case CommandId::Next:
            positional("NODE", raw.first, kNode);
            objects()->required();
            break;
        case CommandId::Set:
            positional("NODE", raw.first, kNode);
            sub.add_option("OID_TYPE_VALUE", raw.rest, "three words for every object")
                ->required()
                ->type_name("");
            break;
        case CommandId::Path:
            positional("NODE", raw.first, "name or address of the last hop");
            objects();
            break;
        case CommandId::Run:
            positional("FILE", raw.first, "the program");
            sub.add_option("--to", raw.to, "destination of the packet; without it the node where it starts")
                ->type_name("NODE");
            sub.add_option("--arg", raw.arguments, "value of an #arg of the program")
                ->type_name("NAME=VALUE")
                ->allow_extra_args(false);
            sub.add_option(
                   "--bound", raw.bound,
                   "executions the packet and its children may cause (default: the program's, else 255)")
                ->type_name("N")
                ->check(CLI::Range(1, 65535));
            sub.add_option("--answers", raw.answers,
                           "stop after so many deliveries (default 1; 0: all until --deadline)")
                ->type_name("N");
            break;
        case CommandId::Bench:
            positional("NODE", raw.first, kNode);
            objects()->required();
            sub.add_option("--count", raw.count, "requests each way (default 101)")
                ->type_name("N")
                ->check(CLI::Range(1, 1000000));
            break;
        case CommandId::Asm:
            positional("FILE", raw.first, "assembly text");
            sub.add_option("-o,--output", raw.output, "where to write")->type_name("OUT");
            break;
        case CommandId::Disasm:
            positional("FILE", raw.first, "an assembled packet (- is standard input)");
            break;
        case CommandId::LabUp:
            positional("TOPOLOGY", raw.first, "a generator's name or a .clab.yml file");
            sub.add_option("--name", raw.name, "of the lab (default: the topology's)")->type_name("NAME");
            sub.add_option("--owner", raw.owner, "take the lab down when this process ends")
                ->type_name("PID")
                ->check(CLI::PositiveNumber);
            break;
        case CommandId::LabDown: positional("NAME", raw.first, "the lab"); break;
        case CommandId::LabExec:
            positional("NAME", raw.first, "the lab");
            positional("NODE", raw.second, "the node");
            sub.add_option("CMD", raw.rest, "the command and its arguments")->required()->type_name("");
            break;
        case CommandId::LabList:
        case CommandId::Version: break;
    }
}

Command finish(CommandId id, const CLI::App& sub, const Raw& raw, Options options) {
    switch (id) {
        case CommandId::Get: return GetArgs{std::move(options), raw.first, raw.rest};
        case CommandId::Next: return NextArgs{std::move(options), raw.first, raw.rest};
        case CommandId::Set: return finish_set(raw, std::move(options));
        case CommandId::Path: return PathArgs{std::move(options), raw.first, raw.rest};
        case CommandId::Run: return finish_run(sub, raw, std::move(options));
        case CommandId::Bench: return BenchArgs{std::move(options), raw.first, raw.rest, raw.count};
        case CommandId::Asm: return AsmArgs{raw.first, raw.output};
        case CommandId::Disasm: return DisasmArgs{raw.first};
        case CommandId::LabUp: return LabUpArgs{std::move(options), raw.first, raw.name, raw.owner};
        case CommandId::LabDown: return LabDownArgs{raw.first};
        case CommandId::LabList: return LabListArgs{std::move(options)};
        case CommandId::LabExec: return LabExecArgs{raw.first, raw.second, raw.rest};
        case CommandId::Version: return VersionArgs{std::move(options)};
    }
    throw wrong("no such command");
}

void unmark_lists(Raw& raw) {
    Where& where = raw.options.where;
    for (std::string* const word : {&raw.first, &raw.second, &raw.name, &raw.to, &raw.output, &raw.via,
                                    &raw.travel, &raw.format, &where.lab, &where.from, &where.socket}) {
        *word = unmark_list(*word);
    }
    for (auto& entry : raw.snmp) {
        entry.second = unmark_list(entry.second);
    }
    for (std::vector<std::string>* const words : {&raw.rest, &raw.arguments}) {
        std::ranges::transform(*words, words->begin(), unmark_list);
    }
}

/// "splash lab up"
std::string full_name(const CLI::App& app) {
    const CLI::App* const parent = app.get_parent();
    return parent == nullptr ? app.get_name() : full_name(*parent) + ' ' + app.get_name();
}

/// The usage line comes from the table of commands; CLI11 would name every positional anew.
class TableFormatter final : public CLI::Formatter {
public:
    std::string make_usage(const CLI::App* app, std::string name) const override {
        const std::string full = full_name(*app);
        for (const CommandInfo& info : kCommands) {
            if (full == fmt::format("splash {}", info.words)) {
                return fmt::format("Usage: {} {}\n", full, info.usage);
            }
        }
        return CLI::Formatter::make_usage(app, std::move(name));
    }
};

/// `splash`'s commands and options as CLI11 sees them.
class Parser {
public:
    Parser() : root_("Reads, writes and programs networks of SNMP and Splash nodes.", "splash") {
        root_.formatter(std::make_shared<TableFormatter>());
        root_.require_subcommand(1);
        for (const OptionGroup& group : kGroups) {
            group.add(root_, raw_);
        }
        root_.footer(
            "Exit status: 0 yes, 1 a well-formed no, 2 usage, 3 bad input, 4 environment, 70 a bug.\n"
            "Options may stand before or behind the command; a value that begins with - stands behind --.");
        for (const CommandInfo& info : kCommands) {
            add(info);
        }
    }

    std::variant<Command, Stop> parse(const std::vector<std::string>& words) {
        std::vector<std::string> backwards;  // the order CLI11 wants
        std::transform(words.rbegin(), words.rend(), std::back_inserter(backwards), mark_list);
        try {
            root_.parse(std::move(backwards));
            return finish_parsed();
        } catch (const CLI::Success&) {
            return Stop{.status = 0, .out = root_.help(), .err = {}};
        } catch (const CLI::Error& e) {
            std::string said = e.what();
            std::erase(said, kMark);
            return Stop{.status = static_cast<int>(ExitClass::Usage),
                        .out = {},
                        .err = fmt::format("splash: {}; see {} --help\n", said, full_name(deepest()))};
        }
    }

private:
    void add(const CommandInfo& info) {
        CLI::App* parent = &root_;
        std::string_view last = info.words;
        if (const std::size_t space = info.words.find(' '); space != std::string_view::npos) {
            const std::string family(info.words.substr(0, space));
            last = info.words.substr(space + 1);
            CLI::App*& known = families_[family];
            if (known == nullptr) {
                known =
                    root_.add_subcommand(family, family == "lab" ? "networks of namespaces on this machine"
                                                                 : "how long requests take");
                known->require_subcommand(1);
            }
            parent = known;
        }
        CLI::App* const sub = parent->add_subcommand(std::string(last), std::string(info.help));
        sub->footer(std::string(info.more));
        declare_own(info.id, *sub, raw_);
        for (const OptionGroup& group : kGroups) {
            if (info.options.find(group.letter) != std::string_view::npos) {
                group.add(*sub, raw_);
            }
        }
        subs_.push_back({info.id, sub});
    }

    Command finish_parsed() {
        const auto parsed = std::ranges::find_if(subs_, [](const Sub& sub) { return sub.app->parsed(); });
        if (parsed == subs_.end()) {
            throw wrong("no command");
        }
        const CommandInfo& info = info_of(parsed->id);
        for (const CLI::Option* const option : root_.get_options()) {
            const std::string name = option->get_name();
            if (option->count() > 0 && parsed->app->get_option_no_throw(name) == nullptr) {
                throw wrong(fmt::format("{} has no {}", info.words, name));
            }
        }
        unmark_lists(raw_);
        return finish(parsed->id, *parsed->app, raw_, finish_options(root_, *parsed->app, raw_));
    }

    /// The app whose help answers what was typed.
    [[nodiscard]] const CLI::App& deepest() const {
        const CLI::App* app = &root_;
        while (!app->get_subcommands().empty()) {
            app = app->get_subcommands().front();
        }
        return *app;
    }
    struct Sub {
        CommandId id;
        CLI::App* app;
    };
    Raw raw_;
    CLI::App root_;
    std::vector<Sub> subs_;
    std::map<std::string, CLI::App*> families_;  ///< "lab", "bench"
};

}  // namespace

std::variant<Command, Stop> parse_command_line(const std::vector<std::string>& words) {
    return Parser().parse(words);
}

}  // namespace splash::cli
