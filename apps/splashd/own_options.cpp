#include "own_options.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace splash::splashd {
namespace {

constexpr const char* kDefaultSettings = "/etc/splash/splash.toml";
constexpr std::string_view kPrefix = "splash-";  // what follows the dashes of every one

enum class OptionId : std::uint8_t {
#define SPLASH_DAEMON_OPTION(name, flag, argument, otherwise, help) name,
#include "daemon_options.def"
#undef SPLASH_DAEMON_OPTION
};

struct OptionInfo {
    OptionId id;
    std::string_view flag;
    std::string_view argument;
    std::string_view otherwise;
    std::string_view help;
};

constexpr auto kOptions = std::to_array<OptionInfo>({
#define SPLASH_DAEMON_OPTION(name, flag, argument, otherwise, help) \
    {OptionId::name, flag, argument, otherwise, help},
#include "daemon_options.def"
#undef SPLASH_DAEMON_OPTION
});

/// "--splash-config=FILE|none"
std::string form_of(const OptionInfo& info) {
    std::string form(info.flag);
    if (!info.argument.empty()) {
        form += '=' + std::string(info.argument);
    }
    return form;
}

Result<> take(const OptionInfo& info, const std::string& value, OwnOptions& into) {
    if (info.argument.empty() != value.empty()) {
        return fail(Errc::Usage,
                    std::string(info.flag) + (value.empty() ? "" : "=" + value) + ": write " + form_of(info));
    }
    switch (info.id) {
        case OptionId::Config:
            into.settings_file = value == "none" ? std::nullopt : std::optional(value);
            break;
        case OptionId::Check: into.is_check = true; break;
        case OptionId::Services: into.is_listing = true; break;
    }
    return {};
}

}  // namespace

Result<OwnOptions> read_own_options(const std::map<std::string, std::string>& given) {
    OwnOptions options;
    struct stat found {};
    if (stat(kDefaultSettings, &found) == 0) {
        options.settings_file = kDefaultSettings;
    }
    for (const auto& [key, value] : given) {
        const OptionInfo* named = nullptr;
        std::string known;
        for (const OptionInfo& info : kOptions) {
            named = info.flag.substr(2) == std::string(kPrefix) + key ? &info : named;
            known += (known.empty() ? "" : ", ") + form_of(info);
        }
        if (named == nullptr) {
            return fail(Errc::Usage, "splashd has no option " + std::string(kPrefix) + key +
                                         "; of its own it has " + known);
        }
        if (auto taken = take(*named, value, options); !taken) {
            return Failure(taken.error());
        }
    }
    return options;
}

std::string own_usage() {
    constexpr std::size_t kColumn = 32;
    std::string text = "Options of splashd beside those of snmpd:\n";
    for (const OptionInfo& info : kOptions) {
        std::string line = "  " + form_of(info);
        line.append(line.size() < kColumn ? kColumn - line.size() : 1, ' ');
        text += line + std::string(info.help) + '\n';
        if (!info.otherwise.empty()) {
            text += std::string(kColumn, ' ') + "(if left out: " + std::string(info.otherwise) + ")\n";
        }
    }
    return text + '\n';
}

}  // namespace splash::splashd
