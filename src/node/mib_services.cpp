#include <optional>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "base/oid.hpp"
#include "built_in.hpp"
#include "built_in_rows.hpp"

namespace splash::node {

using isa::Exc;
using isa::Value;

std::optional<Oid> named_oid(const Value& argument) {
    if (const auto* oid = std::get_if<Oid>(&argument)) {
        return *oid;
    }
    return oid_from_name(std::get<isa::Str>(argument).octets);
}

namespace {

/// `column` followed by what stands behind the first `skipped` sub-identifiers of `instance`.
std::optional<Oid> cell_oid(const Oid& column, const Oid& instance, std::int64_t skipped) {
    const auto from = instance.subids();
    if (skipped < 0 || skipped > static_cast<std::int64_t>(from.size())) {
        return std::nullopt;
    }
    std::vector<std::uint32_t> subids(column.subids().begin(), column.subids().end());
    const auto index = from.subspan(static_cast<std::size_t>(skipped));
    subids.insert(subids.end(), index.begin(), index.end());
    return Oid::from_subids(subids);
}

}  // namespace

std::span<const Service> MibServices::services() const {
    return kServicesOf<BuiltInSet::Mib>;
}

void MibServices::start(const Service& service, std::span<const Value> arguments, const Caller& caller,
                        Answer answer) {
    if (!caller.mib_user) {
        answer(Exc::NotPermitted);
        return;
    }
    const MibUser& user = *caller.mib_user;
    const bool is_once = service.id() == isa::service_id("snmp_setonce");
    const auto oid = named_oid(arguments[is_once ? 1 : 0]);
    if (!oid) {
        answer(Exc::NoSuchObject);
        return;
    }
    const auto give_value = [answer](MibBinding reply) { answer(one(std::move(reply.value))); };
    switch (service.id()) {
        case isa::service_id("snmp_getsingle"): mib_.get(user, *oid, give_value); return;
        case isa::service_id("snmp_getcell"): {
            const auto cell =
                cell_oid(*oid, std::get<Oid>(arguments[1]), std::get<std::int64_t>(arguments[2]));
            if (!cell) {
                answer(Exc::OutOfRange);
                return;
            }
            mib_.get(user, *cell, give_value);
            return;
        }
        case isa::service_id("snmp_getnext"):
            mib_.get_next(user, *oid, [answer](MibBinding reply) {
                answer(std::vector<Value>{std::move(reply.oid), std::move(reply.value)});
            });
            return;
        case isa::service_id("snmp_setsingle"): mib_.set(user, *oid, arguments[1], give_value); return;
        case isa::service_id("snmp_setonce"):
            set_once(std::get<std::int64_t>(arguments[0]), *oid, arguments[2], caller, std::move(answer));
            return;
        case isa::service_id("snmp_notify"): answer(one(notify(*oid, arguments[1]))); return;
        default: SPLASH_ASSERT(false, "every row of the set has its case");
    }
}

Value MibServices::notify(const Oid& notification, const Value& value) {
    if (!notifications_.take(clock_.now())) {
        ++counters_.notifications_withheld;
        return Exc::QuotaUsedUp;
    }
    Value sent = mib_.notify(notification, value);
    if (!std::holds_alternative<Exc>(sent)) {
        ++counters_.notifications;
    }
    return sent;
}

void MibServices::set_once(std::int64_t id, const Oid& oid, const Value& value, const Caller& caller,
                           Answer answer) {
    const Once::Key key{std::string(caller.principal), id, oid};
    const bool has_begun =
        once_->begin(key, value, [answer = std::move(answer)](const Value& result) { answer(one(result)); });
    if (!has_begun) {
        return;
    }
    mib_.set(*caller.mib_user, oid, value, [key, once = std::weak_ptr(once_)](const MibBinding& reply) {
        if (const auto alive = once.lock()) {
            alive->complete(key, reply.value);
        }
    });
}

}  // namespace splash::node
