#include "lab_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace splash::cli {
namespace {

Result<lab::Impairment> impairment_of(const RawArguments& raw) {
    const auto time = [&raw](OptionId id) {
        return std::chrono::microseconds(std::llround(raw.number(id) * 1000));
    };
    lab::Impairment impairment{.delay = time(OptionId::Delay),
                               .jitter = time(OptionId::Jitter),
                               .loss = raw.number(OptionId::Loss),
                               .duplicate = raw.number(OptionId::Duplicate),
                               .reorder = raw.number(OptionId::Reorder),
                               .corrupt = raw.number(OptionId::Corrupt),
                               .rate = 0,
                               .limit = static_cast<std::uint32_t>(raw.number(OptionId::Limit))};
    if (raw.has(OptionId::Rate)) {
        const auto rate = parse_rate(raw.text(OptionId::Rate));
        if (!rate) {
            return fail(Errc::Usage, fmt::format("--rate {}: write bit/s, such as 64k, 2.5M or 1G",
                                                 raw.text(OptionId::Rate)));
        }
        impairment.rate = *rate;
    }
    return impairment;
}

}  // namespace

Result<Command> finish_impair(const RawArguments& raw, Options options) {
    constexpr auto kKinds =
        std::to_array({OptionId::Delay, OptionId::Jitter, OptionId::Loss, OptionId::Duplicate,
                       OptionId::Reorder, OptionId::Corrupt, OptionId::Rate, OptionId::Limit});
    const bool has_kind = std::ranges::any_of(kKinds, [&raw](OptionId kind) { return raw.has(kind); });
    const bool is_clear = raw.has(OptionId::Clear);
    if (raw.has(OptionId::Up) && raw.has(OptionId::Down)) {
        return fail(Errc::Usage, "--up and --down exclude each other");
    }
    if (is_clear && (has_kind || raw.has(OptionId::Down))) {
        return fail(Errc::Usage, "--clear takes everything away: it stands alone");
    }
    LabImpairArgs args{.options = std::move(options),
                       .name = raw.first,
                       .where = raw.second,
                       .is_one_way = raw.has(OptionId::OneWay),
                       .impairment = {},
                       .is_down = {}};
    if (has_kind) {
        const auto impairment = impairment_of(raw);
        if (!impairment) {
            return Failure(impairment.error());
        }
        args.impairment = *impairment;
    }
    if (is_clear) {
        args.impairment = lab::Impairment{};
    }
    if (raw.has(OptionId::Down) || raw.has(OptionId::Up)) {
        args.is_down = raw.has(OptionId::Down);
    } else if (is_clear && !args.is_one_way) {
        args.is_down = false;
    }
    if (args.is_down && args.is_one_way) {
        return fail(Errc::Usage,
                    "an interface that is down is so for both ways; for one way there is --loss 100");
    }
    if (!args.impairment && !args.is_down) {
        return fail(Errc::Usage,
                    "nothing to do: give --delay, --loss, --rate or another impairment, or --clear");
    }
    return Command(std::move(args));
}

LabCaptureArgs finish_capture(const RawArguments& raw) {
    return {.name = raw.first,
            .file = raw.has(OptionId::Write) ? raw.text(OptionId::Write) : raw.first + ".pcapng",
            .links = raw.links,
            .filter = raw.text(OptionId::Filter),
            .duration = std::chrono::milliseconds(std::llround(raw.number(OptionId::Duration) * 1000)),
            .count = static_cast<std::uint64_t>(raw.number(OptionId::Packets))};
}

std::optional<std::uint64_t> parse_rate(std::string_view text) {
    for (const std::string_view ending : {"/s", "bit"}) {
        if (text.ends_with(ending)) {
            text.remove_suffix(ending.size());
        }
    }
    double factor = 1;
    if (!text.empty()) {
        switch (text.back()) {
            case 'k': factor = 1e3; break;
            case 'M': factor = 1e6; break;
            case 'G': factor = 1e9; break;
            default: break;
        }
    }
    if (factor > 1) {
        text.remove_suffix(1);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    constexpr double kMost = 1e15;
    if (error != std::errc{} || end != text.data() + text.size() || !(value * factor >= 1) ||
        value * factor > kMost) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(std::llround(value * factor));
}

}  // namespace splash::cli
