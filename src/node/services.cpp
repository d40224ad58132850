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

/// Writes unless this id has done so; the answer is the first writing's, also for those who ask meanwhile.
void set_once(std::int64_t id, const Oid& oid, const Value& value, const ServiceContext& context,
              Answer answer) {
    const Once::Key key{context.principal.name, id, oid};
    const bool has_begun = context.once->begin(
        key, value, [answer = std::move(answer)](const Value& result) { answer(one(result)); });
    if (!has_begun) {
        return;
    }
    context.ports.mib.set(*context.principal.mib_user, oid, value,
                          [key, once = std::weak_ptr(context.once)](const MibReply& reply) {
                              if (const auto alive = once.lock()) {
                                  alive->complete(key, reply.value);
                              }
                          });
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
    if (service.name == "once") {
        const Once::Key key{context.principal.name, std::get<std::int64_t>(arguments[0]), std::nullopt};
        bool is_first = false;  // begin() answers at once: nothing under such a key takes time
        const bool has_begun =
            context.once->begin(key, std::int64_t{0}, [&answer, &is_first](const Value& known) {
                answer(
                    one(std::holds_alternative<Exc>(known) ? known : Value(std::int64_t{is_first ? 1 : 0})));
            });
        if (has_begun) {
            is_first = true;
            context.once->complete(key, std::int64_t{1});
        }
        return;
    }
    // The rest is snmp_*: no MIB for a principal without a user.
    if (!context.principal.mib_user) {
        answer(Exc::NotPermitted);
        return;
    }
    const MibUser& user = *context.principal.mib_user;
    const bool is_once = service.name == "snmp_setonce";
    const auto oid = named_oid(arguments[is_once ? 1 : 0]);
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
    } else if (is_once) {
        set_once(std::get<std::int64_t>(arguments[0]), *oid, arguments[2], context, std::move(answer));
    } else {
        context.ports.mib.set(user, *oid, arguments[1], [answer = std::move(answer)](MibReply reply) {
            answer(one(std::move(reply.value)));
        });
    }
}

}  // namespace splash::node
