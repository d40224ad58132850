#include "sections.hpp"

#include <cctype>
#include <charconv>
#include <sstream>

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
