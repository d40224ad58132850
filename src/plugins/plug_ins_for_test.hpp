// What the tests of this module share.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "node/ports.hpp"
#include "node/service.hpp"

namespace splash::plugins {

/// A directory of its own below /tmp, which is where others may write: the sticky bit makes that harmless.
class PlugInDirectory : public ::testing::Test {
protected:
    PlugInDirectory() {
        std::string name = "/tmp/splash-plug-ins-XXXXXX";
        directory = ::mkdtemp(name.data()) == nullptr ? "" : name;
    }
    ~PlugInDirectory() override { std::filesystem::remove_all(directory); }
    void SetUp() override { ASSERT_FALSE(directory.empty()); }

    /// A copy of a library made for tests, or of an example, with a mode that is trusted.
    std::string take(const std::string& name, const std::string& from = SPLASH_FIXTURES) {
        const std::string file = "snap_svc_" + name + ".so";
        const std::string path = directory + '/' + file;
        std::filesystem::copy_file(from + '/' + file, path);
        ::chmod(path.c_str(), 0644);
        return path;
    }

    std::string directory;
    const uid_t owner = ::geteuid();  // tests need not run as root
};

/// Keeps what is logged, a line each.
class KeptLog final : public node::Log {
public:
    void write(Level level, std::string_view text) override {
        lines.emplace_back(text);
        worst = std::max(worst, level);
    }
    [[nodiscard]] std::string all() const {
        std::string text;
        for (const std::string& line : lines) {
            text += line + '\n';
        }
        return text;
    }
    std::vector<std::string> lines;
    Level worst = Level::Debug;
};

/// True when `fd` is readable; false after a minute, which nothing here takes.
inline bool wait_readable(int fd) {
    pollfd wanted{fd, POLLIN, 0};
    return ::poll(&wanted, 1, 60'000) == 1;
}

/// A fifo that a service waits at until it is opened for writing.
class Gate {
public:
    explicit Gate(const std::string& path) : path_(path) { ::mkfifo(path.c_str(), 0600); }
    /// Lets one who waits go on, and waits until there is one.
    void open() { ::close(::open(path_.c_str(), O_WRONLY | O_CLOEXEC)); }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace splash::plugins
