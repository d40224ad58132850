#include "case_file.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "asm/assembler.hpp"
#include "literals.hpp"
#include "sections.hpp"

namespace splash::conformance {
namespace {

/// Reads the sections of one file into a Case. Every step gives false after noting what is wrong.
class CaseReader {
public:
    [[nodiscard]] std::variant<Case, std::string> read(std::string_view text) {
        auto cut = cut_sections(text);
        if (auto* problem = std::get_if<std::string>(&cut)) {
            return std::move(*problem);
        }
        set_defaults();
        for (const Section& section : std::get<std::vector<Section>>(cut)) {
            if (!read_section(section)) {
                return "section '" + section.name + "': " + problem_;
            }
        }
        if (!finish()) {
            return problem_;
        }
        return std::move(case_);
    }

private:
    bool wrong(std::string what) {
        problem_ = std::move(what);
        return false;
    }

    void set_defaults() {
        Situation& s = case_.situation;
        s.local = {*IpAddress::parse("10.0.0.1")};
        s.here = s.local.front();
        s.destination = s.local.front();
        s.now_us = 1'000'000;
    }

    bool read_section(const Section& section) {
        Expectations& expected = case_.expected;
        const std::string& name = section.name;
        if (name == "why") {
            case_.why = section.text();
        } else if (name == "asm") {
            return read_asm(section);
        } else if (name == "packet") {
            return read_octets(section, case_.situation.packet);
        } else if (name == "node") {
            return each_line(section, &CaseReader::read_node);
        } else if (name == "header") {
            header_lines_ = section.filled_lines();
        } else if (name == "exit") {
            return end_with(Exited{});
        } else if (name == "fault") {
            return read_fault(section.first);
        } else if (name == "refused") {
            return read_refused(section.first);
        } else if (name == "moved") {
            expected.moved.emplace();
            return end_with(Moved{}) && read_packet(section, *expected.moved);
        } else if (name == "report") {
            return read_facts(section.filled_lines(), expected.report.emplace());
        } else if (name == "sent") {
            return read_packet(section, expected.sent.emplace_back());
        } else if (name == "delivered") {
            return end_with(Delivered{}) && read_delivered(section);
        } else if (name == "called") {
            expected.called.emplace();
            return trim(section.text()) == "none" || each_line(section, &CaseReader::read_called);
        } else if (name == "stack") {
            return read_values(section.text(), expected.stack.emplace());
        } else if (name == "steps") {
            const auto steps = parse_number(section.first, 0xffff);
            expected.steps = steps;
            return steps.has_value() || wrong("a number");
        } else if (name == "units") {
            expected.units = parse_number(section.first, 0xffffffffU);
            return expected.units.has_value() || wrong("a number");
        } else if (name == "bound") {
            const auto bound = parse_number(section.first, 0xffff);
            expected.bound = static_cast<std::uint16_t>(bound.value_or(0));
            return bound.has_value() || wrong("a number");
        } else if (name == "skip") {
            const Headed headed = behead(section.first);
            if (!headed.rest.starts_with("because ")) {
                return wrong("ENGINE because ...");
            }
            case_.skips.emplace(headed.head, headed.rest);
        } else {
            return wrong("no such section");
        }
        return true;
    }

    bool each_line(const Section& section, bool (CaseReader::*take)(std::string_view)) {
        return std::ranges::all_of(section.filled_lines(),
                                   [this, take](const std::string& line) { return (this->*take)(line); });
    }

    bool end_with(Ending ending) {
        if (case_.expected.ending) {
            return wrong("an execution ends once");
        }
        case_.expected.ending = ending;
        return true;
    }

    bool read_values(std::string_view text, std::vector<std::string>& into) {
        std::string bad;
        auto values = parse_canonical(trim(text), bad);
        if (!values) {
            return wrong("no value: " + bad);
        }
        into = std::move(*values);
        return true;
    }

    bool read_octets(const Section& section, std::vector<std::byte>& into) {
        auto octets = parse_hex(section.filled_lines());
        if (!octets || octets->empty()) {
            return wrong("hexadecimal octets are wanted");
        }
        into = std::move(*octets);
        return true;
    }

    bool read_asm(const Section& section) {
        auto assembled = assembly::assemble(section.text(), "asm", assembly::BuiltinNames{});
        if (const auto* findings = std::get_if<std::vector<assembly::Diagnostic>>(&assembled)) {
            std::string all;
            for (const assembly::Diagnostic& d : *findings) {
                all += "\n" + d.to_string();
            }
            return wrong(all);
        }
        auto& program = std::get<assembly::Program>(assembled);
        program_ = std::move(program.packet);
        if (!program.has_bound) {
            program_->header.bound = 10;
        }
        if (program_->header.port == 0) {
            program_->header.port = 7;
        }
        program_->header.request_id = 1;
        program_->header.origin = *IpAddress::parse("10.0.9.9");
        return true;
    }

