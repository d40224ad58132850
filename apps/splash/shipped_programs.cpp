#include "shipped_programs.hpp"

#include <fmt/format.h>

#include "asm/assembler.hpp"
#include "base/assert.hpp"

namespace splash::cli {
namespace {

constexpr std::string_view kMark = ";; ";
constexpr std::string_view kEnd = "end";

/// Takes the next line, with its line feed, off the front.
std::string_view take_line(std::string_view& text) {
    const std::size_t feed = text.find('\n');
    const std::string_view line = text.substr(0, feed == std::string_view::npos ? feed : feed + 1);
    text.remove_prefix(line.size());
    return line;
}

/// "where" of ";; where\n"; empty for any other line.
std::string_view marked_word(std::string_view line) {
    if (!line.starts_with(kMark)) {
        return {};
    }
    line.remove_prefix(kMark.size());
    return line.substr(0, line.find_last_not_of(" \n") + 1);
}

}  // namespace

std::string fill_sections(std::string_view name, const Sections& sections) {
    std::string_view left = shipped_program(name);
    std::string text;
    std::size_t filled = 0;
    const std::string* content = nullptr;
    while (!left.empty()) {
        const std::string_view line = take_line(left);
        const std::string_view word = marked_word(line);
        if (word == kEnd) {
            content = nullptr;
        }
        if (content == nullptr) {
            text += line;
        }
        if (word.empty() || word == kEnd) {
            continue;
        }
        if (const auto found = sections.find(word); found != sections.end()) {
            content = &found->second;
            text += *content;
            ++filled;
        }
    }
    SPLASH_ASSERT(filled == sections.size(), "every section given is one of the program's");
    return text;
}

Result<isa::Packet> assemble_shipped(std::string_view name, const Sections& sections) {
    auto assembled = assembly::assemble(fill_sections(name, sections), fmt::format("{}.snap", name),
                                        assembly::BuiltinNames());
    if (const auto* findings = std::get_if<std::vector<assembly::Diagnostic>>(&assembled)) {
        // The text is ours; all an operator's words can do to it is to make it too large.
        const assembly::Diagnostic& first = findings->front();
        const bool is_size = first.message.find("reaches") != std::string::npos ||
                             first.hint.find("reaches") != std::string::npos;
        return is_size ? fail(Errc::TooLarge, fmt::format("the program {}: {}", name, first.message))
                       : fail(Errc::Bug, first.to_string());
    }
    return std::get<assembly::Program>(std::move(assembled)).packet;
}

std::string assembly_line(std::string_view mnemonic, std::string_view operand) {
    return operand.empty() ? fmt::format("        {}\n", mnemonic)
                           : fmt::format("        {:<6} {}\n", mnemonic, operand);
}

std::string assembly_line(std::string_view mnemonic, std::size_t operand) {
    return assembly_line(mnemonic, std::to_string(operand));
}

std::string push_line(const isa::Value& value) {
    const auto text = assembly::literal_text(value);
    SPLASH_ASSERT(text.has_value(), "tuples are made by mktup");
    return assembly_line("push", *text);
}

std::string call_line(std::string_view service) {
    return assembly_line("calls", fmt::format("\"{}\"", service));
}

std::string data_line(const isa::Value& value) {
    const auto text = assembly::literal_text(value);
    SPLASH_ASSERT(text.has_value(), "no tuple is given to a program here");
    return fmt::format("#data {}\n", *text);
}

}  // namespace splash::cli
