#include "simnet/sim_mib.hpp"

#include <utility>

namespace splash::simnet {

using isa::Exc;
using node::MibBinding;
using node::MibOperation;
using node::MibRequest;
using node::MibResult;

void SimMib::ask(const node::MibUser& user, MibRequest request, Answered answered) {
    for (const MibBinding& binding : request.bindings) {
        requests_.push_back({user, binding.oid});
    }
    MibResult result = result_of(request);
    if (is_silent) {
        return;
    }
    if (!delay) {
        answered(std::move(result));
        return;
    }
    schedule_(*delay, [answered, result = std::move(result)] { answered(result); });
}

isa::Value SimMib::notify(const Oid& notification, const isa::Value& value) {
    notifications_.push_back({notification, value});
    return std::int64_t{1};
}

MibBinding SimMib::read(MibOperation operation, const Oid& oid) const {
    if (operation == MibOperation::Get) {
        const auto found = objects.find(oid);
        return {oid, found == objects.end() ? isa::Value(Exc::NoSuchInstance) : found->second};
    }
    const auto next = objects.upper_bound(oid);
    return next == objects.end() ? MibBinding{oid, Exc::EndOfMibView} : MibBinding{next->first, next->second};
}

MibResult SimMib::result_of(const MibRequest& request) {
    constexpr std::uint32_t kNoCreation = 11;
    constexpr std::uint32_t kWrongType = 7;
    constexpr std::uint32_t kNotWritable = 17;
    constexpr std::uint32_t kGenErr = 5;
    if (request.operation == MibOperation::GetBulk) {
        return isa::exc_from_snmp_error(kGenErr);
    }
    std::vector<MibBinding> answer;
    if (request.operation != MibOperation::Set) {
        for (const MibBinding& binding : request.bindings) {
            answer.push_back(read(request.operation, binding.oid));
        }
        return answer;
    }
    for (const auto& [oid, value] : request.bindings) {
        const auto found = objects.find(oid);
        if (found == objects.end()) {
            return isa::exc_from_snmp_error(kNoCreation);
        }
        if (read_only.contains(oid)) {
            return isa::exc_from_snmp_error(kNotWritable);
        }
        if (isa::type_of(found->second) != isa::type_of(value)) {
            return isa::exc_from_snmp_error(kWrongType);
        }
        answer.push_back({oid, std::int64_t{1}});
    }
    for (const auto& [oid, value] : request.bindings) {
        objects[oid] = value;
    }
    return answer;
}

}  // namespace splash::simnet
