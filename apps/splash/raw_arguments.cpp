#include "raw_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

#include "lab_options.hpp"

namespace splash::cli {
namespace {

/// Which of an option's values was given: its place in "a|b|c". 0, the first, if none was.
Result<std::size_t> choice(const RawArguments& raw, OptionId id) {
    const OptionInfo& info = info_of(id);
    std::string names;
    std::string_view left = info.argument;
    for (std::size_t i = 0; !left.empty(); ++i) {
        const std::size_t bar = left.find('|');
        const std::string_view value = left.substr(0, bar);
        left.remove_prefix(bar == std::string_view::npos ? left.size() : bar + 1);
        if (!raw.has(id) || raw.text(id) == value) {
            return i;
        }
        names += names.empty() ? "" : left.empty() ? " and " : ", ";
        names += value;
    }
    return fail(Errc::Usage, fmt::format("{} '{}': there are only {}", info.name(), raw.text(id), names));
}

Result<std::optional<std::chrono::milliseconds>> time(const RawArguments& raw, OptionId id, double seconds) {
    constexpr double kMost = 1e6;
    if (!raw.has(id)) {
        return std::optional<std::chrono::milliseconds>{};
    }
    if (!std::isfinite(seconds) || seconds < 0.001 || seconds > kMost) {
        return fail(Errc::Usage, fmt::format("{} wants seconds, from 0.001 to 1000000", info_of(id).name()));
    }
    return std::optional(std::chrono::milliseconds(std::llround(seconds * 1000)));
}

Result<Patience> finish_patience(const RawArguments& raw) {
    const auto timeout = time(raw, OptionId::Timeout, raw.timeout);
    if (!timeout) {
        return Failure(timeout.error());
    }
    const auto deadline = time(raw, OptionId::Deadline, raw.deadline);
    if (!deadline) {
        return Failure(deadline.error());
    }
    Patience patience{.timeout = *timeout, .retries = {}, .deadline = *deadline};
    if (patience.deadline) {
        patience.end = std::chrono::steady_clock::now() + *patience.deadline;
    }
    if (raw.has(OptionId::Retries)) {
        patience.retries = raw.retries;
    }
    return patience;
}

Result<Where> finish_where(const RawArguments& raw) {
    Where where{.lab = raw.text(OptionId::Lab),
                .from = raw.text(OptionId::From),
                .socket = raw.text(OptionId::Socket),
                .version = raw.has(OptionId::Ipv6) ? IpVersion::V6 : IpVersion::V4};
    if (!where.from.empty() && where.lab.empty()) {
        return fail(Errc::Usage, "--from names a node of a lab: give --lab too, or --socket instead");
    }
    if (!where.socket.empty() && !where.lab.empty()) {
        return fail(Errc::Usage, "--socket and --lab both say where to start: give one of them");
    }
    return where;
}

/// What stands behind -o; which formats there are depends on the command.
Result<Format> finish_format(CommandId id, const RawArguments& raw) {
    static constexpr std::array kFormats{Format::Text, Format::Json, Format::Csv, Format::Ndjson};
    const auto takes = [id](char group) { return info_of(id).options.find(group) != std::string_view::npos; };
    const auto format = choice(raw, takes('r')   ? OptionId::Rows
                                    : takes('R') ? OptionId::NodeRows
                                                 : OptionId::Output);
    return format ? Result<Format>(kFormats.at(*format)) : Failure(format.error());
}

/// An option that the other way to ask would need is a mistake, not a wish: nothing is dropped silently.
Result<> check_way(CommandId id, const RawArguments& raw, Via via) {
    if (info_of(id).options.find('v') == std::string_view::npos) {
        return {};  // asks both ways
    }
    for (const OptionInfo& info : kOptions) {
        if (via == Via::Snap && info.group == 's' && raw.has(info.id)) {
            return fail(Errc::Usage,
                        fmt::format("{} is for --via snmp: what a SNAP program may do, the node's "
                                    "splash.toml says",
                                    info.name()));
        }
        if (via == Via::Snmp && info.group == 'd' && raw.has(info.id)) {
            return fail(Errc::Usage,
                        fmt::format("{} is for --via snap: SNMP goes straight to the node", info.name()));
        }
    }
    return {};
}

/// A survey is a program unless told otherwise.
Result<Via> finish_via(CommandId id, const RawArguments& raw) {
    static constexpr std::array kVias{Via::Snmp, Via::Snap, Via::Auto};
    const auto via = choice(raw, OptionId::Via);
    if (!via) {
        return Failure(via.error());
    }
    return id == CommandId::Survey && !raw.has(OptionId::Via) ? Via::Snap : kVias.at(*via);
}

Result<Options> finish_options(CommandId id, const RawArguments& raw) {
    auto where = finish_where(raw);
    if (!where) {
        return Failure(where.error());
    }
    const auto patience = finish_patience(raw);
    if (!patience) {
        return Failure(patience.error());
    }
    const auto via = finish_via(id, raw);
    if (!via) {
        return Failure(via.error());
    }
    if (auto fits = check_way(id, raw, *via); !fits) {
        return Failure(fits.error());
    }
    const auto travel = choice(raw, OptionId::Travel);
    if (!travel) {
        return Failure(travel.error());
    }
    const auto format = finish_format(id, raw);
    if (!format) {
        return Failure(format.error());
    }
    if (raw.has(OptionId::Explain) && *via != Via::Auto) {
        return fail(Errc::Usage, "--explain tells why --via auto took its way: give that, too");
    }
    Options options{.where = *std::move(where),
                    .travel = *travel == 0 ? Travel::Direct : Travel::Hops,
                    .via = *via,
                    .explain = raw.has(OptionId::Explain) ? Explain::Yes : Explain::No,
                    .snmp = {},
                    .patience = *patience,
                    .format = *format};
    for (const OptionInfo& info : kOptions) {
        if (info.group == 's' && raw.has(info.id)) {
            options.snmp.insert(options.snmp.end(), {std::string(info.flags), raw.text(info.id)});
        }
    }
    return options;
}

Result<Command> finish_table(const RawArguments& raw, Options options, Ordering ordering) {
    TableArgs args{.options = std::move(options),
                   .node = raw.first,
                   .object = raw.second,
                   .ordering = ordering,
                   .wish = {}};
    args.wish.where = raw.text(OptionId::WhereRows);
    if (raw.has(OptionId::WhereRows) && args.wish.where.empty()) {
        return fail(Errc::Usage, "--where wants a condition, as 'ifInErrors > 0'");
    }
    const std::string list = raw.text(OptionId::Columns);
    std::string_view names = list;
    while (!names.empty()) {
        const std::size_t comma = std::min(names.find(','), names.size());
        if (comma > 0) {
            args.wish.columns.emplace_back(names.substr(0, comma));
        }
        names.remove_prefix(std::min(comma + 1, names.size()));
    }
    if (raw.has(OptionId::Columns) && args.wish.columns.empty()) {
        return fail(Errc::Usage, "--columns wants names with commas between them");
    }
    for (const OptionId id : {OptionId::CountRows, OptionId::Sum, OptionId::Average, OptionId::Minimum,
                              OptionId::Maximum, OptionId::Top}) {
        if (!raw.has(id)) {
            continue;
        }
        if (!args.wish.function.empty()) {
            return fail(Errc::Usage, fmt::format("--{} and {} both say what to make of the rows: give one",
                                                 args.wish.function, info_of(id).name()));
        }
        args.wish.function = info_of(id).name().substr(2);
        args.wish.column = raw.text(id);
    }
    if (raw.has(OptionId::Top)) {
        args.wish.column = raw.top[1];
        const std::string& number = raw.top[0];
        const auto [end, error] =
            std::from_chars(number.data(), number.data() + number.size(), args.wish.most);
        if (error != std::errc{} || end != number.data() + number.size() || args.wish.most < 1 ||
            args.wish.most > kMostTop) {
            return fail(Errc::Usage,
                        fmt::format("--top {}: a number of rows from 1 to {}", number, kMostTop));
        }
    }
    return Command(std::move(args));
}

Result<Command> finish_set(const RawArguments& raw, Options options) {
    if (raw.rest.size() % 3 != 0) {
        return fail(Errc::Usage, "set wants OID TYPE VALUE for every object");
    }
    SetArgs args{.options = std::move(options), .node = raw.first, .assignments = {}};
    for (std::size_t i = 0; i < raw.rest.size(); i += 3) {
        if (raw.rest[i + 1].size() != 1) {
            return fail(Errc::Usage, fmt::format("'{}' is no type letter", raw.rest[i + 1]));
        }
        args.assignments.push_back({raw.rest[i], raw.rest[i + 1][0], raw.rest[i + 2]});
    }
    return Command(std::move(args));
}

/// "OID TYPE VALUE" in one word; the value may have spaces.
Result<Assignment> finish_reaction(const std::string& text) {
    const std::size_t first = text.find(' ');
    const std::size_t second = first == std::string::npos ? first : text.find(' ', first + 1);
    if (second != first + 2 || second == std::string::npos) {
        return fail(Errc::Usage,
                    fmt::format("--do '{}': write 'OID TYPE VALUE', the type as one letter", text));
    }
    return Assignment{
        .object = text.substr(0, first), .type = text[first + 1], .value = text.substr(second + 1)};
}

Result<AtNodes> finish_at_nodes(const RawArguments& raw) {
    AtNodes at{.objects = raw.objects,
               .where = raw.text(OptionId::Condition),
               .reaction = {},
               .is_progress_told = raw.has(OptionId::Progress)};
    if (raw.has(OptionId::Condition) && at.where.empty()) {
        return fail(Errc::Usage, "--where wants a condition");
    }
    if (raw.has(OptionId::Do)) {
        auto reaction = finish_reaction(raw.text(OptionId::Do));
        if (!reaction) {
            return Failure(reaction.error());
        }
        at.reaction = *std::move(reaction);
    }
    return at;
}

Result<Gathering> finish_aggregate(const RawArguments& raw) {
    static constexpr std::array<std::pair<OptionId, Gathering>, 7> kAggregates{
        {{OptionId::SurveySum, Gathering::Sum},
         {OptionId::SurveyAverage, Gathering::Average},
         {OptionId::SurveyMinimum, Gathering::Minimum},
         {OptionId::SurveyMaximum, Gathering::Maximum},
         {OptionId::SurveyTop, Gathering::Top},
         {OptionId::SurveyCount, Gathering::Count},
         {OptionId::SurveyList, Gathering::List}}};
    std::optional<Gathering> chosen;
    for (const auto& [id, aggregate] : kAggregates) {
        if (raw.has(id) && chosen) {
            return fail(Errc::Usage,
                        "a survey brings one thing home: give one of --sum, --avg, --min, --max, --top, "
                        "--count, --list");
        }
        if (raw.has(id)) {
            chosen = aggregate;
        }
    }
    return chosen.value_or(Gathering::List);
}

Result<Command> finish_survey(const RawArguments& raw, Options options) {
    auto at = finish_at_nodes(raw);
    if (!at) {
        return Failure(at.error());
    }
    const auto aggregate = finish_aggregate(raw);
    if (!aggregate) {
        return Failure(aggregate.error());
    }
    if (at->objects.empty() && *aggregate != Gathering::List && *aggregate != Gathering::Count) {
        return fail(Errc::Usage, "an aggregate is made of objects: give --oid OID");
    }
    if (at->reaction && at->where.empty()) {
        return fail(Errc::Usage, "--do writes where a condition holds: give --where EXPR");
    }
    if (raw.has(OptionId::SurveyUntil) && raw.text(OptionId::SurveyUntil).empty()) {
        return fail(Errc::Usage, "--until wants a condition");
    }
    return Command(SurveyArgs{.options = std::move(options),
                              .nodes = raw.rest,
                              .at = *std::move(at),
                              .aggregate = *aggregate,
                              .top = raw.survey_top,
                              .until = raw.text(OptionId::SurveyUntil)});
}

/// Of programs that spread: with less, not even a node with one neighbour would get to it and home.
Result<std::optional<std::uint16_t>> finish_bound(const RawArguments& raw) {
    constexpr std::uint16_t kLeast = 8;
    if (!raw.has(OptionId::Bound)) {
        return std::optional<std::uint16_t>{};
    }
    if (raw.bound < kLeast) {
        return fail(Errc::Usage,
                    fmt::format("--bound {}: it takes {} to get anywhere and back", raw.bound, kLeast));
    }
    return std::optional(raw.bound);
}

Result<Command> finish_wandering(CommandId id, const RawArguments& raw, Options options) {
    auto at = finish_at_nodes(raw);
    if (!at) {
        return Failure(at.error());
    }
    const auto bound = finish_bound(raw);
    if (!bound) {
        return Failure(bound.error());
    }
    if (id == CommandId::Flood) {
        return Command(FloodArgs{std::move(options), raw.first, *std::move(at), *bound});
    }
    if (id == CommandId::Roam) {
        return Command(
            RoamArgs{std::move(options), raw.first, *std::move(at), *bound, raw.has(OptionId::Stateful)});
    }
    return Command(DiscoverArgs{std::move(options), raw.first, *bound, raw.text(OptionId::Map),
                                raw.has(OptionId::Progress), raw.has(OptionId::Remember)});
}

Result<std::vector<std::pair<std::string, std::string>>> finish_program_arguments(const RawArguments& raw) {
    std::vector<std::pair<std::string, std::string>> arguments;
    for (const std::string& text : raw.program_arguments) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            return fail(Errc::Usage, fmt::format("--arg {}: write NAME=VALUE", text));
        }
        arguments.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return arguments;
}

Result<Command> finish_asm(const RawArguments& raw) {
    auto arguments = finish_program_arguments(raw);
    if (!arguments) {
        return Failure(arguments.error());
    }
    return Command(AsmArgs{
        .file = raw.first, .arguments = *std::move(arguments), .output = raw.text(OptionId::OutFile)});
}

Result<Command> finish_run(const RawArguments& raw, Options options) {
    RunArgs args{.options = std::move(options),
                 .file = raw.first,
                 .to = raw.text(OptionId::To),
                 .arguments = {},
                 .bound = {},
                 .answers = raw.answers};
    auto arguments = finish_program_arguments(raw);
    if (!arguments) {
        return Failure(arguments.error());
    }
    args.arguments = *std::move(arguments);
    if (raw.has(OptionId::Bound)) {
        args.bound = raw.bound;
    }
    if (args.answers == 0 && !args.options.patience.deadline) {
        return fail(Errc::Usage, "--answers 0 collects until the deadline: give --deadline");
    }
    return Command(std::move(args));
}

}  // namespace

