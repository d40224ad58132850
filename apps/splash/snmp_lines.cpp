#include "snmp_lines.hpp"

#include <fmt/format.h>

#include "value_text.hpp"

namespace splash::cli {
namespace {

/// Without MIB files net-snmp quotes what our own table knows to be text: the quotes go, as with MIB files.
/// Lines in any other form, such as snmp.conf may ask for, stay as they are.
std::string without_quotes(const snmp::VarBind& bind) {
    const auto* octets = std::get_if<isa::Str>(&bind.value);
    if (octets != nullptr && syntax_of(bind.oid) == Syntax::DisplayString &&
        bind.text == fmt::format("{} = STRING: \"{}\"", print_object(bind.oid), octets->octets)) {
        return print_line(bind.oid, bind.value);
    }
    return bind.text;
}

}  // namespace

std::vector<Line> lines_from(const std::vector<snmp::VarBind>& binds) {
    std::vector<Line> lines;
    lines.reserve(binds.size());
    for (const snmp::VarBind& bind : binds) {
        lines.push_back({bind.oid, bind.value, bind.type, without_quotes(bind)});
    }
    return lines;
}

}  // namespace splash::cli
