#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>

#include "command_table.hpp"
#include "nearest_word.hpp"
#include "option_binding.hpp"
#include "raw_arguments.hpp"

namespace splash::cli {
namespace {

constexpr char kMark = '\x01';

/// CLI11 cuts "[a,b]" into two values, and takes what begins with - behind -- for an option in some places.
/// Such words are marked here and unmarked when they have arrived; the first -- is then no longer needed.
std::vector<std::string> mark_words(const std::vector<std::string>& words) {
    std::vector<std::string> marked;
    bool is_plain = false;
    for (const std::string& word : words) {
        if (!is_plain && word == "--") {
            is_plain = true;
        } else {
            marked.push_back(is_plain || word.starts_with('[') ? kMark + word : word);
        }
    }
    return marked;
}

std::string unmark_word(const std::string& word) {
    return word.starts_with(kMark) ? word.substr(1) : word;
}

void unmark_words(RawArguments& raw) {
    raw.first = unmark_word(raw.first);
    raw.second = unmark_word(raw.second);
    for (auto& entry : raw.texts) {
        entry.second = unmark_word(entry.second);
    }
    for (std::vector<std::string>* const words :
         {&raw.rest, &raw.program_arguments, &raw.links, &raw.top, &raw.objects}) {
        std::ranges::transform(*words, words->begin(), unmark_word);
    }
}

/// Declares the words behind a command, beside its options.
void declare_words(CommandId id, CLI::App& sub, RawArguments& raw) {
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
        case CommandId::Bench:
            positional("NODE", raw.first, kNode);
            objects()->required();
            break;
        case CommandId::Walk:
        case CommandId::Table:
            positional("NODE", raw.first, kNode);
            sub.add_option("OID", raw.second, "root of the subtree")
                ->type_name("")
                ->required(id == CommandId::Table);
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
        case CommandId::Survey:
            sub.add_option("NODE", raw.rest, "the nodes, in the order of the visit")
                ->required()
                ->type_name("");
            break;
        case CommandId::Flood:
        case CommandId::Roam:
        case CommandId::Discover: positional("NODE", raw.first, "where it begins"); break;
        case CommandId::Run: positional("FILE", raw.first, "the program"); break;
        case CommandId::Asm: positional("FILE", raw.first, "assembly text"); break;
        case CommandId::Disasm:
            positional("FILE", raw.first, "an assembled packet (- is standard input)");
            break;
        case CommandId::LabUp:
            positional("TOPOLOGY", raw.first, "a generator's name or a .clab.yml file");
            break;
        case CommandId::LabDown: positional("LAB", raw.first, "the lab"); break;
        case CommandId::LabExec:
            positional("LAB", raw.first, "the lab");
            positional("NODE", raw.second, "the node");
            sub.add_option("CMD", raw.rest, "the command and its arguments")->required()->type_name("");
            break;
        case CommandId::LabImpair:
            positional("LAB", raw.first, "the lab");
            positional("LINK", raw.second, "A-B, or NODE:INTERFACE, or NODE for all its links");
            break;
        case CommandId::LabGraph:
            positional("LAB", raw.first, "a lab that is up, or a topology as `lab up` takes it");
            break;
        case CommandId::LabCapture: positional("LAB", raw.first, "the lab"); break;
        case CommandId::LabStop:
        case CommandId::LabStart:
        case CommandId::LabRestart:
            positional("LAB", raw.first, "the lab");
            positional("NODE", raw.second, "the node");
            break;
        case CommandId::LabList:
        case CommandId::Doctor:
        case CommandId::Version: break;
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
        root_.set_help_flag(std::string(info_of(OptionId::Help).flags),
                            std::string(info_of(OptionId::Help).help));
        for (const OptionGroup& group : kOptionGroups) {
            if (group.place != OptionPlace::Behind) {
                bind_group(group.letter, root_);
            }
        }
        root_.footer(
            "Exit status: 0 yes, 1 a well-formed no, 2 usage, 3 bad input, 4 environment, 70 a bug.\n"
            "Options may stand before or behind the command; a value that begins with - stands behind --.");
        for (const CommandInfo& info : kCommands) {
            add(info);
        }
        // Behind a command no other is looked for: a node may be called "get", a lab "list".
        root_.require_subcommand(0, 1);
        for (const auto& family : families_) {
            family.second->require_subcommand(0, 1);
        }
    }

