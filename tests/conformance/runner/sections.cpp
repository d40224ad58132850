#include "sections.hpp"

#include <cctype>
#include <charconv>
#include <sstream>

#include "literals.hpp"

namespace splash::conformance {

std::string Section::text() const {
    std::string all = first;
    for (const std::string& line : lines) {
        all += "\n" + line;
    }
    return all;
}

std::vector<std::string> Section::filled_lines() const {
    std::vector<std::string> filled;
    if (!trim(first).empty()) {
        filled.emplace_back(trim(first));
    }
    for (const std::string& line : lines) {
        if (!trim(line).empty()) {
            filled.emplace_back(trim(line));
        }
    }
    return filled;
}

std::variant<std::vector<Section>, std::string> cut_sections(std::string_view text) {
    std::vector<Section> sections;
    std::istringstream in{std::string(text)};
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with("-- ")) {
            const Headed headed = behead(std::string_view(line).substr(3));
            sections.push_back({std::string(headed.head), std::string(headed.rest), {}});
        } else if (!sections.empty()) {
            sections.back().lines.push_back(line);
        } else if (!trim(line).empty()) {
            return "text before the first section: " + line;
        }
    }
    return sections;
}

std::vector<CaseText> cut_cases(std::string_view file) {
    CaseText shared;
    std::vector<CaseText> cases;
    std::istringstream in{std::string(file)};
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with("== ")) {
            cases.push_back({std::string(trim(std::string_view(line).substr(3))), shared.text});
        } else {
            (cases.empty() ? shared : cases.back()).text += line + "\n";
        }
    }
    if (cases.empty()) {
        cases.push_back(std::move(shared));
    }
    return cases;
}

namespace {

std::vector<std::string> columns_of(std::string_view row) {
    std::vector<std::string> columns;
    constexpr std::string_view kBetween = " | ";
    for (std::size_t at = row.find(kBetween); at != std::string_view::npos; at = row.find(kBetween)) {
        columns.emplace_back(trim(row.substr(0, at)));
        row.remove_prefix(at + kBetween.size());
    }
    columns.emplace_back(trim(row));
    return columns;
}

/// The first line of `#data` is the top: what is written first lies at the bottom.
std::string stack_lines(std::string_view values) {
    std::string lines;
    for (const std::string& value : split_values(values)) {
        constexpr std::string_view kWord = "word:";
        const bool is_word = value.starts_with(kWord);
        lines.insert(0, (is_word ? "#word " + value.substr(kWord.size()) : "#data " + value) + "\n");
    }
    return lines;
}

/// `fault R [leaves VALUES]`, `sent ... leaves VALUES`, `delivered ...`, `moved ...`, or what is left when it
/// exits.
std::string outcome_sections(const std::string& outcome) {
    const Headed headed = behead(outcome);
    if (headed.head == "delivered" || headed.head == "moved") {
        return "-- " + outcome + "\n";
    }
    std::string text;
    std::string_view rest = headed.rest;
    constexpr std::string_view kLeaves = " leaves ";
    const std::size_t at = rest.find(kLeaves);
    if (at != std::string_view::npos) {
        text = "-- stack " + std::string(rest.substr(at + kLeaves.size())) + "\n";
        rest = rest.substr(0, at);
    }
    if (headed.head == "fault") {
        return text + "-- fault " + std::string(rest) + " at 0\n";
    }
    if (headed.head == "sent") {
        return text + "-- sent " + std::string(rest) + "\n-- exit\n";
    }
    return "-- stack " + outcome + "\n-- exit\n";
}

/// ` / ` stands between instructions.
std::string in_lines(std::string instructions) {
    constexpr std::string_view kBetween = " / ";
    for (std::size_t at = instructions.find(kBetween); at != std::string::npos;
         at = instructions.find(kBetween)) {
        instructions.replace(at, kBetween.size(), "\n");
    }
    return instructions;
}

}  // namespace

std::vector<CaseText> expand_rows(const CaseText& one) {
    const std::size_t at = one.text.find("-- rows");
    if (at == std::string::npos) {
        return {one};
    }
    const std::size_t first_row = one.text.find('\n', at);
    std::vector<CaseText> cases;
    std::istringstream in(first_row == std::string::npos ? std::string() : one.text.substr(first_row));
    std::string line;
    while (std::getline(in, line)) {
        const std::string row(trim(line));
        if (row.empty()) {
            continue;
        }
        const auto columns = columns_of(row);
        std::string text = one.text.substr(0, at);
        if (columns.size() == 3) {
            text += "-- asm " + in_lines(columns[1]) + "\n";
            text += columns[0] == "empty" ? "" : stack_lines(columns[0]);
            text += outcome_sections(columns[2]);
        } else {
            text += "-- row of three columns is wanted: stack | instruction | outcome\n";
        }
        cases.push_back({one.name.empty() ? row : one.name + ": " + row, std::move(text)});
    }
    return cases;
}

std::string_view trim(std::string_view text) {
    const auto is_blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::vector<std::string> words_of(std::string_view line) {
    std::istringstream in{std::string(line)};
    std::vector<std::string> words;
    std::string word;
    while (in >> word) {
        words.push_back(word);
    }
    return words;
}

Headed behead(std::string_view line) {
    line = trim(line);
    const std::size_t end = line.find_first_of(" \t");
    if (end == std::string_view::npos) {
        return {line, {}};
    }
    return {line.substr(0, end), trim(line.substr(end))};
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > max) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::vector<std::byte>> parse_hex(const std::vector<std::string>& lines) {
    std::vector<std::byte> octets;
    std::string digits;
    for (const std::string& line : lines) {
        for (const std::string& word : words_of(line.substr(0, line.find(';')))) {
            digits += word;
        }
    }
    for (std::size_t at = 0; at < digits.size(); at += 2) {
        unsigned octet = 0;
        const char* const begin = digits.data() + at;
        const char* const end = digits.data() + std::min(at + 2, digits.size());
        const auto [stopped, error] = std::from_chars(begin, end, octet, 16);
        if (error != std::errc{} || stopped != begin + 2) {
            return std::nullopt;
        }
        octets.push_back(static_cast<std::byte>(octet));
    }
    return octets;
}

}  // namespace splash::conformance
