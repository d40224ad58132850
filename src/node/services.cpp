#include "services.hpp"

#include <algorithm>
#include <array>

namespace splash::node {
namespace {

using isa::Exc;
using isa::Value;

constexpr auto kServices = std::to_array<Service>({
#define SPLASH_SERVICE(name, arguments, results, cost, right, meaning) \
    {{name, arguments, results, cost}, Right::right},
#include "services.def"
#undef SPLASH_SERVICE
});

constexpr bool ids_are_unique() {
    for (std::size_t i = 0; i < kServiceRows.size(); ++i) {
        for (std::size_t k = i + 1; k < kServiceRows.size(); ++k) {
            if (kServiceRows[i].id == kServiceRows[k].id) {
                return false;
            }
        }
    }
    return true;
}
static_assert(ids_are_unique(), "two services share an id: rename one");

/// An argument declared `n`: an object identifier or its name.
std::optional<Oid> named_oid(const Value& argument) {
    if (const auto* oid = std::get_if<Oid>(&argument)) {
        return *oid;
    }
    return oid_from_name(std::get<isa::Str>(argument).octets);
}

vm::ServiceResults one(Value value) {
    return std::vector<Value>{std::move(value)};
}

vm::ServiceResults node_info(std::string_view what, const ServiceContext& context) {
    if (what == "version") {
        return one(isa::Str{SPLASH_VERSION});
    }
    if (what == "name") {
        return one(isa::Str{context.config.name});
    }
    if (what == "address") {
        return one(context.ports.topology.primary_address());
    }
    if (what == "interfaces") {
        return one(std::int64_t{context.ports.topology.interface_count()});
    }
    if (what == "workspace") {
        return one(static_cast<std::int64_t>(context.config.workspace));
    }
    if (what == "budget") {
        return one(std::int64_t{context.config.budget_extra});
    }
    if (what == "bound") {
        return one(std::int64_t{context.principal.max_bound});
    }
    if (what == "services" || what == "capabilities") {
        std::string names;
        if (what == "services") {
            for (const Service& s : kServices) {
                names += (names.empty() ? "" : " ") + std::string(s.name);
            }
        } else {
            names = "snap2 ipv4 alert udp";
        }
        return one(isa::Str{names});
    }
    if (what == "counters") {
        std::string text;
        for (const auto& row : kCounterRows) {
            const std::uint64_t value = context.counters.*row.field;
            if (value != 0) {
                text += (text.empty() ? "" : " ") + std::string(row.name) + "=" + std::to_string(value);
            }
        }
        return one(isa::Str{text});
    }
    return Exc::NoSuchInstance;
}

}  // namespace

const Service* find_service(std::uint32_t id) {
    // A call compares numbers and not names.
    const auto found = std::ranges::find(kServiceRows, id, &ServiceRow::id);
    return found == kServiceRows.end() ? nullptr
                                       : &kServices[static_cast<std::size_t>(found - kServiceRows.begin())];
}

std::span<const Service> all_services() {
    return kServices;
}

std::size_t row_of(const Service& service) {
    return static_cast<std::size_t>(&service - kServices.data());
}

void start_service(const Service& service, std::span<const Value> arguments, const ServiceContext& context,
                   Answer answer) {
    const Rights& rights = context.principal.rights;
    if ((service.right == Right::Read && !rights.read) || (service.right == Right::Write && !rights.write)) {
        answer(Exc::NotPermitted);
        return;
    }
    if (service.name == "node_info") {
        answer(node_info(std::get<isa::Str>(arguments[0]).octets, context));
        return;
    }
    // The rest is snmp_*: no MIB for a principal without a user.
    if (!context.principal.mib_user) {
        answer(Exc::NotPermitted);
        return;
    }
    const MibUser& user = *context.principal.mib_user;
    const auto oid = named_oid(arguments[0]);
    if (!oid) {
        answer(Exc::NoSuchObject);
        return;
    }
    if (service.name == "snmp_getsingle") {
        context.ports.mib.get(user, *oid, [answer = std::move(answer)](MibReply reply) {
            answer(one(std::move(reply.value)));
        });
    } else if (service.name == "snmp_getnext") {
        context.ports.mib.get_next(user, *oid, [answer = std::move(answer)](MibReply reply) {
            answer(std::vector<Value>{std::move(reply.oid), std::move(reply.value)});
        });
    } else {
        context.ports.mib.set(user, *oid, arguments[1], [answer = std::move(answer)](MibReply reply) {
            answer(one(std::move(reply.value)));
        });
    }
}

}  // namespace splash::node
