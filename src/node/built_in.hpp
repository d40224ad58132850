// The services every node offers: rows of spec/services.def, by the set that does them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/token_bucket.hpp"
#include "dictionary.hpp"
#include "node/counters.hpp"
#include "node/service.hpp"
#include "node/service_registry.hpp"
#include "once.hpp"

namespace splash::node {

/// One result.
[[nodiscard]] vm::ServiceResults one(isa::Value value);

/// An argument declared `n`: an object identifier or its name; nullopt for a name that nothing has.
[[nodiscard]] std::optional<Oid> named_oid(const isa::Value& argument);

/// node_info, text and once: the node itself.
class HostServices final : public ServiceSet {
public:
    HostServices(const Config& config, const Ports& ports, const Counters& counters,
                 const ServiceRegistry& registry, Once& once)
        : config_(config), ports_(ports), counters_(counters), registry_(registry), once_(once) {}

    [[nodiscard]] std::span<const Service> services() const override;
    void start(const Service& service, std::span<const isa::Value> arguments, const Caller& caller,
               Answer answer) override;

private:
    [[nodiscard]] vm::ServiceResults node_info(std::string_view what, const Caller& caller) const;
    void once(std::int64_t id, const Caller& caller, const Answer& answer);

    const Config& config_;
    const Ports& ports_;
    const Counters& counters_;
    const ServiceRegistry& registry_;
    Once& once_;
};

/// snmp_*: the MIB in this process, in the name of the principal's user.
class MibServices final : public ServiceSet {
public:
    MibServices(const Config& config, const Ports& ports, Counters& counters,
                const std::shared_ptr<Once>& once)
        : mib_(ports.mib), clock_(ports.clock), counters_(counters), once_(once) {
        limit_notifications(config.notifications_per_second);
    }

    [[nodiscard]] std::span<const Service> services() const override;
    void start(const Service& service, std::span<const isa::Value> arguments, const Caller& caller,
               Answer answer) override;
    /// From now on so many notifications leave on average, and as many at once.
    void limit_notifications(double per_second) { notifications_ = TokenBucket(per_second, per_second); }

private:
    [[nodiscard]] isa::Value notify(const Oid& notification, const isa::Value& value);
    /// Writes unless this id has done so; the answer is the first writing's, also for those who ask
    /// meanwhile.
    void set_once(std::int64_t id, const Oid& oid, const isa::Value& value, const Caller& caller,
                  Answer answer);

    Mib& mib_;
    Clock& clock_;
    Counters& counters_;
    TokenBucket notifications_{1, 1};
    const std::shared_ptr<Once>& once_;  ///< answers of the MIB hold it weakly
};

/// snmp_getneighbours to proc_set: the node's own network, as the topology has it and the kernel changes it.
class RouterServices final : public ServiceSet {
public:
    RouterServices(const Config& config, const Ports& ports) : config_(config), ports_(ports) {}

    [[nodiscard]] std::span<const Service> services() const override;
    void start(const Service& service, std::span<const isa::Value> arguments, const Caller& caller,
               Answer answer) override;

private:
    [[nodiscard]] vm::ServiceResults read(const Service& service, std::span<const isa::Value> arguments,
                                          const Caller& caller);
    [[nodiscard]] vm::ServiceResults change(const Service& service, std::span<const isa::Value> arguments,
                                            std::string_view principal);
    /// The ifIndex that an argument declared `l` names; 0: it names none on purpose.
    [[nodiscard]] std::optional<std::uint32_t> link(const isa::Value& argument);
    /// Those a carrier can reach.
    [[nodiscard]] std::vector<Neighbour> neighbours(IpVersion version);
    /// Those on all links but this one; nullopt: there is no such link.
    [[nodiscard]] std::optional<std::vector<Neighbour>> beside(const isa::Value& ingress, IpVersion version);
    [[nodiscard]] vm::ServiceResults neighbours_beside(const isa::Value& ingress, IpVersion version);
    [[nodiscard]] vm::ServiceResults addresses_beside(const isa::Value& ingress, IpVersion version);
    [[nodiscard]] vm::ServiceResults next_hop_after(const isa::Value& ingress, IpVersion version);
    [[nodiscard]] vm::ServiceResults route_to(const IpAddress& to);
    [[nodiscard]] vm::ServiceResults set_sysctl(std::string_view name, std::string_view value,
                                                std::string_view principal);
    struct Change {
        std::string_view principal;
        std::string what;  ///< for the log, behind "PRINCIPAL sets"
    };
    /// 1 or why not, and a line in the log.
    [[nodiscard]] vm::ServiceResults outcome(const Result<>& done, const Change& change, isa::Exc if_absent);

    const Config& config_;
    const Ports& ports_;
};

/// memmap_*: what programs of a principal leave for later ones.
class DictionaryServices final : public ServiceSet {
public:
    DictionaryServices(Dictionary& dictionary, Clock& clock, Counters& counters)
        : dictionary_(dictionary), clock_(clock), counters_(counters) {}

    [[nodiscard]] std::span<const Service> services() const override;
    void start(const Service& service, std::span<const isa::Value> arguments, const Caller& caller,
               Answer answer) override;

private:
    [[nodiscard]] vm::ServiceResults put(std::string_view principal, std::string_view name,
                                         Dictionary::Value value);
    template <class T>
    [[nodiscard]] vm::ServiceResults get(std::string_view principal, std::string_view name);

    Dictionary& dictionary_;
    Clock& clock_;
    Counters& counters_;
};

}  // namespace splash::node
