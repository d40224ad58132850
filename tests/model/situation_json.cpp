#include "situation_json.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "literals.hpp"
#include "sections.hpp"

namespace splash::model {
namespace {

using conformance::Observed;
using conformance::RouteRule;
using conformance::ServiceRule;
using conformance::Situation;
using nlohmann::json;

std::string_view to_string(vm::Travel travel) {
    switch (travel) {
        case vm::Travel::Alert: return "alert";
        case vm::Travel::Plain: return "plain";
        case vm::Travel::Hop: return "hop";
    }
    return "?";
}

std::string to_hex(const std::vector<isa::Word>& words) {
    std::vector<std::byte> octets;
    for (const isa::Word word : words) {
        append_be<std::uint64_t>(octets, word.raw());
    }
    return model::to_hex(octets);
}

json texts_of(const std::vector<IpAddress>& addresses) {
    json list = json::array();
    for (const IpAddress& address : addresses) {
        list.push_back(address.to_string());
    }
    return list;
}

IpAddress address_from(const json& text) {
    const auto address = IpAddress::parse(text.get<std::string>());
    if (!address) {
        throw std::invalid_argument("no address: " + text.dump());
    }
    return *address;
}

std::vector<IpAddress> addresses_from(const json& list) {
    std::vector<IpAddress> addresses;
    for (const json& text : list) {
        addresses.push_back(address_from(text));
    }
    return addresses;
}

json route_json(const RouteRule& rule) {
    if (const auto* exception = std::get_if<isa::Exc>(&rule.answer)) {
        return {rule.to.to_string(), "exc", static_cast<std::uint32_t>(*exception)};
    }
    return {rule.to.to_string(), "room", std::get<vm::Way>(rule.answer).room};
}

RouteRule route_from(const json& row) {
    const auto to = Prefix::parse(row.at(0).get<std::string>());
    if (!to) {
        throw std::invalid_argument("no prefix: " + row.dump());
    }
    if (row.at(1) == "exc") {
        return {*to, static_cast<isa::Exc>(row.at(2).get<std::uint32_t>())};
    }
    return {*to, vm::Way{.room = row.at(2).get<std::size_t>()}};
}

json service_json(const ServiceRule& rule) {
    json values = json::array();
    const bool fails = std::holds_alternative<isa::Exc>(rule.answer);
    if (fails) {
        values.push_back(conformance::canonical(isa::Value(std::get<isa::Exc>(rule.answer))));
    } else {
        for (const isa::Value& value : std::get<std::vector<isa::Value>>(rule.answer)) {
            values.push_back(conformance::canonical(value));
        }
    }
    return {{"name", rule.name}, {"arguments", rule.arguments}, {"results", rule.results},
            {"cost", rule.cost}, {"later", rule.answers_later}, {"fails", fails},
            {"values", values}};
}

ServiceRule service_from(const json& row) {
    ServiceRule rule;
    rule.name = row.at("name");
    rule.arguments = row.at("arguments");
    rule.results = row.at("results");
    rule.cost = row.at("cost");
    rule.answers_later = row.at("later");
    std::vector<isa::Value> values;
    for (const json& text : row.at("values")) {
        auto value = conformance::parse_value(text.get<std::string>());
        if (!value) {
            throw std::invalid_argument("no value: " + text.dump());
        }
        values.push_back(std::move(*value));
    }
    if (row.at("fails").get<bool>()) {
        rule.answer = std::get<isa::Exc>(values.at(0));
    } else {
        rule.answer = std::move(values);
    }
    return rule;
}

json ending_json(const conformance::Ending& ending) {
    if (const auto* fault = std::get_if<conformance::Faulted>(&ending)) {
        return {"fault", static_cast<std::uint32_t>(fault->reason), fault->index, fault->opcode};
    }
    if (const auto* refused = std::get_if<conformance::Refused>(&ending)) {
        constexpr std::array kNames{"Truncated", "Version", "Flags", "Lengths", "Entry"};
        return {"refused", kNames.at(static_cast<std::size_t>(refused->why))};
    }
    return json::array({std::holds_alternative<conformance::Exited>(ending)  ? "exit"
                        : std::holds_alternative<conformance::Moved>(ending) ? "moved"
                                                                             : "delivered"});
}

}  // namespace

std::string to_hex(const std::vector<std::byte>& octets) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(octets.size() * 2);
    for (const std::byte octet : octets) {
        text += kDigits[std::to_integer<std::size_t>(octet) >> 4U];
        text += kDigits[std::to_integer<std::size_t>(octet) & 15U];
    }
    return text;
}

json to_json(const Situation& s) {
    json routes = json::array();
    for (const RouteRule& rule : s.routes) {
        routes.push_back(route_json(rule));
    }
    json services = json::array();
    for (const ServiceRule& rule : s.services) {
        services.push_back(service_json(rule));
    }
    return {{"local", texts_of(s.local)},
            {"neighbours", texts_of(s.neighbours)},
            {"here", s.here.to_string()},
            {"ingress", s.ingress},
            {"destination", s.destination.to_string()},
            {"now", s.now_us},
            {"max_sends", s.max_sends},
            {"routes", routes},
            {"services", services},
            {"workspace", s.workspace},
            {"budget", s.budget_extra},
            {"packet", to_hex(s.packet)}};
}

Situation situation_from_json(const json& json) {
    Situation s;
    s.local = addresses_from(json.at("local"));
    s.neighbours = addresses_from(json.at("neighbours"));
    s.here = address_from(json.at("here"));
    s.ingress = json.at("ingress");
    s.destination = address_from(json.at("destination"));
    s.now_us = json.at("now");
    s.max_sends = json.at("max_sends");
    for (const auto& row : json.at("routes")) {
        s.routes.push_back(route_from(row));
    }
    for (const auto& row : json.at("services")) {
        s.services.push_back(service_from(row));
    }
    s.workspace = json.at("workspace");
    s.budget_extra = json.at("budget");
    auto octets = conformance::parse_hex({json.at("packet").get<std::string>()});
    if (!octets) {
        throw std::invalid_argument("the packet is not hexadecimal");
    }
    s.packet = std::move(*octets);
    return s;
}

json to_json(const Observed& o) {
    json emissions = json::array();
    for (const conformance::Emission& e : o.emissions) {
        emissions.push_back({e.to.to_string(), to_string(e.travel), to_hex(e.packet)});
    }
    json deliveries = json::array();
    for (const conformance::Delivery& d : o.deliveries) {
        deliveries.push_back({d.port, to_hex(d.as_they_lie.heap), to_hex(d.as_they_lie.words)});
    }
    json calls = json::array();
    for (const conformance::Call& c : o.calls) {
        calls.push_back({c.service, c.arguments});
    }
    return {{"ending", ending_json(o.ending)},
            {"steps", o.steps},
            {"units", o.units},
            {"bound", o.bound},
            {"heap", to_hex(o.stack_as_it_lies.heap)},
            {"stack", to_hex(o.stack_as_it_lies.words)},
            {"emissions", emissions},
            {"deliveries", deliveries},
            {"calls", calls},
            {"report", to_hex(o.report)}};
}

}  // namespace splash::model
