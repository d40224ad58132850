#include "transport.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <utility>

#include "linux/client.hpp"

namespace splash::cli {
namespace {

/// The packet as a client hands it over: origin of the destination's family, unspecified.
isa::Packet for_destination(isa::Packet program, std::uint16_t bound, const IpAddress& destination) {
    program.header.bound = bound;
    program.header.origin = IpAddress::unspecified(destination.version());
    return program;
}

class SocketTransport final : public Transport {
public:
    SocketTransport(linux::UnixClient client, Travel travel) : client_(std::move(client)), travel_(travel) {}

    Result<> send(const isa::Packet& program, std::uint16_t bound, const IpAddress& destination,
                  Instant deadline) override {
        expected_.clear();
        const auto sent = send_beside(program, bound, destination, deadline);
        return sent ? Result<>() : Failure(sent.error());
    }

    Result<std::uint16_t> send_beside(const isa::Packet& program, std::uint16_t bound,
                                      const IpAddress& destination, Instant deadline) override {
        // A program that names its port (#sport) wants to be found there.
        const std::uint16_t port = program.header.port;
        if (port != 0 && port != port_) {
            auto bound_port = client_.bind(port, deadline);
            if (!bound_port) {
                return Failure(bound_port.error());
            }
            port_ = *bound_port;
        }
        wire::Inject inject;
        inject.bound = bound;
        inject.destination = destination;
        inject.packet = for_destination(program, bound, destination).to_wire();
        const auto accepted = client_.send(std::move(inject), deadline);
        if (!accepted) {
            return Failure(accepted.error());
        }
        expected_.insert(accepted->request_id);
        return accepted->request_id;
    }

    Result<isa::Packet> receive(Instant deadline) override {
        while (true) {
            auto packet = client_.receive(deadline);
            if (!packet) {
                return Failure(packet.error());
            }
            if (!*packet) {
                return fail(Errc::TimedOut, {});
            }
            if (expected_.contains((*packet)->header.request_id)) {
                return **std::move(packet);
            }
            // A late answer to an earlier try.
        }
    }

    [[nodiscard]] Journey journey() const override {
        return travel_ == Travel::Direct ? Journey::Direct : Journey::ByHop;
    }

private:
    linux::UnixClient client_;
    Travel travel_;
    std::uint16_t port_ = 0;
    std::set<std::uint16_t> expected_;  ///< request ids
};

class UdpTransport final : public Transport {
public:
    explicit UdpTransport(Endpoint node) : node_(node) {}

    Result<> send(const isa::Packet& program, std::uint16_t bound, const IpAddress& destination,
                  Instant /*deadline*/) override {
        // A new socket after a try without answer: a late one then goes to a port that is closed.
        if (!is_answered_) {
            auto client = linux::UdpClient::connect(node_);
            if (!client) {
                return Failure(client.error());
            }
            client_.emplace(*std::move(client));
        }
        is_answered_ = false;
        isa::Packet packet = for_destination(program, bound, destination);
        packet.header.port = 0;
        return client_->send(std::move(packet));
    }

    Result<std::uint16_t> send_beside(const isa::Packet& /*program*/, std::uint16_t /*bound*/,
                                      const IpAddress& /*destination*/, Instant /*deadline*/) override {
        return fail(Errc::Unsupported, "by UDP a node is asked one program at a time");
    }

    Result<isa::Packet> receive(Instant deadline) override {
        auto packet = client_->receive(deadline);
        if (!packet) {
            return Failure(packet.error());
        }
        if (!*packet) {
            return fail(Errc::TimedOut, {});
        }
        is_answered_ = true;
        return **std::move(packet);
    }

    [[nodiscard]] Journey journey() const override { return Journey::Stays; }

private:
    Endpoint node_;
    std::optional<linux::UdpClient> client_;
    bool is_answered_ = false;
};

}  // namespace

Result<std::unique_ptr<Transport>> open_transport(const Start& start, const Target& target, Instant deadline,
                                                  Travel travel) {
    if (start.socket.empty() && !start.netns.empty()) {
        return fail(Errc::NoDaemon, fmt::format("node {} is a host without a splashd", start.node));
    }
    if (start.socket.empty()) {
        return std::unique_ptr<Transport>(std::make_unique<UdpTransport>(
            Endpoint{target.address, target.port.value_or(isa::kDefaultUdpPort)}));
    }
    if (target.port) {
        return fail(Errc::Usage,
                    fmt::format("from {} the program goes by IP, which has no ports: leave out :{}",
                                start.socket, *target.port));
    }
    auto client = linux::UnixClient::connect(start.socket, deadline);
    if (!client) {
        return Failure(client.error());
    }
    return std::unique_ptr<Transport>(std::make_unique<SocketTransport>(*std::move(client), travel));
}

}  // namespace splash::cli
