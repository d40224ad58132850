// The SNMP manager side: requests to any SNMP agent, by net-snmp's library. Used by the command line.
// Blocking, with deadlines. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/oid.hpp"
#include "isa/value.hpp"

namespace splash::snmp {

/// One answered variable binding.
struct VarBind {
    Oid oid;
    isa::Value value;  ///< as a SNAP program would see it
    std::string type;  ///< "STRING", "Counter32", "Timeticks", ...: as net-snmp prints it
    std::string text;  ///< the whole line as net-snmp prints it: "SNMPv2-MIB::sysName.0 = STRING: n5"
};

/// One binding to write, as snmpset takes it: type letter i u s x d n o t a b, and text.
struct SetBind {
    Oid oid;
    char type = 's';
    std::string text;
};

class Manager {
public:
    /// Opens a session as net-snmp's tools do: `arguments` are their options and then the agent
    /// ("-v2c", "-c", "public", "udp:10.0.0.5:161"); the user's snmp.conf gives the defaults.
    /// @error Usage an option is wrong; System no socket.
    [[nodiscard]] static Result<Manager> open(const std::vector<std::string>& arguments);
    Manager(Manager&&) noexcept;
    Manager& operator=(Manager&&) noexcept;
    ~Manager();

    /// An object that is not there has an exception for its value: by SNMPv1 too, which takes another message
    /// for each.
    /// @error TimedOut; SnmpError with the error-status and index; Protocol.
    [[nodiscard]] Result<std::vector<VarBind>> get(const std::vector<Oid>& oids);
    [[nodiscard]] Result<std::vector<VarBind>> get_next(const std::vector<Oid>& oids);
    /// The objects that follow each of `oids`, up to `most` of each: first what follows each of them, then
    /// what follows that. endOfMibView is the value of what follows the last one. The agent may leave out the
    /// end. By SNMPv1, which has no GETBULK, only one of each.
    /// @error also TooLarge the agent cannot put so many into one message.
    [[nodiscard]] Result<std::vector<VarBind>> get_bulk(const std::vector<Oid>& oids, unsigned most);

    /// What has gone over the transport so far, retries included; of SNMPv3 not the engine's discovery.
    struct Traffic {
        std::uint64_t requests = 0;
        std::uint64_t request_octets = 0;  ///< of SNMP, without UDP and IP headers
        std::uint64_t answers = 0;
        std::uint64_t answer_octets = 0;
    };
    [[nodiscard]] Traffic traffic() const;
    /// Octets a message with these bindings has in this session, as it would be sent; nullopt is NULL.
    /// @error Protocol net-snmp cannot encode it
    [[nodiscard]] Result<std::size_t> message_size(
        const std::vector<std::pair<Oid, std::optional<isa::Value>>>& bindings);
    /// No try begins after `end`, nor waits beyond it.
    void end_by(std::chrono::steady_clock::time_point end);
    [[nodiscard]] Result<std::vector<VarBind>> set(const std::vector<SetBind>& binds);

private:
    class State;
    explicit Manager(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::snmp
