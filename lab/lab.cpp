#include "lab/lab.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "lab_lock.hpp"
#include "node_files.hpp"
#include "paths.hpp"
#include "process.hpp"
#include "record.hpp"
#include "take_down.hpp"
#include "topology_rules.hpp"

namespace splash::lab {
namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
    std::error_code error;
    return fs::exists(path, error);
}

NodeInfo describe(std::string_view lab, const NodeRecord& node) {
    NodeInfo info;
    info.name = node.name;
    info.loopback = IpAddress::parse(node.loopback).value_or(IpAddress());
    info.loopback_ipv6 = IpAddress::parse(node.loopback_ipv6).value_or(IpAddress::unspecified(IpVersion::V6));
    info.netns = netns_name(lab, node.name);
    info.directory = node_directory(lab, node.name);
    if (node.kind != "host") {
        info.socket = socket_file(lab, node.name);
    }
    info.pid = node.daemon.pid;
    info.is_running = is_running(node.daemon);
    return info;
}

/// A wire was started and has ended.
bool is_dead(const ProcessId& wire) {
    return wire != ProcessId{} && !is_running(wire);
}

LinkCondition describe(std::string_view lab, const LinkRecord& link) {
    const bool was_interrupted = link.is_changing && LabLock::is_free(lab);
    return {.from_a = link.from_a,
            .from_b = link.from_b,
            .is_down = link.is_down,
            .is_broken = was_interrupted || is_dead(link.wire_a) || is_dead(link.wire_b)};
}

LabInfo describe(const std::string& lab, const Result<Record>& record) {
    LabInfo info;
    info.name = lab;
    if (record) {
        info.topology = record->topology;
        info.links = record->links;
        info.conditions.resize(info.links.size());
        std::ranges::transform(record->conditions, info.conditions.begin(),
                               [&lab](const LinkRecord& link) { return describe(lab, link); });
        for (const NodeRecord& node : record->nodes) {
            info.nodes.push_back(describe(lab, node));
        }
    }
    if (record && record->is_complete) {
        info.state = LabState::Up;
    } else {
        info.state = LabLock::is_free(lab) ? LabState::Broken : LabState::Building;
    }
    return info;
}

Result<> check_name(std::string_view name) {
    if (!is_valid_name(name)) {
        return fail(Errc::BadInput,
                    "lab name \"" + std::string(name) + "\" is not " + std::string(kNameRule));
    }
    return {};
}

}  // namespace

const IpAddress& NodeInfo::loopback_of(IpVersion version) const {
    return version == IpVersion::V6 ? loopback_ipv6 : loopback;
}

IpAddress loopback_address(std::size_t node, IpVersion version) {
    return loopback_of(node, version);
}

LinkAddresses link_addresses(std::size_t link, IpVersion version) {
    return {.a = link_address(link, Side::A, version), .b = link_address(link, Side::B, version)};
}

std::string link_name(const LabInfo& lab, std::size_t link) {
    const Link& it = lab.links.at(link);
    const auto joins_the_same = [&](const Link& other) {
        return (other.a == it.a && other.b == it.b) || (other.a == it.b && other.b == it.a);
    };
    const std::string& a = lab.nodes.at(it.a).name;
    const std::string& b = lab.nodes.at(it.b).name;
    return std::ranges::count_if(lab.links, joins_the_same) == 1
               ? a + "-" + b
               : a + ":" + it.a_interface + "-" + b + ":" + it.b_interface;
}

Result<> down(std::string_view name) {
    if (auto good = check_name(name); !good) {
        return good;
    }
    if (!exists(lab_directory(name)) && !exists(lock_file(name))) {
        return {};
    }
    const auto lock = LabLock::take(name);
    if (!lock) {
        return Failure(lock.error());
    }
    auto done = take_down(name, GuardianIs::Ended);
    if (done) {
        remove_lock_file(name);
    }
    return done;
}

Result<std::vector<LabInfo>> list() {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(kLabsDirectory, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().native();
        if (entry->is_directory(error) && is_valid_name(name)) {
            names.push_back(name);
        }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        return fail(Errc::System, std::string("read ") + kLabsDirectory + ": " + error.message());
    }
    std::ranges::sort(names);
    std::vector<LabInfo> labs;
    for (const std::string& name : names) {
        if (auto info = find(name); info) {
            labs.push_back(std::move(*info));
        }
    }
    return labs;
}

Result<LabInfo> find(std::string_view name) {
    if (auto good = check_name(name); !good) {
        return Failure(good.error());
    }
    const std::string lab(name);
    const auto record = load(lab);
    if (!record && !exists(lab_directory(lab))) {
        return fail(Errc::NotFound, "lab " + lab);
    }
    return describe(lab, record);
}

}  // namespace splash::lab
