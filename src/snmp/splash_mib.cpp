#include "snmp/splash_mib.hpp"

#include <initializer_list>
#include <utility>
#include <vector>

#include "isa/codes.hpp"
#include "registrations.hpp"

namespace splash::snmp {
namespace {

// splashMIB: in net-snmp's arc for experiments (netSnmpPlaypen) until there is a number of our own.
constexpr std::initializer_list<::oid> kSplashMib = {1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7253};
constexpr const char* kOrDescription = "The MIB module for Splash nodes";
// Arcs below splashObjects, as tools/mib_text.py has them.
constexpr ::oid kObjects = 1;
constexpr ::oid kNode = 1;
constexpr ::oid kTotals = 2;
constexpr ::oid kGauges = 3;
constexpr ::oid kReasonTable = 4;
constexpr ::oid kServiceTable = 5;
constexpr ::oid kPrincipalTable = 6;
constexpr unsigned kNameColumn = 2;
constexpr unsigned kCountColumn = 3;

std::vector<::oid> object(std::initializer_list<::oid> arcs) {
    std::vector<::oid> place(kSplashMib);
    place.push_back(kObjects);
    place.insert(place.end(), arcs);
    return place;
}

/// What splashNode's objects answer, by the names of spec/node_facts.def.
namespace fact {
void Version(netsnmp_variable_list& into, const node::Facts& facts) {
    put_text(into, facts.version);
}
void Name(netsnmp_variable_list& into, const node::Facts& facts) {
    put_text(into, facts.name);
}
void AddressType(netsnmp_variable_list& into, const node::Facts& facts) {
    constexpr int kIpv4 = 1;  // RFC 4001, InetAddressType
    constexpr int kIpv6 = 2;
    put_integer(into, facts.address.is_v6() ? kIpv6 : kIpv4);
}
void Address(netsnmp_variable_list& into, const node::Facts& facts) {
    const ConstBytes octets = facts.address.octets();
    put_octets(into, octets.data(), octets.size());
}
void Workspace(netsnmp_variable_list& into, const node::Facts& facts) {
    put_unsigned(into, facts.workspace);
}
void Budget(netsnmp_variable_list& into, const node::Facts& facts) {
    put_unsigned(into, facts.budget);
}
}  // namespace fact

TableSource reason_table(const node::Node& node) {
    return {
        .index_types = {ASN_UNSIGNED},
        .first_column = kNameColumn,
        .last_column = kCountColumn,
        .rows = [] { return isa::early_ends().size(); },
        .put_index = [](std::size_t row,
                        netsnmp_variable_list& index) { put_unsigned(index, isa::early_ends()[row].code); },
        .put_value =
            [&node](std::size_t row, unsigned column, netsnmp_variable_list& into) {
                const isa::EarlyEnd& end = isa::early_ends()[row];
                if (column == kNameColumn) {
                    put_text(into, end.text);
                } else {
                    put_counter64(into, node.statistics().early_ends[end.code]);
                }
            }};
}

TableSource service_table(const node::Node& node) {
    return {.index_types = {ASN_UNSIGNED},
            .first_column = kNameColumn,
            .last_column = kCountColumn,
            .rows = [&node] { return node.statistics().services.size(); },
            .put_index =
                [&node](std::size_t row, netsnmp_variable_list& index) {
                    put_unsigned(index, node.statistics().services[row].id);
                },
            .put_value =
                [&node](std::size_t row, unsigned column, netsnmp_variable_list& into) {
                    if (column == kNameColumn) {
                        put_text(into, node.statistics().services[row].name);
                    } else {
                        put_counter64(into, node.statistics().services[row].calls);
                    }
                }};
}

TableSource principal_table(const node::Node& node) {
    return {.index_types = {ASN_PRIV_IMPLIED_OCTET_STR},
            .first_column = node::kPrincipalCounterRows.front().number,
            .last_column = node::kPrincipalCounterRows.back().number,
            .rows = [&node] { return node.statistics().principals.size(); },
            .put_index =
                [&node](std::size_t row, netsnmp_variable_list& index) {
                    put_text(index, node.statistics().principals[row].name);
                },
            .put_value =
                [&node](std::size_t row, unsigned column, netsnmp_variable_list& into) {
                    const node::PrincipalCounters& counters = *node.statistics().principals[row].counters;
                    for (const auto& counter : node::kPrincipalCounterRows) {
                        if (counter.number == column) {
                            put_counter64(into, counters.*counter.field);
                        }
                    }
                }};
}

}  // namespace

class SplashMib::State {
public:
    explicit State(const node::Node& node) : node_(node) {}
    ~State() {
        if (is_listed_) {
            std::vector<::oid> place(kSplashMib);
            unregister_sysORTable(place.data(), place.size());
        }
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    Result<> add_all() {
        Result<> added;
        const auto scalar = [&](const std::string& name, ::oid group, ::oid number, PutValue put) {
            if (added) {
                added = objects_.add_scalar(name, object({group, number}), std::move(put));
            }
        };
        const auto table = [&](const char* name, ::oid number, TableSource source) {
            if (added) {
                added = objects_.add_table(name, object({number}), std::move(source));
            }
        };
#define SPLASH_NODE_FACT(name, number, syntax, meaning) \
    scalar("splash" #name, kNode, number,               \
           [&node = node_](netsnmp_variable_list& into) { fact::name(into, node.facts()); });
#include "node_facts.def"
#undef SPLASH_NODE_FACT
        for (const auto& row : node::kCounterRows) {
            scalar("splash_" + std::string(row.name), kTotals, row.number,
                   [&node = node_, field = row.field](netsnmp_variable_list& into) {
                       put_counter64(into, node.statistics().totals.*field);
                   });
        }
        for (const auto& row : node::kGaugeRows) {
            scalar("splash_" + std::string(row.name), kGauges, row.number,
                   [&node = node_, field = row.field](netsnmp_variable_list& into) {
                       put_unsigned(into, node.gauges().*field);
                   });
        }
        table("splashReasonTable", kReasonTable, reason_table(node_));
        table("splashServiceTable", kServiceTable, service_table(node_));
        table("splashPrincipalTable", kPrincipalTable, principal_table(node_));
        if (added) {
            std::vector<::oid> place(kSplashMib);
            is_listed_ =
                register_sysORTable(place.data(), place.size(), kOrDescription) == SYS_ORTABLE_REGISTERED_OK;
        }
        return added;
    }

private:
    const node::Node& node_;
    Registrations objects_;
    bool is_listed_ = false;
};

SplashMib::SplashMib(std::unique_ptr<State> state) : state_(std::move(state)) {}
SplashMib::~SplashMib() = default;

Result<std::unique_ptr<SplashMib>> SplashMib::open(Agent& /*initialised*/, const node::Node& node) {
    auto state = std::make_unique<State>(node);
    if (auto added = state->add_all(); !added) {
        return Failure(added.error());
    }
    return std::unique_ptr<SplashMib>(new SplashMib(std::move(state)));
}

}  // namespace splash::snmp
