// What the tests that make real labs share: names of their own, a stand-in daemon, and a look for remains.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lab/lab.hpp"

namespace splash::lab {

/// True as soon as `condition` is, false after 20 s.
[[nodiscard]] bool eventually(const std::function<bool()>& condition);

/// What is left of a lab: files, mounts. Empty: nothing.
[[nodiscard]] std::vector<std::string> remains_of(std::string_view lab);

/// Skips without root. Takes every lab down afterwards, and fails if a process is left: the test process
/// adopts all orphans, so none can hide.
class LabTest : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

    /// A name no other test uses, on this machine.
    [[nodiscard]] std::string new_name();
    /// An executable Python script; `body` sees `directory`, the node's, and `node`, its name.
    [[nodiscard]] std::string write_daemon(std::string_view body);
    /// A daemon that does what a lab waits for.
    [[nodiscard]] std::string write_good_daemon();
    [[nodiscard]] UpOptions options(const std::string& name, std::string_view generator);

    /// Runs `body` in a child and gives its pid.
    [[nodiscard]] pid_t in_child(const std::function<void()>& body);
    /// How a child ended, as waitpid() has it; -1 if it did not within 20 s.
    [[nodiscard]] int status_of(pid_t child);

private:
    std::vector<std::string> names_;
    std::vector<std::string> files_;
    std::vector<pid_t> children_;
};

}  // namespace splash::lab
