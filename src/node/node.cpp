#include "node/node.hpp"

#include <algorithm>
#include <iterator>

#include "base/assert.hpp"
#include "node_state.hpp"

namespace splash::node {

using isa::Exc;
using isa::Header;
using isa::Reason;

/// The node as one execution sees it.
class Node::State::ExecutionHost final : public vm::Host {
public:
    ExecutionHost(State& node, Running& running) : node_(node), running_(running) {}

    bool is_local(const IpAddress& address) override { return node_.ports_.topology.is_local(address); }
    bool is_neighbour(const IpAddress& address) override {
        return node_.ports_.topology.is_neighbour(address);
    }
    IpAddress here() override {
        const std::uint32_t ingress = running_.arrival.if_index;
        const IpVersion version = running_.arrival.destination.version();
        node::Topology& topology = node_.ports_.topology;
        const auto address = ingress == 0 ? std::nullopt : topology.interface_address(ingress, version);
        return address ? *address : topology.primary_address(version);
    }
    std::uint32_t ingress() override { return running_.arrival.if_index; }
    IpAddress destination() override { return running_.arrival.destination; }
    std::int64_t now_us() override { return node_.ports_.clock.epoch_us(); }
    unsigned max_sends() override { return std::max(node_.ports_.topology.interface_count(), 8U); }
    vm::RouteAnswer route(const IpAddress& to, vm::Travel travel) override {
        return node_.route(running_, to, travel);
    }
    void emit(const IpAddress& to, vm::Travel travel, ConstBytes packet) override {
        node_.emit(running_, to, travel, packet);
    }
    void deliver(std::uint16_t port, ConstBytes heap, std::span<const isa::Word> words) override {
        node_.deliver(running_.execution->header(), port, heap, words);
    }
    const vm::ServiceSignature* find_service(std::uint32_t id) override { return node_.registry_.find(id); }
    std::variant<vm::ServiceResults, vm::Pending> call(const vm::ServiceSignature& service,
                                                       std::span<const isa::Value> arguments) override {
        return node_.call(running_, static_cast<const ServiceRegistry::Entry&>(service), arguments);
    }
    void not_started(const vm::ServiceSignature& service, Exc why) override {
        static_cast<void>(refuse_call(running_, static_cast<const ServiceRegistry::Entry&>(service), why));
    }

private:
    State& node_;
    Running& running_;
};

Node::State::State(Config config, const Ports& ports)
    : config_(std::move(config)),
      ports_(ports),
      principals_(config_, statistics_.principals),
      pool_(config_.workspace, 256),
      requests_(config_.remember, static_cast<std::uint16_t>(ports_.clock.epoch_us())),
      once_(std::make_shared<Once>(ports_.clock)),
      dictionary_(config_.dictionary),
      host_services_(config_, ports_, counters_, registry_, *once_),
      mib_services_(config_, ports_, counters_, once_),
      router_services_(config_, ports_),
      dictionary_services_(dictionary_, ports_.clock, counters_),
      session_services_(config_, ports_, counters_),
      limiter_(config_.reports_per_second, config_.reports_per_prefix) {
    SPLASH_ASSERT(config_.workspace >= 4096 && config_.workspace <= std::size_t{48} * 1024,
                  "the settings' reader keeps the workspace within 4 and 48 KiB");
    for (ServiceSet* set : std::initializer_list<ServiceSet*>{
             &mib_services_, &host_services_, &router_services_, &dictionary_services_, &session_services_}) {
        SPLASH_ASSERT(add_services(*set), "the table of services has no mistakes: tests register it");
    }
}

Result<> Node::State::add_services(ServiceSet& set) {
    if (auto added = registry_.add(set); !added) {
        return added;
    }
    for (std::size_t n = statistics_.services.size(); n < registry_.entries().size(); ++n) {
        const auto& entry = registry_.entries()[n];
        statistics_.services.push_back({std::string(entry.name), entry.id(), 0});
    }
    return {};
}

void Node::State::reconfigure(Config config) {
    if (config.workspace != config_.workspace) {
        pool_ = BufferPool(config.workspace, 256);
    }
    mib_services_.limit_notifications(config.notifications_per_second);
    limiter_ = ReportLimiter(config.reports_per_second, config.reports_per_prefix);
    requests_.set_remember(config.remember);
    principals_ = Principals(config, statistics_.principals);
    dictionary_.set_limits(config.dictionary);
    config_ = std::move(config);
}

Gauges Node::State::gauges() const {
    return {.parked_now = static_cast<std::uint32_t>(parked_.size()),
            .queued_now = static_cast<std::uint32_t>(to_self_.size()),
            .calls_in_flight = static_cast<std::uint32_t>(calls_in_flight_.in_all()),
            .dictionary_entries = static_cast<std::uint32_t>(dictionary_.entries()),
            .dictionary_octets = static_cast<std::uint32_t>(dictionary_.octets())};
}

Facts Node::State::facts() const {
    return {.version = SPLASH_VERSION,
            .name = config_.name,
            .address = ports_.topology.primary_address(),
            .workspace = static_cast<std::uint32_t>(config_.workspace),
            .budget = config_.budget_extra};
}

// ---- running

/// A packet from outside, admitted in somebody's name; with `octets` of them it came, zeros behind it
/// included.
void Node::State::take(Buffer buffer, const Header& arrived, const Arrival& arrival, PrincipalPtr principal,
                       std::size_t octets) {
    ++principal->counters->received;
    principal->counters->octets_received += octets;
    start(std::move(buffer), arrived, arrival, std::move(principal));
}

void Node::State::start(Buffer buffer, const Header& arrived, const Arrival& arrival,
                        PrincipalPtr principal) {
    Header header = arrived;
    if (header.bound == 0) {
        ++counters_.drop_bound;
        refuse(offender_of(header, buffer.packet().size()), isa::reason_from_exc(Exc::BoundNotPositive),
               true);
        pool_.give(std::move(buffer));
        return;
    }
    header.bound = static_cast<std::uint16_t>(std::min(header.bound, principal->max_bound) - 1);
    auto running = std::make_unique<Running>();
    running->buffer = std::move(buffer);
    running->arrival = arrival;
    running->principal = std::move(principal);
    running->arrived_size = running->buffer.packet().size();
    running->execution.emplace(running->buffer.workspace(config_.workspace), header, config_.budget_extra);
    ++counters_.executions;
    ++running->principal->counters->executions;
    ExecutionHost host(*this, *running);
    const vm::Outcome outcome = running->execution->run(host);
    finish(std::move(running), outcome);
}

void Node::State::finish(std::unique_ptr<Running> running, const vm::Outcome& outcome) {
    if (std::holds_alternative<vm::Parked>(outcome)) {
        ++counters_.parked;
        const CallToken token = last_call_;
        const Instant deadline = ports_.clock.now() + config_.park_timeout;
        auto at = park_deadlines_.end();  // nearly always: only new settings make a later one come first
        while (at != park_deadlines_.begin() && std::prev(at)->first > deadline) {
            --at;
        }
        park_deadlines_.insert(at, {deadline, token});
        parked_.emplace(token, std::move(running));
        return;
    }
    PrincipalCounters& in_its_name = *running->principal->counters;
    counters_.instructions += running->execution->steps();
    in_its_name.instructions += running->execution->steps();
    if (const auto* fault = std::get_if<vm::Fault>(&outcome)) {
        const auto code = static_cast<std::size_t>(fault->reason);
        SPLASH_ASSERT(code < Statistics::kReasonCodes, "a reason of spec/reasons.def or exceptions.def");
        ++(code < isa::kSnmpErrorBase ? counters_.failed_moves : counters_.faults);
        ++statistics_.early_ends[code];
        ++in_its_name.faults;
        Offender offender = offender_of(running->execution->header(), running->arrived_size);
        offender.size = std::min(offender.size, room_for_report(offender.origin));
        const Finding finding{.reason = fault->reason,
                              .index = fault->index,
                              .opcode = fault->opcode,
                              .instructions = running->execution->instruction_count(),
                              .node = ports_.topology.primary_address(offender.origin.version())};
        report(offender, make_report(offender, finding, &*running->execution));
    }
    pool_.give(std::move(running->buffer));
}

std::variant<vm::ServiceResults, vm::Pending> Node::State::call(Running& running,
                                                                const ServiceRegistry::Entry& service,
                                                                std::span<const isa::Value> arguments) {
    struct Call {
        std::optional<vm::ServiceResults> results;
        bool has_returned = false;
    };
    ++counters_.service_calls;
    ++statistics_.services[service.number].calls;
    ++running.principal->counters->service_calls;
    const Principal& principal = *running.principal;
    if (principal.is_homecoming || !suffice(principal.rights, service.right)) {
        return refuse_call(running, service, Exc::NotPermitted);
    }
    // Counted until the answer comes, which may be long after the packet gave up waiting: what the agent
    // still works on is bounded, too. What answers at once takes no place from anybody.
    if (service.when == When::Later && !calls_in_flight_.has_room(principal.name, config_.max_parked)) {
        ++counters_.drop_quota;
        return refuse_call(running, service, Exc::QuotaUsedUp);
    }
    calls_in_flight_.take(principal.name);
    const auto token = static_cast<CallToken>(next_token_++);
    const auto state = std::make_shared<Call>();
    service.set->start(service, arguments, caller_of(running),
                       [state, token, principal = running.principal,
                        node = std::weak_ptr(self_)](vm::ServiceResults results) {
                           const auto alive = node.lock();
                           if (alive == nullptr) {
                               return;
                           }
                           (*alive)->calls_in_flight_.give_back(principal->name);
                           if (!state->has_returned) {
                               state->results = std::move(results);
                           } else {
                               (*alive)->complete(token, results);
                           }
                       });
    state->has_returned = true;
    if (state->results) {
        return std::move(*state->results);
    }
    last_call_ = token;
    return vm::Pending{};
}

Caller Node::State::caller_of(Running& running) {
    const Principal& principal = *running.principal;
    return {.principal = principal.name,
            .rights = principal.rights,
            .max_bound = principal.max_bound,
            .mib_user = principal.mib_user,
            .sessions = running.sessions,
            .version = running.execution->header().origin.version(),
            .previous_hop = running.arrival.source};
}

vm::ServiceResults Node::State::refuse_call(Running& running, const ServiceRegistry::Entry& service,
                                            Exc why) {
    service.set->refused(service, why, caller_of(running));
    return why;
}

void Node::State::complete(CallToken token, const vm::ServiceResults& results) {
    const auto found = parked_.find(token);
    if (found == parked_.end()) {
        return;  // timed out before
    }
    std::unique_ptr<Running> running = std::move(found->second);
    parked_.erase(found);
    ExecutionHost host(*this, *running);
    const vm::Outcome outcome = running->execution->resume(host, results);
    finish(std::move(running), outcome);
}

void Node::State::step() {
    if (to_self_.empty()) {
        return;
    }
    ToSelf next = std::move(to_self_.front());
    to_self_.pop_front();
    queued_.give_back(next.principal->name);
    const auto parsed = isa::parse_header(next.buffer.packet());
    SPLASH_ASSERT(std::holds_alternative<Header>(parsed), "a node sends itself well-formed packets only");
    if (next.buffer.packet().size() > config_.workspace) {
        ++counters_.drop_too_large;  // the settings have changed since it was queued
        refuse(offender_of(std::get<Header>(parsed), next.buffer.packet().size()), Reason::Workspace, true);
        pool_.give(std::move(next.buffer));
        return;
    }
    start(std::move(next.buffer), std::get<Header>(parsed), next.arrival, std::move(next.principal));
}

std::optional<Instant> Node::State::next_deadline() const {
    auto next = requests_.next_expiry();
    if (!park_deadlines_.empty() && (!next || park_deadlines_.front().first < *next)) {
        next = park_deadlines_.front().first;
    }
    for (const auto forgets : {once_->next_expiry(), dictionary_.next_expiry()}) {
        if (forgets && (!next || *forgets < *next)) {
            next = forgets;
        }
    }
    return next;
}

void Node::State::expire() {
    const Instant now = ports_.clock.now();
    requests_.expire(now);
    once_->expire(now);
    dictionary_.expire(now);
    while (!park_deadlines_.empty() && park_deadlines_.front().first <= now) {
        const CallToken token = park_deadlines_.front().second;
        park_deadlines_.pop_front();
        if (parked_.contains(token)) {
            ++counters_.park_timeouts;
            complete(token, vm::ServiceResults(Exc::TimedOut));
        }
    }
}

// ---- the public face

Node::Node(Config config, const Ports& ports) : state_(std::make_unique<State>(std::move(config), ports)) {}
Node::~Node() = default;

Buffer Node::take_buffer() {
    return state_->take_buffer();
}
void Node::receive(const Arrival& arrival, Buffer packet) {
    state_->receive(arrival, std::move(packet));
}
void Node::receive_icmp(const wire::IcmpError& error) {
    state_->receive_icmp(error);
}
void Node::client_frame(ClientId client, ConstBytes frame) {
    state_->client_frame(client, frame);
}
void Node::client_closed(ClientId client) {
    state_->client_closed(client);
}
bool Node::has_queued() const {
    return state_->has_queued();
}
void Node::step() {
    state_->step();
}
std::optional<Instant> Node::next_deadline() const {
    return state_->next_deadline();
}
void Node::expire() {
    state_->expire();
}
const Statistics& Node::statistics() const {
    return state_->statistics();
}
Gauges Node::gauges() const {
    return state_->gauges();
}
Facts Node::facts() const {
    return state_->facts();
}
Result<> Node::add_services(ServiceSet& set) {
    return state_->add_services(set);
}
void Node::reconfigure(Config config) {
    state_->reconfigure(std::move(config));
}

}  // namespace splash::node
