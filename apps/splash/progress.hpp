// How far a command got that takes its time, on standard error.
#pragma once

#include <iosfwd>
#include <string>

namespace splash::cli {

/// One line that is written over and over on a terminal; line by line elsewhere, if the operator wants it.
class Progress {
public:
    /// @param is_wanted  also where `err` is no terminal
    Progress(std::ostream& err, bool is_wanted);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// Leaves the terminal's line empty.
    ~Progress();

    void tell(const std::string& text);

private:
    std::ostream& err_;
    bool is_terminal_;
    bool is_wanted_;
    std::string last_;
};

}  // namespace splash::cli
