#include <string>

#include "base/assert.hpp"
#include "built_in.hpp"
#include "built_in_rows.hpp"

namespace splash::node {

using isa::Exc;
using isa::Value;

namespace {

/// The language, and what packets can come and go by.
std::string capabilities(Carriers& carriers) {
    const IpAddress v4 = IpAddress::unspecified(IpVersion::V4);
    const IpAddress v6 = IpAddress::unspecified(IpVersion::V6);
    std::string text = "snap2";
    text += carriers.can_carry(Carriage::Alert, v4) ? " ipv4" : "";
    text += carriers.can_carry(Carriage::Alert, v6) ? " ipv6" : "";
    text +=
        carriers.can_carry(Carriage::Alert, v4) || carriers.can_carry(Carriage::Alert, v6) ? " alert" : "";
    text += carriers.can_carry(Carriage::Udp, v4) || carriers.can_carry(Carriage::Udp, v6) ? " udp" : "";
    return text;
}

/// As clients print it, but a str without quotes: what it names shall be found under its own octets.
std::string text_of(const Value& value) {
    const auto* const str = std::get_if<isa::Str>(&value);
    return str != nullptr ? str->octets : isa::to_string(value);
}

}  // namespace

vm::ServiceResults one(Value value) {
    return std::vector<Value>{std::move(value)};
}

std::span<const Service> HostServices::services() const {
    return kServicesOf<BuiltInSet::Host>;
}

void HostServices::start(const Service& service, std::span<const Value> arguments, const Caller& caller,
                         Answer answer) {
    switch (service.id()) {
        case isa::service_id("node_info"):
            answer(node_info(std::get<isa::Str>(arguments[0]).octets, caller));
            return;
        case isa::service_id("text"): answer(one(isa::Str{text_of(arguments[0])})); return;
        case isa::service_id("once"): once(std::get<std::int64_t>(arguments[0]), caller, answer); return;
        default: SPLASH_ASSERT(false, "every row of the set has its case");
    }
}

vm::ServiceResults HostServices::node_info(std::string_view what, const Caller& caller) const {
    if (what == "version") {
        return one(isa::Str{SPLASH_VERSION});
    }
    if (what == "name") {
        return one(isa::Str{config_.name});
    }
    if (what == "address") {
        return one(ports_.topology.primary_address(caller.version));
    }
    if (what == "interfaces") {
        return one(std::int64_t{ports_.topology.interface_count()});
    }
    if (what == "workspace") {
        return one(static_cast<std::int64_t>(config_.workspace));
    }
    if (what == "budget") {
        return one(std::int64_t{config_.budget_extra});
    }
    if (what == "bound") {
        return one(std::int64_t{caller.max_bound});
    }
    if (what == "services") {
        std::string names;
        for (const Service& s : registry_.entries()) {
            names += (names.empty() ? "" : " ") + std::string(s.name);
        }
        return one(isa::Str{names});
    }
    if (what == "capabilities") {
        return one(isa::Str{capabilities(ports_.carriers)});
    }
    if (what == "counters") {
        std::string text;
        for (const auto& row : kCounterRows) {
            const std::uint64_t value = counters_.*row.field;
            if (value != 0) {
                text += (text.empty() ? "" : " ") + std::string(row.name) + "=" + std::to_string(value);
            }
        }
        return one(isa::Str{text});
    }
    return Exc::NoSuchInstance;
}

void HostServices::once(std::int64_t id, const Caller& caller, const Answer& answer) {
    const Once::Key key{std::string(caller.principal), id, std::nullopt};
    bool is_first = false;  // begin() answers at once: nothing under such a key takes time
    const bool has_begun = once_.begin(key, std::int64_t{0}, [&answer, &is_first](const Value& known) {
        answer(one(std::holds_alternative<Exc>(known) ? known : Value(std::int64_t{is_first ? 1 : 0})));
    });
    if (has_begun) {
        is_first = true;
        once_.complete(key, std::int64_t{1});
    }
}

}  // namespace splash::node
