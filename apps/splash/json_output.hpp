// Values and reports as JSON. Keys are append-only; docs of each command's object stand at its run().
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/oid.hpp"
#include "isa/packet.hpp"
#include "isa/value.hpp"

namespace splash::cli {

using Json = nlohmann::ordered_json;

/// A number, text (octets that are no text as hexadecimal pairs), address or OID as text, an array for a
/// tuple, null for an exception.
[[nodiscard]] Json json_value(const isa::Value& value);

/// {"type": "int" | "addr" | "str" | "hex" | "exc" | "tuple" | "float" | "oid", "value": ...}; an exception
/// also has "exception": {"code", "text"}, and a tuple's fields are such objects again.
[[nodiscard]] Json json_typed(const isa::Value& value);

/// {"oid", "name", "type", "value"}: type as net-snmp prints it, or noSuchObject, noSuchInstance,
/// endOfMibView, exception; these have value null and "exception": {"code", "text"}.
[[nodiscard]] Json json_object(const Oid& object, const std::string& type, const isa::Value& value);

/// {"node", "instruction", "instructions", "opcode", "code", "reason"}; node is null if the report names
/// none.
[[nodiscard]] Json json_report(const isa::Report& report);

/// {"code", "name", "detail", "hint"} of a refusal; hint is what to do next.
[[nodiscard]] Json json_error(const Error& error);

/// What a command wrote, with "error" as one more key of it; {"error": ...} alone if it wrote nothing.
[[nodiscard]] Json with_error(const std::string& written, Json error);

/// Writes one document and a line feed.
void print_json(std::ostream& out, const Json& document);

}  // namespace splash::cli
