#include "simnet/sim_mib.hpp"

#include <utility>

namespace splash::simnet {

using isa::Exc;

void SimMib::answer(const Done& done, node::MibReply reply) {
    if (is_silent) {
        return;
    }
    if (!delay) {
        done(std::move(reply));
        return;
    }
    schedule_(*delay, [done, reply = std::move(reply)] { done(reply); });
}

void SimMib::get(const node::MibUser& user, const Oid& oid, Done done) {
    requests_.push_back({user, oid});
    const auto found = objects.find(oid);
    answer(done, {oid, found == objects.end() ? isa::Value(Exc::NoSuchInstance) : found->second});
}

void SimMib::get_next(const node::MibUser& user, const Oid& oid, Done done) {
    requests_.push_back({user, oid});
    const auto found = objects.upper_bound(oid);
    if (found == objects.end()) {
        answer(done, {oid, Exc::EndOfMibView});
    } else {
        answer(done, {found->first, found->second});
    }
}

void SimMib::set(const node::MibUser& user, const Oid& oid, const isa::Value& value, Done done) {
    constexpr std::uint32_t kNoCreation = 11;
    constexpr std::uint32_t kWrongType = 7;
    constexpr std::uint32_t kNotWritable = 17;
    requests_.push_back({user, oid});
    const auto found = objects.find(oid);
    if (found == objects.end()) {
        answer(done, {oid, isa::exc_from_snmp_error(kNoCreation)});
    } else if (read_only.contains(oid)) {
        answer(done, {oid, isa::exc_from_snmp_error(kNotWritable)});
    } else if (isa::type_of(found->second) != isa::type_of(value)) {
        answer(done, {oid, isa::exc_from_snmp_error(kWrongType)});
    } else {
        found->second = value;
        answer(done, {oid, std::int64_t{1}});
    }
}

}  // namespace splash::simnet
