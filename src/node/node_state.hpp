// The inside of a Node: what its three source files share.
//   node.cpp          executions: start, park, resume, finish
//   node_intake.cpp   packets, ICMP errors and client frames coming in
//   node_sending.cpp  routes, packets, deliveries and reports going out
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "built_in.hpp"
#include "dictionary.hpp"
#include "node/node.hpp"
#include "node/service_registry.hpp"
#include "once.hpp"
#include "policy.hpp"
#include "reports.hpp"
#include "requests.hpp"
#include "session_services.hpp"
#include "shares.hpp"
#include "vm/execution.hpp"
#include "wire/frames.hpp"

namespace splash::node {

/// One execution and all that belongs to it. Parked ones live in Node::State until their answer comes.
struct Running {
    Buffer buffer;
    Arrival arrival;
    PrincipalPtr principal;
    std::size_t arrived_size = 0;
    std::optional<vm::Execution> execution;
    ServiceSessions sessions;  ///< what its services hold; ends before what they refer to
};

enum class CallToken : std::uint64_t {};

/// What became of a delivery or report for a client.
enum class Handing : std::uint8_t {
    Done,
    NobodyThere,    ///< also a client that is gone or does not read; the caller counts it
    CountedAsLost,  ///< over the request's quota, or refused by the carrier
};

class Node::State {
public:
    State(Config config, const Ports& ports);

    Buffer take_buffer() { return pool_.take(); }
    void receive(const Arrival& arrival, Buffer buffer);
    void receive_icmp(const wire::IcmpError& error);
    void client_frame(ClientId client, ConstBytes octets);
    void client_closed(ClientId client) { requests_.forget(client); }
    [[nodiscard]] bool has_queued() const { return !to_self_.empty(); }
    void step();
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    void expire();
    [[nodiscard]] const Statistics& statistics() const { return statistics_; }
    [[nodiscard]] Gauges gauges() const;
    [[nodiscard]] Facts facts() const;
    void reconfigure(Config config);
    Result<> add_services(ServiceSet& set);

private:
    class ExecutionHost;
    struct ToSelf {
        Buffer buffer;
        Arrival arrival;
        PrincipalPtr principal;
    };

    // Taking packets in
    [[nodiscard]] bool is_to_many(const IpAddress& address);
    void refuse_unread(const Arrival& arrival, ConstBytes packet, isa::Reason reason);
    void take_remote_request(const Arrival& arrival, Buffer buffer, isa::Header header, std::size_t datagram);
    [[nodiscard]] PrincipalPtr admit(const Arrival& arrival, const isa::Header& header) const;
    void take_report(const isa::Header& header, ConstBytes packet);
    void inject(ClientId client, const wire::Inject& request);
    void take(Buffer buffer, const isa::Header& header, const Arrival& arrival, PrincipalPtr principal,
              std::size_t octets);
    void start(Buffer buffer, const isa::Header& header, const Arrival& arrival, PrincipalPtr principal);

    // Running
    void finish(std::unique_ptr<Running> running, const vm::Outcome& outcome);
    [[nodiscard]] std::variant<vm::ServiceResults, vm::Pending> call(Running& running,
                                                                     const ServiceRegistry::Entry& service,
                                                                     std::span<const isa::Value> arguments);
    [[nodiscard]] static Caller caller_of(Running& running);
    /// A call that ends before it begins.
    [[nodiscard]] static vm::ServiceResults refuse_call(Running& running,
                                                        const ServiceRegistry::Entry& service, isa::Exc why);
    void complete(CallToken token, const vm::ServiceResults& results);

    // Sending
    [[nodiscard]] vm::RouteAnswer route(const Running& running, const IpAddress& to, vm::Travel travel);
    void emit(const Running& running, const IpAddress& to, vm::Travel travel, ConstBytes packet);
    [[nodiscard]] Carriage carriage_to(const IpAddress& to, vm::Travel travel) const;
    bool transmit(const Outgoing& out);
    bool answer(const Endpoint& client, ConstBytes packet);
    [[nodiscard]] const Peer* peer_at(const IpAddress& address) const;
    void deliver(const isa::Header& about, std::uint16_t port, ConstBytes heap,
                 std::span<const isa::Word> words);
    void deliver_report(Requests::Key key, ConstBytes packet);
    [[nodiscard]] Handing hand_over(Requests::Key key, ConstBytes packet);
    [[nodiscard]] std::size_t room_for_report(const IpAddress& origin);
    [[nodiscard]] bool answer_remote(const RemoteClient& client, ConstBytes packet);
    void report(const Offender& offender, ConstBytes packet);
    void refuse(const Offender& offender, isa::Reason reason, bool is_admitted);
    void refuse_remote(const Endpoint& client, const Offender& offender, isa::Reason reason);

    Config config_;
    Ports ports_;
    Statistics statistics_;
    Counters& counters_ = statistics_.totals;
    Principals principals_;
    BufferPool pool_;
    Requests requests_;
    std::shared_ptr<Once> once_;  ///< answers of the MIB hold it weakly
    Dictionary dictionary_;
    ServiceRegistry registry_;
    HostServices host_services_;
    MibServices mib_services_;
    RouterServices router_services_;
    DictionaryServices dictionary_services_;
    SessionServices session_services_;
    ReportLimiter limiter_;
    std::deque<ToSelf> to_self_;
    Shares queued_;  ///< whose they are
    std::unordered_map<CallToken, std::unique_ptr<Running>> parked_;
    std::deque<std::pair<Instant, CallToken>> park_deadlines_;  ///< the earliest first
    Shares calls_in_flight_;                                    ///< services started that have not answered
    std::uint64_t next_token_ = 1;
    CallToken last_call_{};  ///< of the call that made the running execution park
    /// Answers may outlive the node; they hold this weakly.
    std::shared_ptr<State*> self_ = std::make_shared<State*>(this);
};

/// What a report needs to know of a packet whose header could be read.
[[nodiscard]] Offender offender_of(const isa::Header& header, std::size_t size);

}  // namespace splash::node
