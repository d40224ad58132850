// The agent's MIB as programs may use it: so long a turn of the event loop, then others are served first.
#pragma once

#include <chrono>
#include <deque>

#include "node/ports.hpp"

namespace splash::splashd {

/// Hands requests on to the agent until they have kept it busy for a share of the turn. What is asked then
/// waits for the turns to come, so does the packet that asked: one request of each principal in turn, those
/// of one in the order they came. Some objects take net-snmp milliseconds each (ipAddrTable has the kernel
/// tell all addresses for every row), and a program may ask for hundreds: without the share, nobody else
/// would be answered meanwhile, and without the turns no program of anybody else.
class PacedMib final : public node::Mib {
public:
    static constexpr std::chrono::milliseconds kShareOfTurn{2};

    /// What waits longer than `patience` is not asked any more and answered by TimedOut.
    PacedMib(node::Mib& agent, node::Clock& clock, std::chrono::milliseconds patience)
        : agent_(agent), clock_(clock), patience_(patience) {}

    void ask(const node::MibUser& user, node::MibRequest request, Answered answered) override;
    isa::Value notify(const Oid& notification, const isa::Value& value) override;

    /// A new turn of the event loop: hands on what waits, as far as the share goes, but one at least.
    void begin_turn();
    /// A turn is wanted at once.
    [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }
    /// Since it was last asked: net-snmp may then wait for something new.
    [[nodiscard]] bool was_used();
    void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }

private:
    struct Waiting {
        node::MibUser user;
        node::MibRequest request;
        Answered answered;
        node::Instant deadline;
    };
    /// Of one principal, in the order they came; never empty.
    using Queue = std::deque<Waiting>;

    void wait(Waiting waiting);
    [[nodiscard]] Waiting next();

    void hand_on(const node::MibUser& user, node::MibRequest request, Answered answered);

    node::Mib& agent_;
    node::Clock& clock_;
    std::chrono::milliseconds patience_;
    std::deque<Queue> waiting_;  ///< whose turn it is first; the node bounds it: so many may be parked
    std::chrono::nanoseconds used_{0};
    bool was_used_ = false;
};

}  // namespace splash::splashd
