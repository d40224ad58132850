#include "random_situation.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "base/oid.hpp"
#include "random_program.hpp"

namespace splash::model {
namespace {

using conformance::ServiceRule;
using conformance::Situation;

class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    [[nodiscard]] std::size_t below(std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
    }
    [[nodiscard]] bool chance(std::size_t percent) { return below(100) < percent; }
    template <class List>
    [[nodiscard]] const auto& one_of(const List& list) {
        return *(list.begin() + static_cast<std::ptrdiff_t>(below(list.size())));
    }
    [[nodiscard]] std::uint64_t bits() { return random_(); }

private:
    std::mt19937_64 random_;
};

std::vector<IpAddress> known_addresses() {
    std::vector<IpAddress> list;
    for (const char* text : {"10.0.0.1", "10.0.0.2", "10.0.5.5", "10.0.9.9", "192.0.2.1", "0.0.0.0",
                             "2001:db8::1", "2001:db8::2", "::"}) {
        list.push_back(*IpAddress::parse(text));
    }
    return list;
}

std::vector<IpAddress> some_of(Dice& dice, const std::vector<IpAddress>& addresses, std::size_t percent) {
    std::vector<IpAddress> some;
    std::ranges::copy_if(addresses, std::back_inserter(some),
                         [&dice, percent](const IpAddress&) { return dice.chance(percent); });
    return some;
}

isa::Value result(Dice& dice) {
    switch (dice.below(7)) {
        case 0: return static_cast<std::int64_t>(dice.bits());
        case 1: return isa::Str{std::string(dice.below(200), 'r')};
        case 2:
            return *Oid::from_subids(
                std::array<std::uint32_t, 4>{1, 3, static_cast<std::uint32_t>(dice.bits()), 7});
        case 3: return isa::Exc::NoSuchInstance;
        case 4: return static_cast<double>(dice.below(1000)) / 8;
        case 5: return *IpAddress::parse("2001:db8::7");
        default: return static_cast<std::int64_t>(dice.below(3));
    }
}

ServiceRule service(Dice& dice, std::string_view name) {
    constexpr std::string_view kLetters = "iason**";
    ServiceRule rule;
    rule.name = name;
    for (std::size_t n = dice.below(4); n > 0; --n) {
        rule.arguments += dice.one_of(kLetters);
    }
    rule.results = std::string(dice.below(4), '*');
    rule.cost = dice.chance(80) ? 0 : static_cast<std::uint32_t>(dice.below(5000));
    rule.answers_later = dice.chance(25);
    if (dice.chance(15)) {
        rule.answer = static_cast<isa::Exc>(dice.below(80));
        return rule;
    }
    std::vector<isa::Value> values;
    const std::size_t given = dice.chance(95) ? rule.results.size() : dice.below(4);
    for (std::size_t n = 0; n < given; ++n) {
        values.push_back(result(dice));
    }
    rule.answer = std::move(values);
    return rule;
}

conformance::RouteRule route(Dice& dice, std::string_view prefix) {
    const Prefix to = *Prefix::parse(prefix);
    if (dice.chance(15)) {
        return {to, dice.chance(50) ? isa::Exc::NoRoute : isa::Exc::NotPermitted};
    }
    return {to, vm::Way{.room = dice.chance(50) ? std::size_t{1476} : dice.below(400)}};
}

}  // namespace

Situation random_situation(std::uint64_t seed) {
    Dice dice(seed);
    Situation s;
    const std::vector<IpAddress> addresses = known_addresses();
    std::vector<std::uint32_t> ids;
    for (const std::string_view name : {"one", "two", "three"}) {
        s.services.push_back(service(dice, name));
        ids.push_back(isa::service_id(name));
    }
    property::ProgramGenerator generator(dice.bits(), {.max_instructions = dice.chance(80) ? 40U : 200U,
                                                       .only_well_formed = dice.chance(30),
                                                       .may_trim = dice.chance(40),
                                                       .addresses = addresses,
                                                       .services = ids});
    isa::Packet packet = generator.make();
    packet.header.port = static_cast<std::uint16_t>(dice.bits());
    packet.header.request_id = static_cast<std::uint16_t>(dice.bits());
    packet.header.origin = dice.one_of(addresses);
    s.packet = packet.to_wire();
    if (dice.chance(10)) {
        s.packet.at(dice.below(s.packet.size())) ^= static_cast<std::byte>(1U << dice.below(8));
    }
    s.local = some_of(dice, addresses, 15);
    s.neighbours = some_of(dice, addresses, 50);
    s.here = dice.one_of(addresses);
    s.destination = dice.one_of(addresses);
    s.ingress = static_cast<std::uint32_t>(dice.chance(90) ? dice.below(9) : dice.bits());
    s.now_us = static_cast<std::int64_t>(dice.bits() >> 1U);
    s.max_sends = static_cast<unsigned>(dice.below(4) * 3);
    for (const std::string_view prefix : {"10.0.5.0/24", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32"}) {
        if (dice.chance(80)) {
            s.routes.push_back(route(dice, prefix));
        }
    }
    s.workspace = dice.chance(60) ? 8192 : s.packet.size() + dice.below(200);
    s.budget_extra = dice.chance(80) ? 4096 : static_cast<std::uint32_t>(dice.below(30));
    return s;
}

}  // namespace splash::model