    bool read_address(std::string_view text, IpAddress& into) {
        const auto address = IpAddress::parse(text);
        into = address.value_or(IpAddress{});
        return address.has_value() || wrong("no address: " + std::string(text));
    }

    bool read_addresses(std::string_view text, std::vector<IpAddress>& into) {
        into.clear();
        return std::ranges::all_of(words_of(text), [this, &into](const std::string& word) {
            return read_address(word, into.emplace_back());
        });
    }

    bool read_node(std::string_view line) {
        Situation& s = case_.situation;
        const Headed headed = behead(line);
        const auto number = [this, &headed](auto& into, std::uint64_t max) {
            const auto value = parse_number(headed.rest, max);
            into = static_cast<std::decay_t<decltype(into)>>(value.value_or(0));
            return value.has_value() || wrong("no number: " + std::string(headed.rest));
        };
        if (headed.head == "local") {
            return read_addresses(headed.rest, s.local);
        }
        if (headed.head == "neighbour") {
            return read_addresses(headed.rest, s.neighbours);
        }
        if (headed.head == "here") {
            return read_address(headed.rest, s.here);
        }
        if (headed.head == "destination") {
            return read_address(headed.rest, s.destination);
        }
        if (headed.head == "ingress") {
            return number(s.ingress, 0xffffffffU);
        }
        if (headed.head == "now") {
            return number(s.now_us, 0x7fffffffffffffffU);
        }
        if (headed.head == "max-sends") {
            return number(s.max_sends, 1000);
        }
        if (headed.head == "workspace") {
            return number(s.workspace, 60 * 1024);
        }
        if (headed.head == "budget") {
            return number(s.budget_extra, 0xffffffffU);
        }
        if (headed.head == "route") {
            return read_route(headed.rest);
        }
        if (headed.head == "service") {
            return read_service(headed.rest);
        }
        return wrong("no setting of a node: " + std::string(headed.head));
    }

    bool read_route(std::string_view text) {
        const auto words = words_of(text);
        const auto to = words.size() == 3 ? Prefix::parse(words[0]) : std::nullopt;
        const auto number = to ? parse_number(words[2], 0xffff) : std::nullopt;
        if (!number || (words[1] != "room" && words[1] != "exc")) {
            return wrong("route PREFIX room OCTETS, or route PREFIX exc CODE");
        }
        vm::RouteAnswer answer = vm::Way{.room = static_cast<std::size_t>(*number)};
        if (words[1] == "exc") {
            answer = static_cast<isa::Exc>(*number);
        }
        case_.situation.routes.push_back({*to, answer});
        return true;
    }

    /// NAME ARGUMENTS -> RESULTS [cost N] [later] gives VALUES | fails exc:N
    bool read_service(std::string_view text) {
        constexpr auto kForm =
            "service NAME ARGUMENTS -> RESULTS [cost N] [later] gives VALUES | fails exc:N";
        ServiceRule rule;
        const auto next = [&text] {
            const Headed headed = behead(text);
            text = headed.rest;
            return headed.head;
        };
        const auto letters = [](std::string_view word) {
            return word == "none" ? std::string() : std::string(word);
        };
        rule.name = next();
        rule.arguments = letters(next());
        if (next() != "->") {
            return wrong(kForm);
        }
        rule.results = letters(next());
        std::string_view verb = next();
        if (verb == "cost") {
            const auto cost = parse_number(next(), 0xffffffffU);
            if (!cost) {
                return wrong(kForm);
            }
            rule.cost = static_cast<std::uint32_t>(*cost);
            verb = next();
        }
        if (verb == "later") {
            rule.answers_later = true;
            verb = next();
        }
        std::vector<isa::Value> values;
        for (const std::string& literal : split_values(text)) {
            const auto value = parse_value(literal);
            if (!value) {
                return wrong("no value: " + literal);
            }
            values.push_back(*value);
        }
        if (verb == "gives") {
            rule.answer = std::move(values);
        } else if (verb == "fails" && values.size() == 1 && std::holds_alternative<isa::Exc>(values[0])) {
            rule.answer = std::get<isa::Exc>(values[0]);
        } else {
            return wrong(kForm);
        }
        case_.situation.services.push_back(std::move(rule));
        return true;
    }

    bool read_header(std::string_view line) {
        isa::Header& header = program_->header;
        const auto words = words_of(line);
        for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
            const std::string& field = words[i];
            const auto number = parse_number(words[i + 1], 0xffff);
            if (field == "origin") {
                if (!read_address(words[i + 1], header.origin)) {
                    return false;
                }
            } else if (field == "flags" && (words[i + 1] == "none" || words[i + 1] == "trimmable")) {
                header.flags = words[i + 1] == "none" ? 0 : isa::Flags::kTrimmable;
            } else if (!number) {
                return wrong("no number: " + words[i + 1]);
            } else if (field == "bound") {
                header.bound = static_cast<std::uint16_t>(*number);
            } else if (field == "port") {
                header.port = static_cast<std::uint16_t>(*number);
            } else if (field == "id") {
                header.request_id = static_cast<std::uint16_t>(*number);
            } else if (field == "entry") {
                header.entry = static_cast<std::uint16_t>(*number);
            } else {
                return wrong("no field of the header: " + field);
            }
        }
        return words.size() % 2 == 0 || wrong("fields and values come in pairs");
    }

