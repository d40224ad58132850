// Client ports and what is outstanding on them: who gets which delivery.
//
// A local client holds ports until it hangs up. A remote client holds nothing: every request of its own
// gets a port and an id here, remembered for a while. The port space is the daemon's own.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <variant>

#include "base/address.hpp"
#include "node/ports.hpp"

namespace splash::node {

/// A client elsewhere, and the port and id it wants to see again.
struct RemoteClient {
    Endpoint endpoint;
    std::uint16_t port = 0;
    std::uint16_t request_id = 0;
    bool operator==(const RemoteClient&) const = default;
};
using Recipient = std::variant<ClientId, RemoteClient>;

class Requests {
public:
    static constexpr std::uint16_t kFirstFreePort = 49152;

    struct Key {
        std::uint16_t port = 0;
        std::uint16_t id = 0;
    };

    static constexpr std::size_t kMaxOpen = 0x10000;  ///< beyond it the oldest is forgotten early
    static constexpr std::size_t kMaxPortsPerClient = 64;
    /// Answered to one remote request at most, and as many times its own octets: its sender's address may
    /// be forged (RFC 9000, section 8.1). Octets count as IP packets with UDP.
    static constexpr std::size_t kMaxRemoteOctets = 16 * std::size_t{1024};
    static constexpr std::size_t kMaxAmplification = 3;

    /// @param seed  where ports and ids begin; not to be guessed from outside.
    Requests(std::chrono::seconds remember, std::uint16_t seed)
        : remember_(remember),
          next_port_(static_cast<std::uint16_t>(kFirstFreePort | seed)),
          next_id_(static_cast<std::uint16_t>(seed * 40503U)) {}
    void set_remember(std::chrono::seconds remember) { remember_ = remember; }

    /// Gives `client` the port, or any free one for 0. nullopt: taken, or none is free.
    [[nodiscard]] std::optional<std::uint16_t> bind(ClientId client, std::uint16_t port);
    /// A port this client holds already.
    [[nodiscard]] std::optional<std::uint16_t> port_of(ClientId client) const;
    /// Remembers a new request on a local client's port; gives its id.
    [[nodiscard]] Key open(ClientId client, std::uint16_t port, Instant now);
    /// Remembers a new request of a remote client, a datagram of so many octets, under a port and id of
    /// ours. nullopt if local clients hold every port.
    [[nodiscard]] std::optional<Key> open(const RemoteClient& client, std::size_t datagram, Instant now);
    /// Takes an answer of so many octets from what may still be answered to a remote request; false if it
    /// does not fit with another of `reserve` octets behind it.
    [[nodiscard]] bool take_octets(Key key, std::size_t octets, std::size_t reserve);
    /// The same for the last answer: afterwards nothing fits.
    [[nodiscard]] bool take_last(Key key, std::size_t octets);

    /// Who gets what is delivered to this port: whose request it is, else the local client that holds the
    /// port.
    [[nodiscard]] std::optional<Recipient> recipient(Key key) const;
    /// True if such a request is remembered: its packet may come home, its report is expected.
    [[nodiscard]] bool is_outstanding(Key key) const { return open_.contains(pack(key)); }

    void forget(ClientId client);
    void expire(Instant now);
    [[nodiscard]] std::optional<Instant> next_expiry() const;

private:
    struct Open {
        Recipient who;
        std::uint64_t serial = 0;     ///< tells a reused key from the one that was to expire
        std::size_t octets_left = 0;  ///< of answers, for a remote client
        std::size_t ip_and_udp = 0;   ///< octets of headers around each, likewise
    };
    struct Expiry {
        Instant at;
        std::uint32_t key;
        std::uint64_t serial;
    };
    static constexpr std::uint32_t pack(Key key) {
        return static_cast<std::uint32_t>(key.port) << 16U | key.id;
    }
    Key remember(Key key, Open open, Instant now);
    [[nodiscard]] std::optional<std::uint16_t> free_port();
    void drop_oldest();

    std::chrono::seconds remember_;
    std::unordered_map<std::uint16_t, ClientId> ports_;
    std::unordered_map<std::uint32_t, Open> open_;
    std::deque<Expiry> expiries_;  ///< in order: all live equally long
    std::uint16_t next_port_;
    std::uint16_t next_id_;
    std::uint64_t next_serial_ = 1;
};

}  // namespace splash::node
