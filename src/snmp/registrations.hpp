// Read-only objects of our own in net-snmp's registry, by its scalar and table helpers.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "net_snmp.hpp"

namespace splash::snmp {

using PutValue = std::function<void(netsnmp_variable_list& into)>;

/// A conceptual table of rows that are counted anew for every request. Rows need no order: net-snmp's
/// iterator sorts by index.
struct TableSource {
    std::vector<u_char> index_types;  ///< ASN_...; a last one of ASN_PRIV_IMPLIED_OCTET_STR is IMPLIED
    unsigned first_column = 0;
    unsigned last_column = 0;
    std::function<std::size_t()> rows;
    std::function<void(std::size_t row, netsnmp_variable_list& index)> put_index;
    std::function<void(std::size_t row, unsigned column, netsnmp_variable_list& into)> put_value;
};

/// Objects registered with the agent; they go with this.
class Registrations {
public:
    Registrations() = default;
    ~Registrations();
    Registrations(const Registrations&) = delete;
    Registrations& operator=(const Registrations&) = delete;

    /// @error System  net-snmp refused.
    Result<> add_scalar(const std::string& name, const std::vector<::oid>& place, PutValue put);
    Result<> add_table(const std::string& name, const std::vector<::oid>& place, TableSource source);

private:
    std::vector<netsnmp_handler_registration*> registered_;
    std::list<PutValue> scalars_;     ///< net-snmp holds pointers to these
    std::list<TableSource> sources_;  ///< likewise
};

void put_counter64(netsnmp_variable_list& into, std::uint64_t value);
void put_unsigned(netsnmp_variable_list& into, std::uint32_t value);
void put_integer(netsnmp_variable_list& into, int value);
void put_octets(netsnmp_variable_list& into, const void* octets, std::size_t count);
void put_text(netsnmp_variable_list& into, std::string_view text);

}  // namespace splash::snmp