    std::variant<Command, Stop> parse(const std::vector<std::string>& words) {
        words_ = words;
        std::vector<std::string> backwards = mark_words(words);
        std::ranges::reverse(backwards);  // the order CLI11 wants
        try {
            root_.parse(std::move(backwards));
        } catch (const CLI::Success&) {
            return Stop{.status = 0, .out = root_.help(), .err = {}, .format = {}, .detail = {}, .hint = {}};
        } catch (const CLI::Error& e) {
            std::string said = e.what();
            std::erase(said, kMark);
            return stop(said);
        }
        auto command = finish_parsed();
        if (!command) {
            return stop(command.error().detail);
        }
        return *std::move(command);
    }

private:
    struct Sub {
        CommandId id;
        CLI::App* app;
    };
    struct Bound {
        const OptionInfo* info;
        const CLI::App* app;
        const CLI::Option* option;
    };

    void bind_group(char letter, CLI::App& app) {
        for (const OptionInfo& info : kOptions) {
            if (info.group == letter) {
                if (const CLI::Option* const option = bind_option(info, app, raw_)) {
                    bound_.push_back({&info, &app, option});
                }
            }
        }
    }

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
            }
            parent = known;
        }
        CLI::App* const sub = parent->add_subcommand(std::string(last), std::string(info.help));
        sub->footer(std::string(info.more));
        declare_words(info.id, *sub, raw_);
        for (const OptionGroup& group : kOptionGroups) {
            if (info.options.find(group.letter) != std::string_view::npos) {
                bind_group(group.letter, *sub);
            }
        }
        subs_.push_back({info.id, sub});
    }

    Result<Command> finish_parsed() {
        for (const Bound& bound : bound_) {
            if (bound.option->count() > 0) {
                raw_.given.insert(bound.info->id);
            }
        }
        unmark_words(raw_);
        const auto parsed = std::ranges::find_if(subs_, [](const Sub& sub) { return sub.app->parsed(); });
        if (parsed == subs_.end() && !raw_.version) {
            return fail(Errc::Usage, "no command is given");
        }
        const CommandInfo& info = info_of(raw_.version ? CommandId::Version : parsed->id);
        for (const Bound& bound : bound_) {
            if (bound.option->count() > 0 && bound.app == &root_ && bound.info->id != OptionId::Version &&
                info.options.find(bound.info->group) == std::string_view::npos) {
                return fail(Errc::Usage, fmt::format("{} has no {}", info.words, bound.info->name()));
            }
        }
        return finish_command(info.id, raw_);
    }

    Stop stop(const std::string& said) const {
        const CLI::App& app = deepest();
        std::string what = said;
        if (!app.get_subcommands({}).empty() && !app.remaining().empty()) {
            what = unknown_word(app, unmark_word(app.remaining().front()));
        }
        const std::string hint = fmt::format("see {} --help", full_name(app));
        return Stop{.status = static_cast<int>(ExitClass::Usage),
                    .out = {},
                    .err = fmt::format("splash: {}; {}\n", what, hint),
                    .format = app.get_name() == "asm" ? Format::Text : wanted_format(),
                    .detail = what,
                    .hint = hint};
    }

    /// What --output says, of a command line that could not be read as a whole.
    [[nodiscard]] Format wanted_format() const {
        for (std::size_t i = 0; i < words_.size() && words_[i] != "--"; ++i) {
            const bool is_next = i + 1 < words_.size() && words_[i + 1] == "json";
            if (((words_[i] == "-o" || words_[i] == "--output") && is_next) || words_[i] == "-ojson" ||
                words_[i] == "--output=json") {
                return Format::Json;
            }
        }
        return Format::Text;
    }

    /// A word where a command was expected. Also "up", which has to be "lab up".
    std::string unknown_word(const CLI::App& app, const std::string& word) const {
        if (word.starts_with('-')) {
            return fmt::format("{} has no option {}", full_name(app), word);
        }
        std::vector<std::string> names;
        for (const CLI::App* const sub : app.get_subcommands({})) {
            names.push_back(sub->get_name());
        }
        std::string meant = nearest_word(word, names);
        for (const Sub& sub : subs_) {
            if (meant.empty() && sub.app->get_name() == word) {
                meant = full_name(*sub.app).substr(root_.get_name().size() + 1);
            }
        }
        return fmt::format("{} has no command '{}'{}", full_name(app), word,
                           meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant));
    }

    /// The app whose help answers what was typed.
    [[nodiscard]] const CLI::App& deepest() const {
        const CLI::App* app = &root_;
        while (!app->get_subcommands().empty()) {
            app = app->get_subcommands().front();
        }
        return *app;
    }

    std::vector<std::string> words_;
    RawArguments raw_;
    CLI::App root_;
    std::vector<Sub> subs_;
    std::vector<Bound> bound_;
    std::map<std::string, CLI::App*> families_;  ///< "lab", "bench"
};

}  // namespace

std::variant<Command, Stop> parse_command_line(const std::vector<std::string>& words) {
    return Parser().parse(words);
}

}  // namespace splash::cli
