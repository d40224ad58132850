#include "option_binding.hpp"

#include <fmt/format.h>

#include <cmath>

namespace splash::cli {
namespace {

std::string_view heading_of(char group) {
    for (const OptionGroup& known : kOptionGroups) {
        if (known.letter == group) {
            return known.heading;
        }
    }
    return {};
}

/// CLI11's own range check lets "nan" pass.
CLI::Validator from_to(double least, double most) {
    return CLI::Validator(
        [least, most](std::string& text) {
            double value = 0;
            const bool is_number = CLI::detail::lexical_cast(text, value);
            return is_number && std::isfinite(value) && value >= least && value <= most
                       ? std::string()
                       : fmt::format("{} is not a number from {} to {}", text, least, most);
        },
        "");
}

/// Any process number is at most this.
constexpr double kMostPid = 4'194'304;  // PID_MAX_LIMIT of the kernel

/// Every option of the table; a new one does not compile until it is said here what it writes into.
CLI::Option* declare(const OptionInfo& info, CLI::App& app, RawArguments& raw) {
    const std::string flags(info.flags);
    switch (info.id) {
        case OptionId::Help: return nullptr;
        case OptionId::Version: return app.add_flag(flags, raw.version);
        case OptionId::Lab:
        case OptionId::From:
        case OptionId::Socket:
        case OptionId::Via:
        case OptionId::Travel:
        case OptionId::SnmpVersion:
        case OptionId::SnmpCommunity:
        case OptionId::SnmpUser:
        case OptionId::SnmpLevel:
        case OptionId::SnmpAuth:
        case OptionId::SnmpAuthKey:
        case OptionId::SnmpPriv:
        case OptionId::SnmpPrivKey:
        case OptionId::SnmpContext:
        case OptionId::Output:
        case OptionId::Rows:
        case OptionId::NodeRows:
        case OptionId::To:
        case OptionId::OutFile:
        case OptionId::LabName:
        case OptionId::Rate:
        case OptionId::Picture:
        case OptionId::Write:
        case OptionId::Filter:
        case OptionId::WhereRows:
        case OptionId::Columns:
        case OptionId::Sum:
        case OptionId::Average:
        case OptionId::Minimum:
        case OptionId::Maximum:
        case OptionId::Condition:
        case OptionId::Do:
        case OptionId::SurveyUntil:
        case OptionId::Map: return app.add_option(flags, raw.texts[info.id]);
        case OptionId::Top: return app.add_option(flags, raw.top)->expected(2);
        case OptionId::Unordered: return app.add_flag(flags, raw.is_unordered);
        case OptionId::Timeout: return app.add_option(flags, raw.timeout);
        case OptionId::Deadline: return app.add_option(flags, raw.deadline);
        case OptionId::Retries: return app.add_option(flags, raw.retries);
        case OptionId::Arg: return app.add_option(flags, raw.program_arguments)->allow_extra_args(false);
        case OptionId::Bound: return app.add_option(flags, raw.bound)->check(CLI::Range(1, 65535));
        case OptionId::Answers: return app.add_option(flags, raw.answers);
        case OptionId::Count: return app.add_option(flags, raw.count)->check(CLI::Range(1, 1000000));
        case OptionId::Delay:
        case OptionId::Jitter: return app.add_option(flags, raw.numbers[info.id])->check(from_to(0, 60'000));
        case OptionId::Loss:
        case OptionId::Duplicate:
        case OptionId::Reorder:
        case OptionId::Corrupt: return app.add_option(flags, raw.numbers[info.id])->check(from_to(0, 100));
        case OptionId::Limit: return app.add_option(flags, raw.numbers[info.id])->check(from_to(1, 1e6));
        case OptionId::Duration:
            return app.add_option(flags, raw.numbers[info.id])->check(from_to(0.001, 1e6));
        case OptionId::Packets: return app.add_option(flags, raw.numbers[info.id])->check(from_to(1, 1e15));
        case OptionId::Link: return app.add_option(flags, raw.links)->allow_extra_args(false);
        case OptionId::Object: return app.add_option(flags, raw.objects)->allow_extra_args(false);
        case OptionId::SurveyTop: return app.add_option(flags, raw.survey_top)->check(CLI::Range(1, 65535));
        case OptionId::Explain:
        case OptionId::CountRows:
        case OptionId::SurveySum:
        case OptionId::SurveyAverage:
        case OptionId::SurveyMinimum:
        case OptionId::SurveyMaximum:
        case OptionId::SurveyList:
        case OptionId::SurveyCount:
        case OptionId::Progress:
        case OptionId::Stateful:
        case OptionId::Remember:
        case OptionId::Ipv6:
        case OptionId::OneWay:
        case OptionId::Clear:
        case OptionId::Down:
        case OptionId::Up:
        case OptionId::Kill: return app.add_flag(flags, raw.flags[info.id]);
        case OptionId::Owner: return app.add_option(flags, raw.owner)->check(from_to(1, kMostPid));
    }
    return nullptr;
}

}  // namespace

CLI::Option* bind_option(const OptionInfo& info, CLI::App& app, RawArguments& raw) {
    CLI::Option* const option = declare(info, app, raw);
    if (option != nullptr) {
        option
            ->description(info.otherwise.empty()
                              ? std::string(info.help)
                              : fmt::format("{} (if left out: {})", info.help, info.otherwise))
            ->group(std::string(heading_of(info.group)));
        if (!info.argument.empty()) {
            option->type_name(std::string(info.argument));
        }
    }
    return option;
}

}  // namespace splash::cli
