// All a node asks of the world. splashd implements these over the kernel and net-snmp; tests and the
// simulator over memory. Everything happens on one thread; nothing here may block.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/oid.hpp"
#include "isa/value.hpp"

namespace splash::node {

using Instant = std::chrono::steady_clock::time_point;

class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() = 0;            ///< monotonic: deadlines and rates
    [[nodiscard]] virtual std::int64_t epoch_us() = 0;  ///< wall clock: the `now` instruction
};

/// Where a packet to some destination would leave.
struct Route {
    std::uint32_t if_index = 0;
    std::uint32_t mtu = 0;  ///< of the link or route, octets
    IpAddress source;       ///< what the kernel would choose as IP source
};

/// The node's view of its own interfaces, addresses and routes. Answers may be cached by the
/// implementation as long as it follows the kernel's notifications.
class Topology {
public:
    Topology() = default;
    Topology(const Topology&) = delete;
    Topology& operator=(const Topology&) = delete;
    virtual ~Topology() = default;
    [[nodiscard]] virtual bool is_local(const IpAddress& address) = 0;
    /// Broadcast address of one of this node's links.
    [[nodiscard]] virtual bool is_broadcast(const IpAddress& address) = 0;
    /// Other end of a /30, /31 or point-to-point link, next hop of a route, or a live neighbour entry.
    [[nodiscard]] virtual bool is_neighbour(const IpAddress& address) = 0;
    /// Of the interface, for packets of that IP version; never an address that needs a scope.
    [[nodiscard]] virtual std::optional<IpAddress> interface_address(std::uint32_t if_index,
                                                                     IpVersion version) = 0;
    /// The node's primary address of that IP version: configured, else a global one on lo, else the default
    /// route's source, else any. That of the other version if it has none of this one.
    [[nodiscard]] virtual IpAddress primary_address(IpVersion version) = 0;
    /// The one it is known by: the IPv4 one if it has one.
    [[nodiscard]] IpAddress primary_address() { return primary_address(IpVersion::V4); }
    [[nodiscard]] virtual unsigned interface_count() = 0;
    [[nodiscard]] virtual std::optional<Route> route(const IpAddress& to) = 0;
};

/// How a packet goes out.
enum class Carriage : std::uint8_t {
    Alert,  ///< raw IP with Router Alert: nodes on the way execute it
    Plain,  ///< raw IP: only the destination does
    Udp,    ///< to a configured peer's UDP port
};

struct Outgoing {
    Carriage carriage = Carriage::Plain;
    IpAddress to;
    std::uint16_t udp_port = 0;  ///< for Udp
    std::uint8_t ttl = 64;
    ConstBytes packet;  ///< valid during the call only
};

class Carriers {
public:
    Carriers() = default;
    Carriers(const Carriers&) = delete;
    Carriers& operator=(const Carriers&) = delete;
    virtual ~Carriers() = default;
    /// Whether a carrier of that kind is open that reaches addresses like this one.
    [[nodiscard]] virtual bool can_carry(Carriage carriage, const IpAddress& to) = 0;
    /// Queues a packet for the wire. False if no carrier of that kind is open or its queue is full.
    [[nodiscard]] virtual bool transmit(const Outgoing& out) = 0;
    /// Answers a remote client by UDP.
    [[nodiscard]] virtual bool answer(const Endpoint& client, ConstBytes packet) = 0;
};

/// A client connected by the UNIX socket.
enum class ClientId : std::uint64_t {};

class Clients {
public:
    Clients() = default;
    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;
    virtual ~Clients() = default;
    /// Queues one frame (wire/frames.hpp, without its length) for a client. False: gone, or it does not read.
    [[nodiscard]] virtual bool send(ClientId client, ConstBytes frame) = 0;
};

/// Under whose name the MIB is read and written (VACM, RFC 3415).
struct MibUser {
    enum class Level : std::uint8_t { NoAuth = 1, AuthNoPriv = 2, AuthPriv = 3 };
    std::string name;
    Level level = Level::NoAuth;
    bool operator==(const MibUser&) const = default;
};

/// What came of a MIB request: the object instance and its value. The value is an exception where the
/// agent gave one: 40..42, 64 + error-status, 36 if the agent dropped the request.
struct MibReply {
    Oid oid;
    isa::Value value;
};

/// The agent's MIB in this process.
class Mib {
public:
    /// Called once, during the request or later.
    using Done = std::function<void(MibReply)>;
    Mib() = default;
    Mib(const Mib&) = delete;
    Mib& operator=(const Mib&) = delete;
    virtual ~Mib() = default;
    virtual void get(const MibUser& user, const Oid& oid, Done done) = 0;
    virtual void get_next(const MibUser& user, const Oid& oid, Done done) = 0;
    /// Writes; the reply's value is integer 1 when it was done. The SNMP type follows the object's present
    /// value.
    virtual void set(const MibUser& user, const Oid& oid, const isa::Value& value, Done done) = 0;
};

class Log {
public:
    enum class Level : std::uint8_t { Debug, Info, Warning, Error };
    Log() = default;
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    virtual ~Log() = default;
    virtual void write(Level level, std::string_view text) = 0;
};

struct Ports {
    Clock& clock;
    Topology& topology;
    Carriers& carriers;
    Clients& clients;
    Mib& mib;
    Log& log;
};

}  // namespace splash::node
