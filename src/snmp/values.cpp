#include "values.hpp"

#include <cstring>
#include <limits>

namespace splash::snmp {
namespace {

using isa::Exc;
using isa::Value;

std::uint32_t unsigned32(const netsnmp_variable_list& variable) {
    return static_cast<std::uint32_t>(static_cast<unsigned long>(*variable.val.integer));
}

std::uint64_t unsigned64(const netsnmp_variable_list& variable) {
    const counter64& c = *variable.val.counter64;
    return (static_cast<std::uint64_t>(c.high) & 0xffffffffU) << 32U |
           (static_cast<std::uint64_t>(c.low) & 0xffffffffU);
}

Value octets(const netsnmp_variable_list& variable) {
    if (variable.val_len == 0) {
        return isa::Str{};
    }
    return isa::Str{std::string(reinterpret_cast<const char*>(variable.val.string), variable.val_len)};
}

bool add(netsnmp_pdu& pdu, const Oid& name, u_char type, const void* data, std::size_t size) {
    const std::vector<::oid> subids = to_net_snmp(name);
    return snmp_pdu_add_variable(&pdu, subids.data(), subids.size(), type, data, size) != nullptr;
}

struct Range {
    std::int64_t low;
    std::int64_t high;
};

std::optional<Range> range_of(u_char type) {
    switch (type) {
        case ASN_INTEGER:
            return Range{std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
        case ASN_COUNTER:
        case ASN_GAUGE:  // ASN_UNSIGNED is the same
        case ASN_TIMETICKS:
        case ASN_UINTEGER: return Range{0, std::numeric_limits<std::uint32_t>::max()};
        case ASN_COUNTER64: return Range{0, std::numeric_limits<std::int64_t>::max()};
        default: return std::nullopt;
    }
}

/// Adds to a PDU the kinds of value that the object's type can take.
struct Adder {
    netsnmp_pdu& pdu;
    const Oid& name;
    u_char type;

    int result(bool added) const { return added ? SNMP_ERR_NOERROR : SNMP_ERR_RESOURCEUNAVAILABLE; }

    int operator()(std::int64_t value) const {
        const auto range = range_of(type);
        if (!range) {
            return SNMP_ERR_WRONGTYPE;
        }
        if (value < range->low || value > range->high) {
            return SNMP_ERR_WRONGVALUE;
        }
        if (type == ASN_COUNTER64) {
            counter64 wide{};
            wide.high = static_cast<u_long>(static_cast<std::uint64_t>(value) >> 32U);
            wide.low = static_cast<u_long>(static_cast<std::uint64_t>(value) & 0xffffffffU);
            return result(add(pdu, name, type, &wide, sizeof wide));
        }
        const long number = value;
        return result(add(pdu, name, type, &number, sizeof number));
    }
    int operator()(const IpAddress& value) const {
        if (type != ASN_IPADDRESS || value.is_v6()) {
            return SNMP_ERR_WRONGTYPE;
        }
        return result(add(pdu, name, type, value.octets().data(), value.octets().size()));
    }
    int operator()(const isa::Str& value) const {
        if (type != ASN_OCTET_STR && type != ASN_OPAQUE && type != ASN_BIT_STR) {
            return SNMP_ERR_WRONGTYPE;
        }
        return result(add(pdu, name, type, value.octets.data(), value.octets.size()));
    }
    int operator()(double value) const {
        if (type == ASN_OPAQUE_DOUBLE) {
            return result(add(pdu, name, type, &value, sizeof value));
        }
        if (type == ASN_OPAQUE_FLOAT) {
            const auto narrow = static_cast<float>(value);
            return result(add(pdu, name, type, &narrow, sizeof narrow));
        }
        return SNMP_ERR_WRONGTYPE;
    }
    int operator()(const Oid& value) const {
        if (type != ASN_OBJECT_ID) {
            return SNMP_ERR_WRONGTYPE;
        }
        const std::vector<::oid> subids = to_net_snmp(value);
        return result(add(pdu, name, type, subids.data(), subids.size() * sizeof(::oid)));
    }
    int operator()(Exc /*value*/) const { return SNMP_ERR_WRONGTYPE; }
    int operator()(const std::shared_ptr<const isa::Tuple>& /*value*/) const { return SNMP_ERR_WRONGTYPE; }
};

u_char natural_type(const Value& value) {
    switch (isa::type_of(value)) {
        case isa::Type::Int: return ASN_INTEGER;
        case isa::Type::Addr: return ASN_IPADDRESS;
        case isa::Type::Str: return ASN_OCTET_STR;
        case isa::Type::Oid: return ASN_OBJECT_ID;
        case isa::Type::Float:
        case isa::Type::Exc:
        case isa::Type::Tuple: break;
    }
    return ASN_NULL;  // which takes no value: wrongType
}

}  // namespace

std::vector<::oid> to_net_snmp(const Oid& oid) {
    return {oid.subids().begin(), oid.subids().end()};
}

std::optional<Oid> from_net_snmp(const ::oid* subids, std::size_t count) {
    std::vector<std::uint32_t> narrow;
    narrow.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        narrow.push_back(static_cast<std::uint32_t>(subids[i]));
    }
    return Oid::from_subids(narrow);
}

Value value_of(const netsnmp_variable_list& variable) {
    switch (variable.type) {
        case ASN_INTEGER: return std::int64_t{*variable.val.integer};
        case ASN_COUNTER:
        case ASN_GAUGE:
        case ASN_TIMETICKS:
        case ASN_UINTEGER: return std::int64_t{unsigned32(variable)};
        case ASN_COUNTER64:
        case ASN_OPAQUE_COUNTER64:
        case ASN_OPAQUE_U64: {
            const std::uint64_t wide = unsigned64(variable);
            constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
            return wide <= kMax ? Value(static_cast<std::int64_t>(wide)) : Value(Exc::OutOfRange);
        }
        case ASN_OPAQUE_I64: return static_cast<std::int64_t>(unsigned64(variable));
        case ASN_OPAQUE_FLOAT: return static_cast<double>(*variable.val.floatVal);
        case ASN_OPAQUE_DOUBLE: return *variable.val.doubleVal;
        case ASN_IPADDRESS: {
            const auto address =
                IpAddress::from_octets(std::as_bytes(std::span(variable.val.string, variable.val_len)));
            return address ? Value(*address) : Value(Exc::ServiceFailed);
        }
        case ASN_OBJECT_ID: {
            auto oid = from_net_snmp(variable.val.objid, variable.val_len / sizeof(::oid));
            return oid ? Value(std::move(*oid)) : Value(Exc::ServiceFailed);
        }
        case ASN_OCTET_STR:
        case ASN_OPAQUE:
        case ASN_BIT_STR:
        case ASN_NSAP: return octets(variable);
        case SNMP_NOSUCHOBJECT: return Exc::NoSuchObject;
        case SNMP_NOSUCHINSTANCE: return Exc::NoSuchInstance;
        case SNMP_ENDOFMIBVIEW: return Exc::EndOfMibView;
        default: return Exc::ServiceFailed;
    }
}

int add_variable(netsnmp_pdu& pdu, const Oid& name, u_char type, const Value& value) {
    return std::visit(Adder{pdu, name, type == ASN_NULL ? natural_type(value) : type}, value);
}

}  // namespace splash::snmp
