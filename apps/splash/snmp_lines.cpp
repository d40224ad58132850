#include "snmp_lines.hpp"

#include <fmt/format.h>

#include "value_text.hpp"

namespace splash::cli {
namespace {

/// Without blanks at the end, and with one for every run of them: net-snmp breaks lines of hexadecimal
/// octets.
std::string squeezed(const std::string& text) {
    std::string result;
    for (const char c : text) {
        const bool is_blank = c == ' ' || c == '\n';
        if (!is_blank || (!result.empty() && result.back() != ' ')) {
            result += is_blank ? ' ' : c;
        }
    }
    while (result.ends_with(' ')) {
        result.pop_back();
    }
    return result;
}

/// What net-snmp may print of a value without MIB files and without settings of its own.
std::vector<std::string> plain_forms(const snmp::VarBind& bind) {
    const std::string object = print_object(bind.oid);
    if (const auto* text = std::get_if<isa::Str>(&bind.value)) {
        return {fmt::format("{} = STRING: {}", object, quoted(text->octets)),
                fmt::format("{} = Hex-STRING: {}", object, print_hex(text->octets)),
                fmt::format("{} = \"\"", object)};
    }
    if (const auto* oid = std::get_if<Oid>(&bind.value); oid != nullptr && !oid->subids().empty()) {
        return {fmt::format("{} = OID: iso{}", object, oid->to_string().substr(2))};
    }
    return {};
}

/// What our own table of names knows is printed as it says, so that SNMP and SNAP give the same line. A line
/// in any other form, such as MIB files or snmp.conf ask for, stays as it is.
Line line_from(const snmp::VarBind& bind) {
    const std::string said = squeezed(bind.text);
    for (const std::string& plain : plain_forms(bind)) {
        if (squeezed(plain) == said) {
            return {bind.oid, bind.value, print_value(bind.oid, bind.value).type,
                    print_line(bind.oid, bind.value)};
        }
    }
    return {bind.oid, bind.value, bind.type, bind.text};
}

}  // namespace

std::vector<Line> lines_from(const std::vector<snmp::VarBind>& binds) {
    std::vector<Line> lines;
    lines.reserve(binds.size());
    for (const snmp::VarBind& bind : binds) {
        lines.push_back(line_from(bind));
    }
    return lines;
}

}  // namespace splash::cli
