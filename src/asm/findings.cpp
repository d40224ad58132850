#include "findings.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace splash::assembly {
namespace {

/// What a terminal can safely show of a line, and the blanks that put a caret under `column` (from 0).
/// A long line is cut to the surroundings of the column.
std::pair<std::string, std::string> excerpt(std::string_view line, std::size_t column) {
    constexpr std::size_t kBefore = 100;
    constexpr std::size_t kWidth = 160;
    std::string shown;
    std::string blanks;
    std::size_t first = 0;
    if (column > kBefore) {
        first = column - kBefore;
        shown = blanks = "...";
        std::ranges::fill(blanks, ' ');
    }
    const std::size_t last = std::min(line.size(), first + kWidth);
    for (std::size_t i = first; i < last; ++i) {
        const auto octet = static_cast<unsigned char>(line[i]);
        const bool is_control = (octet < 0x20 && octet != '\t') || octet == 0x7f;
        shown += is_control ? '?' : line[i];
        const bool continues_utf8 = (octet & 0xc0U) == 0x80U;
        if (i < column && !continues_utf8) {
            blanks += octet == '\t' ? '\t' : ' ';
        }
    }
    if (last < line.size()) {
        shown += "...";
    }
    return {std::move(shown), std::move(blanks)};
}

}  // namespace

std::string Diagnostic::to_string() const {
    std::string text = file;
    if (line > 0) {
        text += ':' + std::to_string(line) + ':' + std::to_string(column);
    }
    text += ": error: " + message;
    if (line > 0) {
        const auto [shown, blanks] = excerpt(source_line, column > 0 ? column - 1 : 0);
        text += '\n' + shown + '\n' + blanks + '^';
    }
    if (!hint.empty()) {
        text += "\nhint: " + hint;
    }
    return text;
}

Findings::Findings(std::string_view file, std::string_view source) : file_(file) {
    while (!source.empty()) {
        const std::size_t end = source.find('\n');
        std::string_view line = source.substr(0, end);
        source.remove_prefix(end == std::string_view::npos ? source.size() : end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        lines_.push_back(line);
    }
}

void Findings::add(std::size_t line, Problem problem) {
    add({line, problem.column}, std::move(problem.message), std::move(problem.hint));
}

void Findings::add(Place place, std::string message, std::string hint) {
    if (is_full()) {
        return;
    }
    if (found_.size() + 1 == kMax) {
        message = "too many errors; this and later ones are not shown";
        hint.clear();
    }
    found_.push_back({file_, place.line + 1, place.column + 1, std::move(message), std::move(hint),
                      std::string(place.line < lines_.size() ? lines_[place.line] : std::string_view())});
}

void Findings::add_general(std::string message, std::string hint) {
    if (!is_full()) {
        found_.push_back({file_, 0, 0, std::move(message), std::move(hint), {}});
    }
}

std::vector<Diagnostic> Findings::take() {
    std::ranges::stable_sort(found_, [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return std::move(found_);
}

}  // namespace splash::assembly
