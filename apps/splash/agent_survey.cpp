#include "agent_survey.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "asking.hpp"
#include "base/assert.hpp"
#include "vm/execution.hpp"

namespace splash::cli {
namespace {

constexpr std::array kServices{
    vm::ServiceSignature{.name = "snmp_getsingle", .arguments = "*", .results = "*"},
    vm::ServiceSignature{.name = "snmp_setonce", .arguments = "***", .results = "*"}};

/// A node of which a survey sees the address and the MIB. Every address is its own, so that the program ends
/// here.
class AgentsNode final : public vm::Host {
public:
    AgentsNode(const IpAddress& node, const AgentAnswers& answers) : node_(node), answers_(answers) {}

    bool is_local(const IpAddress& /*address*/) override { return true; }
    bool is_neighbour(const IpAddress& /*address*/) override { return false; }
    IpAddress here() override { return node_; }
    std::uint32_t ingress() override { return 0; }
    IpAddress destination() override { return node_; }
    std::int64_t now_us() override { return 0; }
    unsigned max_sends() override { return 0; }
    vm::RouteAnswer route(const IpAddress& /*to*/, vm::Travel /*travel*/) override {
        return isa::Exc::NoRoute;
    }
    void emit(const IpAddress& /*to*/, vm::Travel /*travel*/, ConstBytes /*packet*/) override {}
    void deliver(std::uint16_t /*port*/, ConstBytes heap, std::span<const isa::Word> words) override {
        isa::ReadLimits left = isa::ReadLimits::for_packet();
        for (const isa::Word word : words) {
            if (auto value = isa::read_value(word, heap, left)) {
                delivered_.push_back(*std::move(value));
            }
        }
    }
    const vm::ServiceSignature* find_service(std::uint32_t id) override {
        for (const vm::ServiceSignature& service : kServices) {
            if (isa::service_id(service.name) == id) {
                return &service;
            }
        }
        return nullptr;
    }
    std::variant<vm::ServiceResults, vm::Pending> call(const vm::ServiceSignature& service,
                                                       std::span<const isa::Value> arguments) override {
        const auto* const object =
            service.name == kServices[0].name ? std::get_if<Oid>(&arguments.front()) : nullptr;
        const auto answer = object != nullptr ? answers_.objects.find(*object) : answers_.objects.end();
        const isa::Value& value = object == nullptr ? answers_.did : answer->second;
        SPLASH_ASSERT(object == nullptr || answer != answers_.objects.end(),
                      "the agent was asked for every object of the survey");
        if (const auto* const exception = std::get_if<isa::Exc>(&value)) {
            return vm::ServiceResults(*exception);
        }
        return vm::ServiceResults(std::vector<isa::Value>{value});
    }

    [[nodiscard]] const std::vector<isa::Value>& delivered() const { return delivered_; }

private:
    IpAddress node_;
    const AgentAnswers& answers_;
    std::vector<isa::Value> delivered_;
};

}  // namespace

Result<SurveyHaul> visit_agent(const SurveyPlan& plan, const SurveyState& state, const IpAddress& node,
                               const AgentAnswers& answers) {
    const auto program = survey_program(plan, state, {});
    if (!program) {
        return Failure(program.error());
    }
    std::vector<std::byte> workspace = program->to_wire();
    auto header = isa::parse_header(workspace);
    SPLASH_ASSERT(std::holds_alternative<isa::Header>(header), "a packet made here is well-formed");
    std::get<isa::Header>(header).bound = kDefaultBound;
    // As large as a node's, or larger where the answers are.
    constexpr std::size_t kWorkspace = std::size_t{56} * 1024;
    workspace.resize(kWorkspace);
    vm::Execution execution(workspace, std::get<isa::Header>(header), std::uint32_t{1} << 16U);
    AgentsNode host(node, answers);
    const vm::Outcome outcome = execution.run(host);
    if (const auto* const fault = std::get_if<vm::Fault>(&outcome)) {
        const auto* const op = isa::find_op(fault->opcode);
        return fail(Errc::Reported,
                    fmt::format("its values: instruction {} of {} ({}): {}", fault->index,
                                execution.instruction_count(), op == nullptr ? "?" : op->mnemonic,
                                isa::to_string(fault->reason)));
    }
    auto haul = read_survey(plan, host.delivered());
    SPLASH_ASSERT(haul.has_value(), "the survey's program delivers a survey");
    return *std::move(haul);
}

}  // namespace splash::cli
