#include "json_output.hpp"

#include <ostream>

#include "isa/opcodes.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

using TuplePointer = std::shared_ptr<const isa::Tuple>;

Json json_exception(isa::Exc e) {
    return {{"code", static_cast<std::uint32_t>(e)}, {"text", isa::to_string(e)}};
}

std::string_view name_of_exception(isa::Exc e) {
    switch (e) {
        case isa::Exc::NoSuchObject: return "noSuchObject";
        case isa::Exc::NoSuchInstance: return "noSuchInstance";
        case isa::Exc::EndOfMibView: return "endOfMibView";
        default: return "exception";
    }
}

Json json_string(const std::string& octets) {
    return is_text(octets) ? octets : print_hex(octets);
}

}  // namespace

Json json_value(const isa::Value& value) {
    switch (isa::type_of(value)) {
        case isa::Type::Int: return std::get<std::int64_t>(value);
        case isa::Type::Addr: return std::get<IpAddress>(value).to_string();
        case isa::Type::Str: return json_string(std::get<isa::Str>(value).octets);
        case isa::Type::Exc: return nullptr;
        case isa::Type::Float: return std::get<double>(value);
        case isa::Type::Oid: return std::get<Oid>(value).to_string();
        case isa::Type::Tuple: {
            Json fields = Json::array();
            for (const isa::Value& field : std::get<TuplePointer>(value)->fields) {
                fields.push_back(json_value(field));
            }
            return fields;
        }
    }
    return nullptr;
}

Json json_typed(const isa::Value& value) {
    Json typed = {{"type", isa::to_string(isa::type_of(value))}, {"value", json_value(value)}};
    if (const auto* octets = std::get_if<isa::Str>(&value); octets != nullptr && !is_text(octets->octets)) {
        typed["type"] = "hex";
    }
    if (const auto* e = std::get_if<isa::Exc>(&value)) {
        typed["exception"] = json_exception(*e);
    }
    if (const auto* tuple = std::get_if<TuplePointer>(&value)) {
        typed["value"] = Json::array();
        for (const isa::Value& field : (*tuple)->fields) {
            typed["value"].push_back(json_typed(field));
        }
    }
    return typed;
}

Json json_object(const Oid& object, const std::string& type, const isa::Value& value) {
    Json json = {{"oid", object.to_string()},
                 {"name", print_object(object)},
                 {"type", type},
                 {"value", json_value(value)}};
    if (const auto* e = std::get_if<isa::Exc>(&value)) {
        json["type"] = name_of_exception(*e);
        json["exception"] = json_exception(*e);
    }
    return json;
}

Json json_report(const isa::Report& report) {
    const isa::OpInfo* const op = isa::find_op(report.opcode);
    Json json = {{"node", report.node.to_string()},
                 {"instruction", report.index},
                 {"instructions", report.instructions},
                 {"opcode", nullptr},
                 {"code", static_cast<std::uint32_t>(report.reason)},
                 {"reason", isa::to_string(report.reason)}};
    if (op != nullptr) {
        json["opcode"] = op->mnemonic;
    }
    if (report.node.is_unspecified()) {
        json["node"] = nullptr;
    }
    return json;
}

Json json_error(const Error& error) {
    return {{"code", static_cast<int>(error.code)},
            {"name", name_of(error.code)},
            {"detail", error.detail},
            {"hint", what_next(error.code)}};
}

Json with_error(const std::string& written, Json error) {
    Json document = Json::parse(written, nullptr, false);
    if (!document.is_object()) {
        document = Json::object();
    }
    document["error"] = std::move(error);
    return document;
}

void print_json(std::ostream& out, const Json& document) {
    out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace splash::cli
