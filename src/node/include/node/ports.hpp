// All a node asks of the world. splashd implements these over the kernel and net-snmp; tests and the
// simulator over memory. Everything happens on one thread; nothing here may block.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"
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
    std::uint32_t mtu = 0;               ///< of the link or route, octets
    IpAddress source;                    ///< what the kernel would choose as IP source
    std::optional<IpAddress> gateway{};  ///< the next hop; nullopt: the destination is on the link, or local
};

/// An interface of this node, loopback too.
struct Interface {
    std::uint32_t index = 0;  ///< ifIndex
    std::string name;
    bool is_up = false;  ///< administratively: ifAdminStatus, not ifOperStatus
    bool operator==(const Interface&) const = default;
};

/// Somebody at the other side of a link that works.
struct Neighbour {
    std::uint32_t if_index = 0;
    IpAddress address;
    auto operator<=>(const Neighbour&) const = default;
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

    static constexpr std::size_t kMaxNeighbours = 64;  ///< that neighbours() tells, of all interfaces
    /// In the order of ifIndex. Valid until the next call of any function.
    [[nodiscard]] virtual std::span<const Interface> interfaces() = 0;
    /// The ifIndex of the interface that has this address.
    [[nodiscard]] virtual std::optional<std::uint32_t> interface_of(const IpAddress& local) = 0;
    /// Those of is_neighbour() that a packet can be sent to by address alone, each by its address on the
    /// link, behind interfaces that are up and have a carrier; in the order of ifIndex and address.
    [[nodiscard]] virtual std::vector<Neighbour> neighbours() = 0;
    /// This node changed something itself: what is asked next is answered with it.
    virtual void note_change() = 0;
};

enum class InterfaceState : std::uint8_t { Down, Up };

/// Changes to this node's own network. What they did holds when they return. An Error has the kernel's words.
class NetworkControl {
public:
    NetworkControl() = default;
    NetworkControl(const NetworkControl&) = delete;
    NetworkControl& operator=(const NetworkControl&) = delete;
    virtual ~NetworkControl() = default;
    /// @error NotFound, NeedsRoot, System
    [[nodiscard]] virtual Result<> set_interface(std::uint32_t if_index, InterfaceState state) = 0;
    /// The one route to exactly this prefix in the main table, new or in place of the one there is.
    /// @error NeedsRoot, System
    [[nodiscard]] virtual Result<> set_route(const Prefix& to, const IpAddress& gateway) = 0;
    /// @error NotFound there is none to exactly this prefix; NeedsRoot, System
    [[nodiscard]] virtual Result<> delete_route(const Prefix& to) = 0;
    /// A kernel parameter by its dotted name, "net.ipv4.ip_forward", without the line feed behind it.
    /// @error NotFound, NeedsRoot, TooLarge, System
    [[nodiscard]] virtual Result<std::string> sysctl(std::string_view name) = 0;
    /// @error NotFound, NeedsRoot, System
    [[nodiscard]] virtual Result<> set_sysctl(std::string_view name, std::string_view value) = 0;
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
    std::string principal{};  ///< who asks under that name: one at a time gets the agent's time
    bool operator==(const MibUser&) const = default;
};

/// An object instance and its value: to be written, or what came of a request. There the value is an
/// exception where the agent gave one: 40..42.
struct MibBinding {
    Oid oid;
    isa::Value value;
};

enum class MibOperation : std::uint8_t { Get, GetNext, GetBulk, Set };

/// One SNMP request (RFC 3416, section 4.2). Several bindings are asked together; a Set of several writes all
/// or none.
struct MibRequest {
    MibOperation operation{};
    std::vector<MibBinding> bindings;  ///< the values only matter to a Set
    unsigned non_repeaters = 0;        ///< of GetBulk, as the next
    unsigned max_repetitions = 0;
};

/// The bindings of the response; for a Set each value is integer 1. Or the exception that stands for all of
/// them: 64 + error-status, 36 if the agent dropped the request, 46 if it was silent.
using MibResult = std::variant<std::vector<MibBinding>, isa::Exc>;

/// The agent in this process.
class Mib {
public:
    /// Called once, during the request or later.
    using Answered = std::function<void(MibResult)>;
    using Done = std::function<void(MibBinding)>;
    Mib() = default;
    Mib(const Mib&) = delete;
    Mib& operator=(const Mib&) = delete;
    virtual ~Mib() = default;
    /// The SNMP type of what a Set writes follows the object's present value.
    virtual void ask(const MibUser& user, MibRequest request, Answered answered) = 0;
    /// Sends a notification with one object to the agent's trap sinks (RFC 3416, section 4.2.6): integer 1,
    /// or 64 + error-status for a value SNMP cannot carry.
    [[nodiscard]] virtual isa::Value notify(const Oid& notification, const isa::Value& value) = 0;

    // Requests of one binding; an exception that stands for all becomes its value.
    void get(const MibUser& user, const Oid& oid, Done done);
    void get_next(const MibUser& user, const Oid& oid, Done done);
    void set(const MibUser& user, const Oid& oid, const isa::Value& value, Done done);
};

struct AgentRule;

/// SNMP agents elsewhere, which programs ask through this node.
class RemoteAgents {
public:
    RemoteAgents() = default;
    RemoteAgents(const RemoteAgents&) = delete;
    RemoteAgents& operator=(const RemoteAgents&) = delete;
    virtual ~RemoteAgents() = default;
    /// Asks an agent the way the rule says. What reads is repeated when no answer comes; what writes never.
    /// `answered` is called during the call or later, but not later than after `patience`.
    virtual void ask(const IpAddress& agent, const AgentRule& how, std::chrono::milliseconds patience,
                     MibRequest request, Mib::Answered answered) = 0;
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
    NetworkControl& network;
    Carriers& carriers;
    Clients& clients;
    Mib& mib;
    RemoteAgents& agents;
    Log& log;
};

}  // namespace splash::node