Result<Command> finish_command(CommandId id, const RawArguments& raw) {
    auto options = finish_options(id, raw);
    if (!options) {
        return Failure(options.error());
    }
    const auto of = [](auto args) { return Result<Command>(Command(std::move(args))); };
    const Ordering ordering = raw.is_unordered ? Ordering::Any : Ordering::Ascending;
    switch (id) {
        case CommandId::Walk: return of(WalkArgs{*std::move(options), raw.first, raw.second, ordering});
        case CommandId::Table: return finish_table(raw, *std::move(options), ordering);
        case CommandId::Get: return of(GetArgs{*std::move(options), raw.first, raw.rest});
        case CommandId::Next: return of(NextArgs{*std::move(options), raw.first, raw.rest});
        case CommandId::Set: return finish_set(raw, *std::move(options));
        case CommandId::Path:
            return of(PathArgs{*std::move(options), raw.first, raw.rest, raw.has(OptionId::Progress)});
        case CommandId::Survey: return finish_survey(raw, *std::move(options));
        case CommandId::Flood:
        case CommandId::Roam:
        case CommandId::Discover: return finish_wandering(id, raw, *std::move(options));
        case CommandId::Run: return finish_run(raw, *std::move(options));
        case CommandId::Bench: return of(BenchArgs{*std::move(options), raw.first, raw.rest, raw.count});
        case CommandId::Asm: return finish_asm(raw);
        case CommandId::Disasm: return of(DisasmArgs{raw.first});
        case CommandId::LabUp:
            return of(LabUpArgs{*std::move(options), raw.first, raw.text(OptionId::LabName), raw.owner});
        case CommandId::LabDown: return of(LabDownArgs{raw.first});
        case CommandId::LabList: return of(LabListArgs{*std::move(options)});
        case CommandId::LabExec: return of(LabExecArgs{raw.first, raw.second, raw.rest});
        case CommandId::Doctor: return of(DoctorArgs{*std::move(options)});
        case CommandId::LabImpair: return finish_impair(raw, *std::move(options));
        case CommandId::LabGraph: return of(LabGraphArgs{raw.first, raw.text(OptionId::Picture)});
        case CommandId::LabCapture: return of(finish_capture(raw));
        case CommandId::LabStop:
            return of(LabPowerArgs{raw.first, raw.second, Power::Stop, raw.has(OptionId::Kill)});
        case CommandId::LabStart: return of(LabPowerArgs{raw.first, raw.second, Power::Start, false});
        case CommandId::LabRestart:
            return of(LabPowerArgs{raw.first, raw.second, Power::Restart, raw.has(OptionId::Kill)});
        case CommandId::Version: return of(VersionArgs{*std::move(options)});
    }
    return fail(Errc::Bug, "a command without arguments of its own");
}

}  // namespace splash::cli
