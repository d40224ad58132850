#include "raw_arguments.hpp"

#include <fmt/format.h>

#include <array>
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
    const bool has_rows = id == CommandId::Walk || id == CommandId::Table;
    const auto format = choice(raw, has_rows ? OptionId::Rows : OptionId::Output);
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

Result<Options> finish_options(CommandId id, const RawArguments& raw) {
    auto where = finish_where(raw);
    if (!where) {
        return Failure(where.error());
    }
    const auto patience = finish_patience(raw);
    if (!patience) {
        return Failure(patience.error());
    }
    const auto via = choice(raw, OptionId::Via);
    if (!via) {
        return Failure(via.error());
    }
    if (auto fits = check_way(id, raw, *via == 0 ? Via::Snmp : Via::Snap); !fits) {
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
    Options options{.where = *std::move(where),
                    .travel = *travel == 0 ? Travel::Direct : Travel::Hops,
                    .via = *via == 0 ? Via::Snmp : Via::Snap,
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
        case CommandId::Table: return of(TableArgs{*std::move(options), raw.first, raw.second, ordering});
        case CommandId::Get: return of(GetArgs{*std::move(options), raw.first, raw.rest});
        case CommandId::Next: return of(NextArgs{*std::move(options), raw.first, raw.rest});
        case CommandId::Set: return finish_set(raw, *std::move(options));
        case CommandId::Path: return of(PathArgs{*std::move(options), raw.first, raw.rest});
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
