// The commands as spec/commands.def lists them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace splash::cli {

enum class CommandId : std::uint8_t {
#define SPLASH_COMMAND(name, words, usage, options, help, more) name,
#include "commands.def"
#undef SPLASH_COMMAND
};

struct CommandInfo {
    CommandId id;
    std::string_view words;    ///< "get", "lab up"
    std::string_view usage;    ///< what follows the words
    std::string_view options;  ///< letters of the shared options it takes
    std::string_view help;
    std::string_view more;
};

inline constexpr auto kCommands = std::to_array<CommandInfo>({
#define SPLASH_COMMAND(name, words, usage, options, help, more) \
    {CommandId::name, words, usage, options, help, more},
#include "commands.def"
#undef SPLASH_COMMAND
});

[[nodiscard]] constexpr const CommandInfo& info_of(CommandId id) {
    return kCommands[static_cast<std::size_t>(id)];
}

}  // namespace splash::cli
