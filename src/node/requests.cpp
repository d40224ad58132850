#include "requests.hpp"

#include <algorithm>

#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"

namespace splash::node {
namespace {

std::size_t ip_and_udp(const IpAddress& client) {
    constexpr std::size_t kUdpHeader = 8;
    return (client.is_v6() ? wire::kIpv6Header : wire::kIpv4Header) + kUdpHeader;
}

}  // namespace

std::optional<std::uint16_t> Requests::free_port() {
    constexpr unsigned kPorts = 0x10000U - kFirstFreePort;
    for (unsigned tries = 0; tries < kPorts; ++tries) {
        const std::uint16_t port = next_port_;
        next_port_ = port == 0xffff ? kFirstFreePort : static_cast<std::uint16_t>(port + 1);
        if (!ports_.contains(port)) {
            return port;
        }
    }
    return std::nullopt;
}

std::optional<std::uint16_t> Requests::bind(ClientId client, std::uint16_t port) {
    const auto held = std::ranges::count_if(ports_, [client](const auto& p) { return p.second == client; });
    if (static_cast<std::size_t>(held) >= kMaxPortsPerClient) {
        return std::nullopt;
    }
    const auto wanted = port == 0 ? free_port() : std::optional(port);
    if (!wanted || !ports_.try_emplace(*wanted, client).second) {
        return std::nullopt;
    }
    return wanted;
}

std::optional<std::uint16_t> Requests::port_of(ClientId client) const {
    const auto held = std::ranges::find_if(ports_, [client](const auto& p) { return p.second == client; });
    return held == ports_.end() ? std::nullopt : std::optional(held->first);
}

Requests::Key Requests::remember(Key key, Open open, Instant now) {
    if (expiries_.size() >= kMaxOpen) {
        drop_oldest();
    }
    open.serial = next_serial_++;
    expiries_.push_back({now + remember_, pack(key), open.serial});
    open_.insert_or_assign(pack(key), open);
    return key;
}

Requests::Key Requests::open(ClientId client, std::uint16_t port, Instant now) {
    return remember({port, next_id_++}, {.who = client}, now);
}

std::optional<Requests::Key> Requests::open(const RemoteClient& client, std::size_t datagram, Instant now) {
    // Any port no local client holds: deliveries to it go by port and id together.
    const auto port = free_port();
    if (!port) {
        return std::nullopt;
    }
    const std::size_t headers = ip_and_udp(client.endpoint.address);
    const std::size_t allowed = std::min(kMaxAmplification * (datagram + headers), kMaxRemoteOctets);
    return remember({*port, next_id_++}, {.who = client, .octets_left = allowed, .ip_and_udp = headers}, now);
}

bool Requests::take_octets(Key key, std::size_t octets, std::size_t reserve) {
    const auto open = open_.find(pack(key));
    if (open == open_.end() || open->second.octets_left < octets + reserve + 2 * open->second.ip_and_udp) {
        return false;
    }
    open->second.octets_left -= octets + open->second.ip_and_udp;
    return true;
}

bool Requests::take_last(Key key, std::size_t octets) {
    const auto open = open_.find(pack(key));
    if (open == open_.end() || open->second.octets_left < octets + open->second.ip_and_udp) {
        return false;
    }
    open->second.octets_left = 0;
    return true;
}

std::optional<Recipient> Requests::recipient(Key key) const {
    if (const auto open = open_.find(pack(key)); open != open_.end()) {
        return open->second.who;
    }
    const auto held = ports_.find(key.port);
    return held == ports_.end() ? std::nullopt : std::optional<Recipient>(held->second);
}

void Requests::forget(ClientId client) {
    std::erase_if(ports_, [client](const auto& p) { return p.second == client; });
    std::erase_if(open_, [client](const auto& o) { return o.second.who == Recipient(client); });
}

void Requests::drop_oldest() {
    const auto open = open_.find(expiries_.front().key);
    if (open != open_.end() && open->second.serial == expiries_.front().serial) {
        open_.erase(open);
    }
    expiries_.pop_front();
}

void Requests::expire(Instant now) {
    while (!expiries_.empty() && expiries_.front().at <= now) {
        drop_oldest();
    }
}

std::optional<Instant> Requests::next_expiry() const {
    return expiries_.empty() ? std::nullopt : std::optional(expiries_.front().at);
}

}  // namespace splash::node
