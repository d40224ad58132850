#include "files.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "isa/packet.hpp"

namespace splash::cli {
namespace {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

std::string reason() {
    return std::strerror(errno);
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
    constexpr std::size_t kMost = 1U << 20U;
    const bool is_stdin = path == "-";
    const File opened(is_stdin ? nullptr : std::fopen(path.c_str(), "rb"));
    if (!is_stdin && !opened) {
        return fail(Errc::FileNotFound, fmt::format("{}: {}", path, reason()));
    }
    std::FILE* const file = is_stdin ? stdin : opened.get();
    std::string octets;
    std::array<char, 4096> chunk{};
    while (true) {
        const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), file);
        octets.append(chunk.data(), count);
        if (octets.size() > kMost) {
            return fail(Errc::TooLarge, fmt::format("{}: over {} octets", path, kMost));
        }
        if (count < chunk.size()) {
            break;
        }
    }
    if (std::ferror(file) != 0) {
        return fail(Errc::FileNotFound, fmt::format("{}: {}", path, reason()));
    }
    return octets;
}

Result<> write_file(const std::string& path, ConstBytes octets) {
    const bool is_stdout = path == "-";
    File opened(is_stdout ? nullptr : std::fopen(path.c_str(), "wb"));
    if (!is_stdout && !opened) {
        return fail(Errc::System, fmt::format("{}: {}", path, reason()));
    }
    std::FILE* const file = is_stdout ? stdout : opened.get();
    const bool is_written = std::fwrite(octets.data(), 1, octets.size(), file) == octets.size();
    if (!is_written || std::fflush(file) != 0) {
        return fail(Errc::System, fmt::format("{}: {}", path, reason()));
    }
    return {};
}

bool looks_assembled(std::string_view octets) {
    return !octets.empty() && static_cast<unsigned char>(octets.front()) == isa::kVersion;
}

}  // namespace splash::cli
