// A host that answers everything at random but always the same: each answer follows from the seed and what is
// asked.
#pragma once

#include <cstdint>
#include <vector>

#include "vm/execution.hpp"
#include "vm/host.hpp"

namespace splash::property {

struct Emitted {
    IpAddress to;
    vm::Travel travel{};
    std::vector<std::byte> packet;
    std::size_t room = 0;  ///< what the route had promised
    bool operator==(const Emitted&) const = default;
};

struct Delivered {
    std::uint16_t port = 0;
    std::vector<std::byte> heap;
    std::vector<isa::Word> words;
    bool operator==(const Delivered&) const = default;
};

class RandomHost final : public vm::Host {
public:
    static constexpr unsigned kMaxSends = 8;

    explicit RandomHost(std::uint64_t seed) : seed_(seed) {}

    std::vector<Emitted> emitted;
    std::vector<Delivered> delivered;
    bool has_narrow_links = true;  ///< where not every packet fits

    /// Addresses worth asking about, and ids of services it offers.
    [[nodiscard]] static std::vector<IpAddress> addresses();
    [[nodiscard]] static std::vector<std::uint32_t> service_ids();

    bool is_local(const IpAddress& address) override;
    bool is_neighbour(const IpAddress& address) override;
    IpAddress here() override { return addresses().front(); }
    std::uint32_t ingress() override { return 3; }
    IpAddress destination() override { return addresses().at(1); }
    std::int64_t now_us() override { return 1'700'000'000'000'000; }
    unsigned max_sends() override { return kMaxSends; }
    vm::RouteAnswer route(const IpAddress& to, vm::Travel travel) override;
    void emit(const IpAddress& to, vm::Travel travel, ConstBytes packet) override;
    void deliver(std::uint16_t port, ConstBytes heap, std::span<const isa::Word> words) override;
    const vm::ServiceSignature* find_service(std::uint32_t id) override;
    std::variant<vm::ServiceResults, vm::Pending> call(const vm::ServiceSignature& service,
                                                       std::span<const isa::Value> arguments) override;
    /// What the service gives that made the execution park.
    [[nodiscard]] const vm::ServiceResults& pending() const { return pending_; }

private:
    [[nodiscard]] std::uint64_t roll(std::uint64_t about) const;

    std::uint64_t seed_;
    std::uint64_t calls_ = 0;
    vm::ServiceResults pending_;
};

/// Runs an execution to its end, answering parked calls at once. Gives how it ended: an Ended or a Fault.
[[nodiscard]] vm::Outcome run_to_end(vm::Execution& execution, RandomHost& host);

}  // namespace splash::property
