#include "record.hpp"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "paths.hpp"

namespace splash::lab {
namespace {

using nlohmann::json;
constexpr int kVersion = 1;
constexpr std::size_t kMaxSize = 4 << 20;  // octets; 200 nodes take 60 kB

json from(const ProcessId& process) {
    return {{"pid", process.pid}, {"started", process.started}};
}

ProcessId read_process(const json& j) {
    return {.pid = j.at("pid").get<pid_t>(), .started = j.at("started").get<std::uint64_t>()};
}

json from(const Impairment& i) {
    return {{"delay_us", i.delay.count()},
            {"jitter_us", i.jitter.count()},
            {"loss", i.loss},
            {"duplicate", i.duplicate},
            {"reorder", i.reorder},
            {"corrupt", i.corrupt},
            {"rate", i.rate},
            {"limit", i.limit}};
}

Impairment read_impairment(const json& j) {
    return {.delay = std::chrono::microseconds(j.at("delay_us").get<std::int64_t>()),
            .jitter = std::chrono::microseconds(j.at("jitter_us").get<std::int64_t>()),
            .loss = j.at("loss").get<double>(),
            .duplicate = j.at("duplicate").get<double>(),
            .reorder = j.at("reorder").get<double>(),
            .corrupt = j.at("corrupt").get<double>(),
            .rate = j.at("rate").get<std::uint64_t>(),
            .limit = j.at("limit").get<std::uint32_t>()};
}

json from(const LinkRecord& link) {
    return {{"from_a", from(link.from_a)}, {"from_b", from(link.from_b)}, {"wire_a", from(link.wire_a)},
            {"wire_b", from(link.wire_b)}, {"is_down", link.is_down},     {"is_changing", link.is_changing}};
}

/// A link without a condition is as it was made.
LinkRecord read_condition(const json& link) {
    if (!link.contains("condition")) {
        return {};
    }
    const json& j = link.at("condition");
    return {.from_a = read_impairment(j.at("from_a")),
            .from_b = read_impairment(j.at("from_b")),
            .wire_a = read_process(j.at("wire_a")),
            .wire_b = read_process(j.at("wire_b")),
            .is_down = j.at("is_down").get<bool>(),
            .is_changing = j.value("is_changing", false)};
}

}  // namespace

std::string to_json(const Record& record) {
    json nodes = json::array();
    for (const NodeRecord& node : record.nodes) {
        nodes.push_back({{"name", node.name},
                         {"kind", node.kind},
                         {"loopback", node.loopback},
                         {"loopback_ipv6", node.loopback_ipv6},
                         {"daemon", from(node.daemon)}});
    }
    json links = json::array();
    for (std::size_t i = 0; i < record.links.size(); ++i) {
        const Link& link = record.links[i];
        links.push_back({{"a", link.a},
                         {"b", link.b},
                         {"a_interface", link.a_interface},
                         {"b_interface", link.b_interface}});
        if (i < record.conditions.size() && record.conditions[i] != LinkRecord{}) {
            links.back()["condition"] = from(record.conditions[i]);
        }
    }
    const json whole = {{"version", kVersion},
                        {"name", record.name},
                        {"topology", record.topology},
                        {"is_complete", record.is_complete},
                        {"guardian", from(record.guardian)},
                        {"splashd", record.splashd},
                        {"nodes", nodes},
                        {"links", links}};
    return whole.dump(1) + "\n";
}

Result<Record> from_json(std::string_view text, std::string_view file) {
    try {
        const json whole = json::parse(text);
        if (whole.at("version").get<int>() != kVersion) {
            return fail(Errc::BadInput, std::string(file) + ": version " + whole.at("version").dump());
        }
        Record record;
        record.name = whole.at("name").get<std::string>();
        record.topology = whole.at("topology").get<std::string>();
        record.is_complete = whole.at("is_complete").get<bool>();
        record.guardian = read_process(whole.at("guardian"));
        record.splashd = whole.value("splashd", "");
        for (const json& j : whole.at("nodes")) {
            record.nodes.push_back({.name = j.at("name").get<std::string>(),
                                    .kind = j.at("kind").get<std::string>(),
                                    .loopback = j.at("loopback").get<std::string>(),
                                    .loopback_ipv6 = j.value("loopback_ipv6", ""),
                                    .daemon = read_process(j.at("daemon"))});
        }
        for (const json& j : whole.at("links")) {
            record.links.push_back({.a = j.at("a").get<std::size_t>(),
                                    .b = j.at("b").get<std::size_t>(),
                                    .a_interface = j.at("a_interface").get<std::string>(),
                                    .b_interface = j.at("b_interface").get<std::string>()});
            record.conditions.push_back(read_condition(j));
        }
        return record;
    } catch (const json::exception& e) {
        return fail(Errc::BadInput, std::string(file) + ": " + e.what());
    }
}

Result<> save(const Record& record) {
    return write_file(record_file(record.name), to_json(record), 0644);
}

Result<Record> load(std::string_view lab) {
    const std::string path = record_file(lab);
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) {
        return fail(Errc::NotFound, path);
    }
    return read_tail(path, kMaxSize).and_then([&](const std::string& text) -> tl::expected<Record, Error> {
        return from_json(text, path);
    });
}

}  // namespace splash::lab
