// splash.toml as it lies on the disk, and what of it only this host can tell.
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "linux/host.hpp"
#include "settings.hpp"

namespace splash::splashd {
namespace {

constexpr std::size_t kMost = 1U << 20U;

/// By stdio: the stream of a directory opens, and then throws.
Result<std::string> read_text(const std::string& file) {
    const auto refused = [&file] { return fail(Errc::FileNotFound, file + ": " + std::strerror(errno)); };
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "rbe"), std::fclose);
    if (!in) {
        return refused();
    }
    std::string text;
    std::array<char, 4096> chunk{};
    std::size_t count = chunk.size();
    while (count == chunk.size()) {
        count = std::fread(chunk.data(), 1, chunk.size(), in.get());
        text.append(chunk.data(), count);
        if (text.size() > kMost) {
            return fail(Errc::TooLarge, file + ": over " + std::to_string(kMost) + " octets");
        }
    }
    if (std::ferror(in.get()) != 0) {
        return refused();
    }
    return text;
}

}  // namespace

Result<Settings> read_settings(const std::string& file) {
    const auto text = read_text(file);
    if (!text) {
        return Failure(text.error());
    }
    auto settings = parse_settings(*text, file);
    if (settings && !settings->socket_group.empty()) {
        if (const auto group = linux::group_id(settings->socket_group); !group) {
            return fail(group.error().code, file + ": socket_group: " + group.error().detail);
        }
    }
    return settings;
}

}  // namespace splash::splashd
