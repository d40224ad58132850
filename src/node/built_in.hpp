// The services every node offers: rows of spec/services.def, by the set that does them.
#pragma once

#include <span>

#include "base/token_bucket.hpp"
#include "node/counters.hpp"
#include "node/service.hpp"
#include "once.hpp"
#include "service_registry.hpp"

namespace splash::node {

/// One result.
[[nodiscard]] vm::ServiceResults one(isa::Value value);

/// An argument declared `n`: an object identifier or its name; nullopt for a name that nothing has.
[[nodiscard]] std::optional<Oid> named_oid(const isa::Value& argument);

/// node_info and once: the node itself.
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

}  // namespace splash::node