    bool read_fault(std::string_view text) {
        const auto words = words_of(text);
        const auto index =
            words.size() == 3 && words[1] == "at" ? parse_number(words[2], 0xffff) : std::nullopt;
        if (!index) {
            return wrong("REASON at INDEX");
        }
#define SPLASH_REASON(name, code, text)                                                \
    if (words[0] == #name) {                                                           \
        return end_with(Faulted{isa::Reason::name, static_cast<std::size_t>(*index)}); \
    }
#include "reasons.def"
#undef SPLASH_REASON
#define SPLASH_EXC(name, code, text)                                                                      \
    if (words[0] == "exc:" #code) {                                                                       \
        return end_with(Faulted{isa::reason_from_exc(isa::Exc::name), static_cast<std::size_t>(*index)}); \
    }
#include "exceptions.def"
#undef SPLASH_EXC
        return wrong("no reason: " + words[0]);
    }

    bool read_refused(std::string_view text) {
        using isa::HeaderFault;
        const std::map<std::string_view, HeaderFault> faults{{"Truncated", HeaderFault::Truncated},
                                                             {"Version", HeaderFault::Version},
                                                             {"Flags", HeaderFault::Flags},
                                                             {"Lengths", HeaderFault::Lengths},
                                                             {"Entry", HeaderFault::Entry}};
        const auto fault = faults.find(trim(text));
        return fault == faults.end() ? wrong("no fault of a header") : end_with(Refused{fault->second});
    }

    bool read_packet(const Section& section, ExpectedPacket& into) {
        const auto words = words_of(section.first);
        const std::map<std::string_view, vm::Travel> travels{
            {"alert", vm::Travel::Alert}, {"plain", vm::Travel::Plain}, {"hop", vm::Travel::Hop}};
        const auto travel = words.size() == 2 ? travels.find(words[1]) : travels.end();
        if (travel == travels.end() || !read_address(words[0], into.to)) {
            return wrong("ADDRESS alert|plain|hop");
        }
        into.travel = travel->second;
        return read_facts(section.lines, into);
    }

    bool read_facts(const std::vector<std::string>& lines, ExpectedPacket& into) {
        for (const std::string& line : lines) {
            const Headed headed = behead(line);
            const bool is_stack = headed.head == "stack";
            if (is_stack || headed.head == "pushes") {
                if (!read_values(headed.rest, (is_stack ? into.stack : into.pushes).emplace())) {
                    return false;
                }
                continue;
            }
            const auto words = words_of(line);
            if (words.size() % 2 != 0) {
                return wrong("facts and values come in pairs: " + line);
            }
            for (std::size_t at = 0; at < words.size(); at += 2) {
                into.facts.emplace(words[at], words[at + 1]);
            }
        }
        return true;
    }

    bool read_delivered(const Section& section) {
        const Headed headed = behead(section.first);
        const auto port = parse_number(headed.head, 0xffff);
        Delivery& delivery = case_.expected.delivered.emplace_back();
        delivery.port = static_cast<std::uint16_t>(port.value_or(0));
        return port ? read_values(headed.rest, delivery.values) : wrong("PORT VALUES");
    }

    bool read_called(std::string_view line) {
        const Headed headed = behead(line);
        Call& call = case_.expected.called->emplace_back();
        call.service = headed.head;
        return headed.rest.empty() || read_values(headed.rest, call.arguments);
    }

    bool finish() {
        if (trim(case_.why).empty()) {
            return wrong("a case says why");
        }
        if (!case_.expected.ending) {
            return wrong("a case says how the execution ends: exit, fault, moved, delivered or refused");
        }
        if (program_.has_value() == !case_.situation.packet.empty()) {
            return wrong("a case has either an asm or a packet section");
        }
        if (!program_) {
            return header_lines_.empty() || wrong("a header section goes with asm");
        }
        if (!std::ranges::all_of(header_lines_,
                                 [this](const std::string& line) { return read_header(line); })) {
            return false;
        }
        case_.situation.packet = program_->to_wire();
        return true;
    }

    Case case_;
    std::optional<isa::Packet> program_;
    std::vector<std::string> header_lines_;
    std::string problem_;
};

}  // namespace

std::vector<NamedCase> read_cases(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) {
        return {{{}, "cannot be read"}};
    }
    std::vector<NamedCase> cases;
    for (const CaseText& written : cut_cases(text.str())) {
        for (const CaseText& one : expand_rows(written)) {
            cases.push_back({one.name, CaseReader{}.read(one.text)});
        }
    }
    return cases;
}

std::vector<std::filesystem::path> find_cases(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() == ".case") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace splash::conformance
