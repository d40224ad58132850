#include "lab/impairment.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

namespace splash::lab {
namespace {

constexpr std::chrono::microseconds kMostDelay{60'000'000};
constexpr std::uint64_t kLeastRate = 8'000;           // bit/s: a byte a millisecond
constexpr std::uint64_t kMostRate = 100'000'000'000;  // bit/s
constexpr std::uint32_t kMostLimit = 1'000'000;       // packets

std::string rate_text(std::uint64_t rate) {
    for (const auto& [unit, name] : {std::pair(1'000'000'000ULL, "Gbit/s"), std::pair(1'000'000ULL, "Mbit/s"),
                                     std::pair(1'000ULL, "kbit/s")}) {
        if (rate >= unit) {
            return fmt::format("{} {}", static_cast<double>(rate) / static_cast<double>(unit), name);
        }
    }
    return fmt::format("{} bit/s", rate);
}

std::string milliseconds(std::chrono::microseconds time) {
    return fmt::format("{} ms", static_cast<double>(time.count()) / 1000);
}

}  // namespace

Result<> check(const Impairment& i) {
    for (const auto& [name, time] : {std::pair("delay", i.delay), std::pair("jitter", i.jitter)}) {
        if (time.count() < 0 || time > kMostDelay) {
            return fail(Errc::BadInput, fmt::format("{} of {}; it is 0 to {}", name, milliseconds(time),
                                                    milliseconds(kMostDelay)));
        }
    }
    for (const auto& [name, percent] : {std::pair("loss", i.loss), std::pair("duplicate", i.duplicate),
                                        std::pair("reorder", i.reorder), std::pair("corrupt", i.corrupt)}) {
        if (!std::isfinite(percent) || percent < 0 || percent > 100) {
            return fail(Errc::BadInput, fmt::format("{} of {} %; it is 0 to 100", name, percent));
        }
    }
    if (i.rate != 0 && (i.rate < kLeastRate || i.rate > kMostRate)) {
        return fail(Errc::BadInput, fmt::format("rate of {}; it is {} to {}", rate_text(i.rate),
                                                rate_text(kLeastRate), rate_text(kMostRate)));
    }
    if (i.limit > kMostLimit) {
        return fail(Errc::BadInput, fmt::format("limit of {} packets; it is 1 to {}", i.limit, kMostLimit));
    }
    if (i.jitter > i.delay) {
        return fail(Errc::BadInput, fmt::format("jitter of {} with a delay of {}; it is up to the delay",
                                                milliseconds(i.jitter), milliseconds(i.delay)));
    }
    if (i.reorder > 0 && i.delay.count() == 0) {
        return fail(Errc::BadInput, "reorder without a delay: packets overtake those that are delayed");
    }
    if (i.limit > 0 && i.delay.count() == 0 && i.rate == 0) {
        return fail(Errc::BadInput, "limit without a delay or a rate: no packet waits");
    }
    return {};
}

std::string to_string(const Impairment& i) {
    std::vector<std::string> parts;
    if (i.delay.count() > 0) {
        parts.push_back("delay " + milliseconds(i.delay));
    }
    if (i.jitter.count() > 0) {
        parts.push_back("jitter " + milliseconds(i.jitter));
    }
    for (const auto& [name, percent] : {std::pair("loss", i.loss), std::pair("duplicate", i.duplicate),
                                        std::pair("reorder", i.reorder), std::pair("corrupt", i.corrupt)}) {
        if (percent > 0) {
            parts.push_back(fmt::format("{} {} %", name, percent));
        }
    }
    if (i.rate > 0) {
        parts.push_back("rate " + rate_text(i.rate));
    }
    if (i.limit > 0) {
        parts.push_back(fmt::format("limit {} packets", i.limit));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace splash::lab
