#include "registrations.hpp"

#include <cstdint>
#include <memory>

namespace splash::snmp {
namespace {

/// net-snmp carries a pointer from the iterator to the handler; ours is the row's number, counted from 1
/// because null means that there is no such row.
void* mark_of(std::size_t row) {
    return reinterpret_cast<void*>(row + 1);  // NOLINT(performance-no-int-to-ptr): nobody follows it
}
std::size_t row_at(const void* mark) {
    return reinterpret_cast<std::uintptr_t>(mark) - 1;
}

int answer_scalar(netsnmp_mib_handler* handler, netsnmp_handler_registration* /*registration*/,
                  netsnmp_agent_request_info* info, netsnmp_request_info* requests) noexcept {
    if (info->mode != MODE_GET) {
        return SNMP_ERR_GENERR;  // the scalar helper made a GET of GETNEXT; SET was refused before
    }
    (*static_cast<const PutValue*>(handler->myvoid))(*requests->requestvb);
    return SNMP_ERR_NOERROR;
}

netsnmp_variable_list* put_row(std::size_t row, void** loop, void** data, netsnmp_variable_list* index,
                               const netsnmp_iterator_info* info) {
    const auto& source = *static_cast<const TableSource*>(info->myvoid);
    if (row >= source.rows()) {
        return nullptr;
    }
    *loop = mark_of(row);
    *data = mark_of(row);
    const u_char type = index->type;  // that an index is IMPLIED is part of its type
    source.put_index(row, *index);
    index->type = type;
    return index;
}

netsnmp_variable_list* first_row(void** loop, void** data, netsnmp_variable_list* index,
                                 netsnmp_iterator_info* info) noexcept {
    return put_row(0, loop, data, index, info);
}

netsnmp_variable_list* next_row(void** loop, void** data, netsnmp_variable_list* index,
                                netsnmp_iterator_info* info) noexcept {
    return put_row(row_at(*loop) + 1, loop, data, index, info);
}

int answer_table(netsnmp_mib_handler* handler, netsnmp_handler_registration* /*registration*/,
                 netsnmp_agent_request_info* info, netsnmp_request_info* requests) noexcept {
    const auto& source = *static_cast<const TableSource*>(handler->myvoid);
    for (netsnmp_request_info* request = requests; request != nullptr; request = request->next) {
        if (request->processed != 0) {
            continue;
        }
        const void* const mark = netsnmp_extract_iterator_context(request);
        const netsnmp_table_request_info* const place = netsnmp_extract_table_info(request);
        if (mark == nullptr || place == nullptr) {
            netsnmp_set_request_error(info, request, SNMP_NOSUCHINSTANCE);
            continue;
        }
        source.put_value(row_at(mark), place->colnum, *request->requestvb);
    }
    return SNMP_ERR_NOERROR;
}

Failure refused(const std::string& name) {
    return fail(Errc::System, "net-snmp does not register " + name);
}

netsnmp_handler_registration* make(const std::string& name, Netsnmp_Node_Handler* handler,
                                   const std::vector<::oid>& place, void* myvoid) {
    netsnmp_handler_registration* const made = netsnmp_create_handler_registration(
        name.c_str(), handler, place.data(), place.size(), HANDLER_CAN_RONLY);
    if (made != nullptr) {
        made->handler->myvoid = myvoid;
    }
    return made;
}

}  // namespace

Registrations::~Registrations() {
    for (netsnmp_handler_registration* const one : registered_) {
        netsnmp_unregister_handler(one);
    }
}

Result<> Registrations::add_scalar(const std::string& name, const std::vector<::oid>& place, PutValue put) {
    scalars_.push_back(std::move(put));
    netsnmp_handler_registration* const made = make(name, answer_scalar, place, &scalars_.back());
    if (made == nullptr || netsnmp_register_scalar(made) != MIB_REGISTERED_OK) {
        return refused(name);  // net-snmp has freed it
    }
    registered_.push_back(made);
    return {};
}

Result<> Registrations::add_table(const std::string& name, const std::vector<::oid>& place,
                                  TableSource source) {
    sources_.push_back(std::move(source));
    TableSource& kept = sources_.back();
    netsnmp_table_registration_info* const table = SNMP_MALLOC_TYPEDEF(netsnmp_table_registration_info);
    netsnmp_iterator_info* const iterator = SNMP_MALLOC_TYPEDEF(netsnmp_iterator_info);
    if (table == nullptr || iterator == nullptr) {
        free(table);
        free(iterator);
        return refused(name);
    }
    for (const u_char type : kept.index_types) {
        netsnmp_table_helper_add_index(table, type);
    }
    table->min_column = kept.first_column;
    table->max_column = kept.last_column;
    iterator->get_first_data_point = first_row;
    iterator->get_next_data_point = next_row;
    iterator->table_reginfo = table;
    iterator->myvoid = &kept;
    netsnmp_handler_registration* const made = make(name, answer_table, place, &kept);
    if (made == nullptr) {
        snmp_free_varbind(table->indexes);
        free(table);
        free(iterator);
        return refused(name);
    }
    // From here on the handler owns both.
    if (netsnmp_register_table_iterator2(made, iterator) != MIB_REGISTERED_OK) {
        return refused(name);  // NOLINT(clang-analyzer-unix.Malloc)
    }
    registered_.push_back(made);
    return {};
}

void put_counter64(netsnmp_variable_list& into, std::uint64_t value) {
    const counter64 halves{static_cast<u_long>(value >> 32U), static_cast<u_long>(value & 0xffffffffU)};
    snmp_set_var_typed_value(&into, ASN_COUNTER64, &halves, sizeof(halves));
}

void put_unsigned(netsnmp_variable_list& into, std::uint32_t value) {
    const u_long number = value;
    snmp_set_var_typed_value(&into, ASN_UNSIGNED, &number, sizeof(number));
}

void put_integer(netsnmp_variable_list& into, int value) {
    snmp_set_var_typed_integer(&into, ASN_INTEGER, value);
}

void put_octets(netsnmp_variable_list& into, const void* octets, std::size_t count) {
    snmp_set_var_typed_value(&into, ASN_OCTET_STR, octets, count);
}

void put_text(netsnmp_variable_list& into, std::string_view text) {
    put_octets(into, text.data(), text.size());
}

}  // namespace splash::snmp
