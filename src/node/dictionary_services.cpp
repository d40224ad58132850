#include <string>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"
#include "built_in.hpp"
#include "built_in_rows.hpp"

namespace splash::node {

using isa::Exc;
using isa::Value;

std::span<const Service> DictionaryServices::services() const {
    return kServicesOf<BuiltInSet::Dictionary>;
}

void DictionaryServices::start(const Service& service, std::span<const Value> arguments, const Caller& caller,
                               Answer answer) {
    const std::string& name = std::get<isa::Str>(arguments[0]).octets;
    if (name.size() > Dictionary::kMaxNameOctets) {
        answer(Exc::OutOfRange);
        return;
    }
    switch (service.id()) {
        case isa::service_id("memmap_addint"):
            answer(put(caller.principal, name, std::get<std::int64_t>(arguments[1])));
            return;
        case isa::service_id("memmap_addstring"):
            answer(put(caller.principal, name, std::get<isa::Str>(arguments[1]).octets));
            return;
        case isa::service_id("memmap_getint"): answer(get<std::int64_t>(caller.principal, name)); return;
        case isa::service_id("memmap_getstring"): answer(get<std::string>(caller.principal, name)); return;
        case isa::service_id("memmap_del"):
            answer(dictionary_.erase(caller.principal, name, clock_.now()) ? one(std::int64_t{1})
                                                                           : Exc::NoSuchInstance);
            return;
        default: SPLASH_ASSERT(false, "every row of the set has its case");
    }
}

vm::ServiceResults DictionaryServices::put(std::string_view principal, std::string_view name,
                                           Dictionary::Value value) {
    if (!dictionary_.put(principal, name, std::move(value), clock_.now())) {
        ++counters_.dictionary_refused;
        return Exc::QuotaUsedUp;
    }
    return one(std::int64_t{1});
}

template <class T>
vm::ServiceResults DictionaryServices::get(std::string_view principal, std::string_view name) {
    const Dictionary::Value* found = dictionary_.find(principal, name, clock_.now());
    if (found == nullptr) {
        return Exc::NoSuchInstance;
    }
    const T* value = std::get_if<T>(found);
    if (value == nullptr) {
        return Exc::WrongArgumentType;
    }
    if constexpr (std::is_same_v<T, std::string>) {
        return one(isa::Str{*value});
    } else {
        return one(*value);
    }
}

}  // namespace splash::node
