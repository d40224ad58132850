// Values as net-snmp's tools print them, from the SNAP value and the syntax spec/names.def lists.
#pragma once

#include <string>

#include "base/oid.hpp"
#include "isa/value.hpp"

namespace splash::cli {

/// A value as text. An exception has no type.
struct PrintedValue {
    std::string type;  ///< "STRING", "Counter32", "Timeticks", ...
    std::string text;  ///< what follows the type
    bool operator==(const PrintedValue&) const = default;
};

[[nodiscard]] PrintedValue print_value(const Oid& object, const isa::Value& value);

/// "SNMPv2-MIB::sysName.0", or "iso.3.6.1.4.1..." where no table names it.
[[nodiscard]] std::string print_object(const Oid& object);

/// "SNMPv2-MIB::sysName.0 = STRING: n5"
[[nodiscard]] std::string print_line(const Oid& object, const isa::Value& value);

/// "1 day, 0:00:01.23" from hundredths of a second.
[[nodiscard]] std::string print_ticks(std::uint64_t hundredths);

/// True for well-formed UTF-8 (RFC 3629) without control characters but tab, line feed, and carriage return
/// before one.
[[nodiscard]] bool is_text(std::string_view octets);

/// What the network sent as part of a line: control characters and what is no UTF-8 stand as \xNN.
[[nodiscard]] std::string one_line(std::string_view octets);

/// "80 00 1F", no space at the end.
[[nodiscard]] std::string print_hex(std::string_view octets);
/// In quotation marks, with a backslash before each of them and before each backslash: as net-snmp prints
/// octets of which no display hint says that they are text.
[[nodiscard]] std::string quoted(std::string_view octets);

}  // namespace splash::cli
