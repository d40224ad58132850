// A service as programs call it, and who offers one: the node itself, or a plug-in.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "isa/packet.hpp"
#include "node/config.hpp"
#include "node/ports.hpp"
#include "vm/host.hpp"

namespace splash::node {

/// What a principal must hold to call a service.
enum class Right : std::uint8_t { None, Read, Write, Configure };

/// When a service answers: during the call, or possibly later, so that the packet is parked meanwhile.
enum class When : std::uint8_t { Now, Later };

struct Service : vm::ServiceSignature {
    Right right = Right::None;
    When when = When::Now;
    std::string_view meaning;  ///< one line for people

    /// What stands in the instruction `calls`.
    [[nodiscard]] constexpr std::uint32_t id() const { return isa::service_id(name); }
};

class ServiceSet;

/// What the services of one set leave for each other during one execution, such as an open request.
class ServiceSession {
public:
    ServiceSession() = default;
    ServiceSession(const ServiceSession&) = delete;
    ServiceSession& operator=(const ServiceSession&) = delete;
    virtual ~ServiceSession() = default;
};

/// All of one execution; they end with it.
using ServiceSessions = std::unordered_map<const ServiceSet*, std::unique_ptr<ServiceSession>>;

/// On whose behalf a service runs. Valid during start() only.
struct Caller {
    std::string_view principal;  ///< for quotas: "local", "10.0.0.0/8"
    Rights rights;
    std::uint16_t max_bound = 0;
    const std::optional<MibUser>& mib_user;  ///< nullopt: no access to the MIB
    ServiceSessions& sessions;
    IpVersion version = IpVersion::V4;  ///< by which its packet goes: its origin's
    IpAddress previous_hop{};           ///< the packet's IP source; the node's own if it began here
};

/// Runs once, during start() or later, on the node's thread.
using Answer = std::function<void(vm::ServiceResults)>;

/// Some services and what they do.
class ServiceSet {
public:
    ServiceSet() = default;
    ServiceSet(const ServiceSet&) = delete;
    ServiceSet& operator=(const ServiceSet&) = delete;
    virtual ~ServiceSet() = default;

    /// The same ones, at the same place, as long as this object lives.
    [[nodiscard]] virtual std::span<const Service> services() const = 0;
    /// Starts one of services(). The arguments have the declared types and the principal the right; the
    /// node checks that, and that the results have the declared number.
    virtual void start(const Service& service, std::span<const isa::Value> arguments, const Caller& caller,
                       Answer answer) = 0;
    /// The program called one of services() in vain: a wrong argument, a missing right, a quota. Its results
    /// are this exception; a set whose services give none can keep it for a later one.
    virtual void refused(const Service& /*service*/, isa::Exc /*why*/, const Caller& /*caller*/) {}
};

}  // namespace splash::node
