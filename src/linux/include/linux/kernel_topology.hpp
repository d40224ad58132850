// The node's view of interfaces, addresses, routes and neighbours, read from the kernel and remembered
// until the kernel says that something changed. The way to a destination is asked again after 5 s at the
// latest, for policy rules change without a word; the neighbour table after a second. However fast things
// change and however large the tables are, reading each takes a twentieth of the time at most, and
// a packet waits for a few milliseconds of it: between readings answers are from the one before. One thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "node/ports.hpp"

namespace splash::linux {

class KernelTopology final : public node::Topology {
public:
    static constexpr std::size_t kMaxNeighboursPerInterface = 64;

    /// Opens in the calling thread's network namespace and stays there. `primary`: the configured primary
    /// addresses, one of an IP version. `clock` must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<KernelTopology>> open(std::vector<IpAddress> primary,
                                                                      node::Clock& clock);
    ~KernelTopology() override;

    /// Readable when the kernel has news: call refresh().
    [[nodiscard]] int monitor_fd() const;
    /// Forgets what the kernel says is out of date. It is read again when it is next asked for.
    void refresh();

    [[nodiscard]] bool is_local(const IpAddress& address) override;
    [[nodiscard]] bool is_broadcast(const IpAddress& address) override;
    [[nodiscard]] bool is_neighbour(const IpAddress& address) override;
    /// A global address, else any IPv4 one.
    [[nodiscard]] std::optional<IpAddress> interface_address(std::uint32_t if_index,
                                                             IpVersion version) override;
    using node::Topology::primary_address;
    [[nodiscard]] IpAddress primary_address(IpVersion version) override;
    /// Interfaces that are up, loopback left out.
    [[nodiscard]] unsigned interface_count() override;
    /// For a local destination the loopback interface. None to an address that needs a scope.
    [[nodiscard]] std::optional<node::Route> route(const IpAddress& to) override;
    [[nodiscard]] std::span<const node::Interface> interfaces() override;
    [[nodiscard]] std::optional<std::uint32_t> interface_of(const IpAddress& local) override;
    /// Where they are too many: other ends of small links first, then next hops, then the neighbour table. Of
    /// the table only what is on the link by its address, so that a router counts once.
    [[nodiscard]] std::vector<node::Neighbour> neighbours() override;
    void note_change() override;

private:
    class State;
    explicit KernelTopology(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::linux
