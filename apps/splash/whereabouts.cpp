#include "whereabouts.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "node_name.hpp"
#include "resolve.hpp"

namespace splash::cli {
namespace {

constexpr std::chrono::milliseconds kResolverPatience{10'000};

/// The default socket, if it is there and may be used.
std::string usable_default_socket() {
    return access(kDefaultSocket, R_OK | W_OK) == 0 ? kDefaultSocket : "";
}

}  // namespace

Result<Whereabouts> Whereabouts::look(const Where& where, const Patience& patience) {
    Whereabouts found;
    found.where_ = where;
    found.patience_ = patience.deadline.value_or(kResolverPatience);
    if (!where.lab.empty()) {
        auto lab = lab::find(where.lab);
        if (!lab) {
            return Failure(lab.error());
        }
        found.lab_ = *std::move(lab);
    }
    return found;
}

const lab::NodeInfo* Whereabouts::lab_node(const std::string& name) const {
    if (!lab_) {
        return nullptr;
    }
    const auto found = std::ranges::find(lab_->nodes, name, &lab::NodeInfo::name);
    return found == lab_->nodes.end() ? nullptr : &*found;
}

const lab::NodeInfo* Whereabouts::lab_node_at(const IpAddress& address) const {
    const auto found = std::ranges::find_if(lab_->nodes, [&address](const lab::NodeInfo& node) {
        return node.loopback_of(address.version()) == address;
    });
    return found == lab_->nodes.end() ? nullptr : &*found;
}

Result<Target> Whereabouts::find(const std::string& node) const {
    auto name = parse_node_name(node);
    if (!name) {
        return Failure(name.error());
    }
    if (const lab::NodeInfo* const known = lab_node(name->host)) {
        const IpAddress& address = known->loopback_of(where_.version);
        if (address.is_unspecified()) {
            return fail(Errc::NoSuchName, fmt::format("node '{}' of lab {} has no IPv6 address: this kernel "
                                                      "has no IPv6, or the lab was made before labs had it",
                                                      name->host, lab_->name));
        }
        return Target{.text = name->host, .address = address, .port = name->port};
    }
    if (lab_ && !IpAddress::parse(name->host)) {
        return fail(Errc::NotFound, fmt::format("node '{}' in lab {}", name->host, lab_->name));
    }
    const auto address = resolve(name->host, where_.version, patience_);
    if (!address) {
        return Failure(address.error());
    }
    return Target{.text = name->host, .address = *address, .port = name->port};
}

Result<Start> Whereabouts::start_at(const std::string& node) const {
    const lab::NodeInfo* const known = lab_node(node);
    if (known == nullptr) {
        return fail(Errc::NotFound, fmt::format("node '{}' in lab {}", node, lab_->name));
    }
    return Start{.node = known->name,
                 .socket = known->socket,
                 .directory = known->directory,
                 .netns = known->netns,
                 .address = known->loopback_of(where_.version)};
}

Result<Start> Whereabouts::start(const Target& target) const {
    if (lab_) {
        if (!where_.from.empty()) {
            return start_at(where_.from);
        }
        const lab::NodeInfo* const same = lab_node_at(target.address);
        if (same == nullptr) {
            return fail(Errc::Usage,
                        fmt::format("{} is no loopback address of lab {}: say where to start, --from NODE",
                                    target.to_string(), lab_->name));
        }
        return start_at(same->name);
    }
    Start start;
    start.address = IpAddress::unspecified(where_.version);
    start.socket = where_.socket.empty() ? usable_default_socket() : where_.socket;
    return start;
}

Result<Start> Whereabouts::explicit_start(const std::string& command) const {
    if (lab_ && !where_.from.empty()) {
        return start_at(where_.from);
    }
    if (lab_) {
        return fail(Errc::Usage, fmt::format("{} needs a node to start at: give --from NODE with --lab {}",
                                             command, lab_->name));
    }
    Start start;
    start.address = IpAddress::unspecified(where_.version);
    start.socket = where_.socket.empty() ? usable_default_socket() : where_.socket;
    if (start.socket.empty()) {
        return fail(
            Errc::Usage,
            fmt::format(
                "{} needs a splashd to start at: give --socket PATH of one on this host, or --lab NAME "
                "--from NODE ({} is not there or may not be used)",
                command, kDefaultSocket));
    }
    return start;
}

std::string Whereabouts::name_of(const IpAddress& address) const {
    if (lab_) {
        if (const lab::NodeInfo* const same = lab_node_at(address)) {
            return fmt::format("{} ({})", same->name, address.to_string());
        }
    }
    return address.to_string();
}

}  // namespace splash::cli
