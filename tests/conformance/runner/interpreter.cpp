// The engine of src/vm.
#include <algorithm>

#include "engine.hpp"
#include "literals.hpp"
#include "reports.hpp"
#include "vm/execution.hpp"

namespace splash::conformance {
namespace {

/// A host whose every answer the case gives, and that writes down what it is asked to do.
class CaseHost final : public vm::Host {
public:
    CaseHost(const Situation& situation, Observed& observed) : situation_(situation), observed_(observed) {
        for (const ServiceRule& rule : situation.services) {
            services_.push_back(
                {.signature = {rule.name, rule.arguments, rule.results, rule.cost}, .rule = &rule});
        }
    }

    bool is_local(const IpAddress& address) override { return contains(situation_.local, address); }
    bool is_neighbour(const IpAddress& address) override { return contains(situation_.neighbours, address); }
    IpAddress here() override { return situation_.here; }
    std::uint32_t ingress() override { return situation_.ingress; }
    IpAddress destination() override { return situation_.destination; }
    std::int64_t now_us() override { return situation_.now_us; }
    unsigned max_sends() override { return situation_.max_sends; }

    vm::RouteAnswer route(const IpAddress& to, vm::Travel travel) override {
        if (travel == vm::Travel::Hop && !is_neighbour(to)) {
            return isa::Exc::NoRoute;
        }
        const auto rule =
            std::ranges::find_if(situation_.routes, [&to](const RouteRule& r) { return r.to.contains(to); });
        return rule == situation_.routes.end() ? vm::RouteAnswer(isa::Exc::NoRoute) : rule->answer;
    }
    void emit(const IpAddress& to, vm::Travel travel, ConstBytes packet) override {
        observed_.emissions.push_back({to, travel, {packet.begin(), packet.end()}});
    }
    void deliver(std::uint16_t port, ConstBytes heap, std::span<const isa::Word> words) override {
        const std::vector<isa::Word> list(words.begin(), words.end());
        observed_.deliveries.push_back({port, canonical(list, heap), {list, {heap.begin(), heap.end()}}});
    }

    const vm::ServiceSignature* find_service(std::uint32_t id) override {
        const auto found = std::ranges::find_if(
            services_, [id](const Listed& s) { return isa::service_id(s.signature.name) == id; });
        return found == services_.end() ? nullptr : &found->signature;
    }
    std::variant<vm::ServiceResults, vm::Pending> call(const vm::ServiceSignature& service,
                                                       std::span<const isa::Value> arguments) override {
        Call& call = observed_.calls.emplace_back(Call{std::string(service.name), {}});
        for (const isa::Value& argument : arguments) {
            call.arguments.push_back(canonical(argument));
        }
        const auto found = std::ranges::find_if(
            services_, [&service](const Listed& s) { return s.signature.name == service.name; });
        if (found->rule->answers_later) {
            pending_ = &found->rule->answer;
            return vm::Pending{};
        }
        return found->rule->answer;
    }
    [[nodiscard]] const vm::ServiceResults& pending() const { return *pending_; }

private:
    struct Listed {
        vm::ServiceSignature signature;
        const ServiceRule* rule;
    };
    static bool contains(const std::vector<IpAddress>& list, const IpAddress& address) {
        return std::ranges::find(list, address) != list.end();
    }

    const Situation& situation_;
    Observed& observed_;
    std::vector<Listed> services_;
    const vm::ServiceResults* pending_ = nullptr;
};

class Interpreter final : public Engine {
public:
    [[nodiscard]] std::string_view name() const override { return "interpreter"; }

    [[nodiscard]] Observed run(const Situation& situation) override {
        Observed observed;
        const auto parsed = isa::parse_header(situation.packet);
        if (const auto* fault = std::get_if<isa::HeaderFault>(&parsed)) {
            observed.ending = Refused{*fault};
            return observed;
        }
        // What lies behind a packet is what an earlier one left there: never zeros.
        std::vector<std::byte> workspace(std::max(situation.workspace, situation.packet.size()),
                                         std::byte{0xa5});
        std::ranges::copy(situation.packet, workspace.begin());
        CaseHost host(situation, observed);
        vm::Execution execution(workspace, std::get<isa::Header>(parsed), situation.budget_extra);
        vm::Outcome outcome = execution.run(host);
        while (std::holds_alternative<vm::Parked>(outcome)) {
            outcome = execution.resume(host, host.pending());
        }
        if (const auto* fault = std::get_if<vm::Fault>(&outcome)) {
            observed.ending = Faulted{fault->reason, fault->index, fault->opcode};
            observed.report = report_of(*fault, execution, situation);
        } else {
            switch (std::get<vm::Ended>(outcome)) {
                case vm::Ended::Exited: observed.ending = Exited{}; break;
                case vm::Ended::Moved: observed.ending = Moved{}; break;
                case vm::Ended::Delivered: observed.ending = Delivered{}; break;
            }
        }
        constexpr std::size_t kEverything = 0xffff;
        vm::Execution::Snapshot snapshot = execution.snapshot(kEverything);
        observed.stack = canonical(snapshot.words, snapshot.heap);
        observed.stack_as_it_lies = {std::move(snapshot.words), std::move(snapshot.heap)};
        observed.steps = execution.steps();
        observed.units = execution.units_used();
        observed.bound = execution.header().bound;
        return observed;
    }

private:
    /// As the node makes it of this execution; `here` is who reports.
    static std::vector<std::byte> report_of(const vm::Fault& fault, const vm::Execution& execution,
                                            const Situation& situation) {
        const isa::Header& header = execution.header();
        return node::make_report({.origin = header.origin,
                                  .port = header.port,
                                  .request_id = header.request_id,
                                  .size = situation.packet.size()},
                                 {.reason = fault.reason,
                                  .index = fault.index,
                                  .opcode = fault.opcode,
                                  .instructions = execution.instruction_count(),
                                  .node = situation.here},
                                 &execution);
    }
};

}  // namespace

std::vector<std::unique_ptr<Engine>> all_engines() {
    std::vector<std::unique_ptr<Engine>> engines;
    engines.push_back(std::make_unique<Interpreter>());
    return engines;
}

}  // namespace splash::conformance
