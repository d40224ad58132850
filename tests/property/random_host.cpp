#include "random_host.hpp"

#include <algorithm>
#include <array>

#include "isa/packet.hpp"

namespace splash::property {
namespace {

constexpr auto kServices = std::to_array<vm::ServiceSignature>({{"snmp_getsingle", "n", "*", 64},
                                                                {"snmp_getnext", "n", "o*", 64},
                                                                {"pair", "s*", "ss", 1},
                                                                {"nothing", "", "", 0},
                                                                {"wrong", "s*", "ii", 0}});

}  // namespace

std::vector<IpAddress> RandomHost::addresses() {
    std::vector<IpAddress> list;
    for (const char* text : {"10.0.0.1", "10.0.0.2", "10.0.5.5", "10.0.9.9", "192.0.2.1", "224.0.0.5",
                             "0.0.0.0", "2001:db8::1", "2001:db8::2"}) {
        list.push_back(*IpAddress::parse(text));
    }
    return list;
}

std::vector<std::uint32_t> RandomHost::service_ids() {
    std::vector<std::uint32_t> ids;
    for (const vm::ServiceSignature& service : kServices) {
        ids.push_back(isa::service_id(service.name));
    }
    return ids;
}

std::uint64_t RandomHost::roll(std::uint64_t about) const {
    std::uint64_t x = seed_ ^ (about + 0x9e3779b97f4a7c15U);  // splitmix64
    x = (x ^ x >> 30U) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27U) * 0x94d049bb133111ebU;
    return x ^ x >> 31U;
}

bool RandomHost::is_local(const IpAddress& address) {
    return roll(std::hash<IpAddress>{}(address)) % 4 == 0;
}

bool RandomHost::is_neighbour(const IpAddress& address) {
    return roll(std::hash<IpAddress>{}(address) + 1) % 2 == 0;
}

vm::RouteAnswer RandomHost::route(const IpAddress& to, vm::Travel travel) {
    if (travel == vm::Travel::Hop && !is_neighbour(to)) {
        return isa::Exc::NoRoute;
    }
    const std::uint64_t rolled = roll(std::hash<IpAddress>{}(to) + 2);
    switch (rolled % 8) {
        case 0: return isa::Exc::NoRoute;
        case 1: return isa::Exc::NotPermitted;
        case 2: return vm::Way{has_narrow_links ? rolled / 8 % 300 : 60 * 1024};
        case 3: return vm::Way{60 * 1024};
        default: return vm::Way{has_narrow_links ? std::size_t{1476} : std::size_t{60 * 1024}};
    }
}

void RandomHost::emit(const IpAddress& to, vm::Travel travel, ConstBytes packet) {
    const auto answer = route(to, travel);
    const auto* way = std::get_if<vm::Way>(&answer);
    emitted.push_back({to, travel, {packet.begin(), packet.end()}, way == nullptr ? 0 : way->room});
}

void RandomHost::deliver(std::uint16_t port, ConstBytes heap, std::span<const isa::Word> words) {
    delivered.push_back({port, {heap.begin(), heap.end()}, {words.begin(), words.end()}});
}

const vm::ServiceSignature* RandomHost::find_service(std::uint32_t id) {
    const auto found = std::ranges::find_if(
        kServices, [id](const vm::ServiceSignature& s) { return isa::service_id(s.name) == id; });
    return found == kServices.end() ? nullptr : &*found;
}

std::variant<vm::ServiceResults, vm::Pending> RandomHost::call(const vm::ServiceSignature& service,
                                                               std::span<const isa::Value> arguments) {
    const std::uint64_t rolled = roll(++calls_ * 1000 + arguments.size());
    std::vector<isa::Value> results;
    const bool miscounts = service.name == "wrong" && rolled % 3 == 0;
    for (std::size_t i = 0; i < service.results.size() - (miscounts ? 1 : 0); ++i) {
        switch ((rolled >> 8U) % 5) {
            case 0: results.emplace_back(static_cast<std::int64_t>(rolled)); break;
            case 1: results.emplace_back(isa::Str{std::string(rolled % 200, 'r')}); break;
            case 2: results.emplace_back(*Oid::parse("1.3.6.1.2.1.1.5.0")); break;
            case 3: results.emplace_back(isa::Exc::NoSuchInstance); break;
            default: results.emplace_back(addresses().back()); break;
        }
    }
    vm::ServiceResults answer = std::move(results);
    if (rolled % 7 == 0) {
        answer = isa::Exc::ServiceFailed;
    }
    if (rolled % 4 == 1) {
        pending_ = std::move(answer);
        return vm::Pending{};
    }
    return answer;
}

vm::Outcome run_to_end(vm::Execution& execution, RandomHost& host) {
    vm::Outcome outcome = execution.run(host);
    while (std::holds_alternative<vm::Parked>(outcome)) {
        outcome = execution.resume(host, host.pending());
    }
    return outcome;
}

}  // namespace splash::property
