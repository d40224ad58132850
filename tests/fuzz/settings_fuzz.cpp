// Any text as splash.toml: it is refused with file, line and column, or every setting is in its range.
#include "base/assert.hpp"
#include "input.hpp"
#include "settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace splash;
    const std::string_view text = as_text(std::as_bytes(std::span(data, size)));
    const auto settings = splashd::parse_settings(text, "fuzz.toml");
    if (!settings) {
        SPLASH_ASSERT(settings.error().code == Errc::BadConfig, "a bad file is a bad configuration");
        SPLASH_ASSERT(settings.error().detail.starts_with("fuzz.toml:"), settings.error().detail.c_str());
        return 0;
    }
    const node::Config& node = settings->node;
    SPLASH_ASSERT(node.workspace >= 4096 && node.workspace <= std::size_t{48} * 1024,
                  "the workspace is in its range");
    SPLASH_ASSERT(node.budget_extra >= 64 && node.budget_extra <= 1'000'000, "so is the budget");
    SPLASH_ASSERT(node.max_parked >= 1 && node.park_timeout.count() >= 10, "so is parking");
    SPLASH_ASSERT(node.reports_per_second >= 1 && node.reports_per_prefix >= 1, "so are reports");
    SPLASH_ASSERT(settings->protocol >= 1 && settings->udp_port >= 1 && node.max_bound >= 1,
                  "so are numbers of the network");
    const plugins::Settings& services = settings->services;
    SPLASH_ASSERT(services.workers >= 1 && services.workers <= 16 && services.queue >= 1, "so are workers");
    SPLASH_ASSERT(!services.directory || services.directory->starts_with('/'),
                  "plug-ins are of an absolute path");
    for (const plugins::CFunctionSettings& function : services.functions) {
        SPLASH_ASSERT(function.library.starts_with('/') || function.library.find('/') == std::string::npos,
                      "and so are libraries, or of the system");
        SPLASH_ASSERT(!function.prototype.name.empty() && !function.service.empty(),
                      "what is called has a name");
    }
    for (const node::AllowRule& rule : node.allow) {
        SPLASH_ASSERT(rule.bound >= 1, "so are the bounds of others");
        SPLASH_ASSERT(text.find("insecure") != std::string_view::npos, "nobody is admitted by accident");
    }
    return 0;
}
