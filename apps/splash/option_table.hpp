// The options as spec/options.def and spec/option_groups.def list them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace splash::cli {

enum class OptionId : std::uint8_t {
#define SPLASH_OPTION(name, group, flags, argument, otherwise, help) name,
#include "options.def"
#undef SPLASH_OPTION
};

struct OptionInfo {
    OptionId id;
    char group;                  ///< letter of its group
    std::string_view flags;      ///< "-t,--timeout"
    std::string_view argument;   ///< "SECONDS", or all values as "a|b"; empty: a flag
    std::string_view otherwise;  ///< what holds if it is left out; empty: nothing to tell
    std::string_view help;

    /// The flag without its short form, or the short form if it has no other.
    [[nodiscard]] constexpr std::string_view name() const {
        const std::size_t comma = flags.find(',');
        return comma == std::string_view::npos ? flags : flags.substr(comma + 1);
    }
};

inline constexpr auto kOptions = std::to_array<OptionInfo>({
#define SPLASH_OPTION(name, group, flags, argument, otherwise, help) \
    {OptionId::name, group, flags, argument, otherwise, help},
#include "options.def"
#undef SPLASH_OPTION
});

[[nodiscard]] constexpr const OptionInfo& info_of(OptionId id) {
    return kOptions[static_cast<std::size_t>(id)];
}

/// Where the options of a group may stand.
enum class OptionPlace : std::uint8_t { Anywhere, Behind, Alone };

struct OptionGroup {
    char letter;
    OptionPlace place;
    std::string_view heading;
};

inline constexpr auto kOptionGroups = std::to_array<OptionGroup>({
#define SPLASH_OPTION_GROUP(name, letter, place, heading) {letter, OptionPlace::place, heading},
#include "option_groups.def"
#undef SPLASH_OPTION_GROUP
});

}  // namespace splash::cli
