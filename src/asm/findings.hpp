// What is wrong with a source text, collected over all passes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "asm/assembler.hpp"

namespace splash::assembly {

/// One thing wrong in a line that is being read.
struct Problem {
    std::size_t column = 0;  ///< octets before it in the line
    std::string message;
    std::string hint;
};

/// Where something was written.
struct Place {
    std::size_t line = 0;    ///< from 0
    std::size_t column = 0;  ///< octets before it in the line
};

class Findings {
public:
    /// More than these and the rest is not looked for: nobody reads them, and a hostile text would be costly.
    static constexpr std::size_t kMax = 200;

    Findings(std::string_view file, std::string_view source);

    [[nodiscard]] const std::vector<std::string_view>& lines() const { return lines_; }
    void add(std::size_t line, Problem problem);
    void add(Place place, std::string message, std::string hint = {});
    /// About the whole file: shown without a line.
    void add_general(std::string message, std::string hint = {});
    [[nodiscard]] bool empty() const { return found_.empty(); }
    [[nodiscard]] bool is_full() const { return found_.size() >= kMax; }
    /// In the order of the text.
    [[nodiscard]] std::vector<Diagnostic> take();

private:
    std::string file_;
    std::vector<std::string_view> lines_;
    std::vector<Diagnostic> found_;
};

}  // namespace splash::assembly
