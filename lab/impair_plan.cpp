#include "impair_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace splash::lab {
namespace {

// Classic BPF as linux/filter.h and tc-bpf(8) have it: code, jump if true, jump if false, operand.
constexpr std::uint32_t kLoadWord = 0x20;
constexpr std::uint32_t kJumpEqual = 0x15;
constexpr std::uint32_t kReturn = 0x06;
constexpr std::uint32_t kMark = 0xfffff000 + 20;  // SKF_AD_OFF + SKF_AD_MARK
constexpr std::uint32_t kNoMatch = 0;
constexpr std::uint32_t kMatch = 0xffffffff;

constexpr std::uint64_t kFrame = 1514;         // octets of a full Ethernet frame
constexpr std::uint64_t kLeastBurst = 3200;    // octets: two full frames
constexpr std::uint64_t kBurstsASecond = 250;  // a burst is what passes in 4 ms
constexpr std::uint64_t kQueuesASecond = 20;   // the default queue holds 50 ms
constexpr std::uint64_t kLeastQueue = 32;      // frames
constexpr std::uint32_t kNetemLimit = 1000;    // packets; netem's and the wire's default

struct Operation {
    std::uint32_t code, if_true, if_false, operand;
};

template <std::size_t N>
std::string bytecode(const std::array<Operation, N>& program) {
    std::string text = std::to_string(N);
    for (const Operation& o : program) {
        text += fmt::format(",{} {} {} {}", o.code, o.if_true, o.if_false, o.operand);
    }
    return text;
}

/// Matches all that no wire sent.
std::string wire_program() {
    return bytecode(std::array<Operation, 4>{{{kLoadWord, 0, 0, kMark},
                                              {kJumpEqual, 0, 1, kWireMark},
                                              {kReturn, 0, 0, kNoMatch},
                                              {kReturn, 0, 0, kMatch}}});
}

std::string netem(const Impairment& i, std::string_view interface) {
    std::string text = fmt::format("qdisc replace dev {} root netem limit {}", interface,
                                   i.limit == 0 ? kNetemLimit : i.limit);
    if (i.delay.count() > 0) {
        text += fmt::format(" delay {}us", i.delay.count());
        text += i.jitter.count() > 0 ? fmt::format(" {}us", i.jitter.count()) : "";
    }
    for (const auto& [name, percent] : {std::pair("loss", i.loss), std::pair("duplicate", i.duplicate),
                                        std::pair("reorder", i.reorder), std::pair("corrupt", i.corrupt)}) {
        text += percent > 0 ? fmt::format(" {} {:.6f}%", name, percent) : "";
    }
    text += i.rate > 0 ? fmt::format(" rate {}bit", i.rate) : "";
    return text + "\n";
}

std::string tbf(const Impairment& i, std::string_view interface) {
    const std::uint64_t burst = std::max(i.rate / 8 / kBurstsASecond, kLeastBurst);
    const std::uint64_t queue =
        i.limit > 0 ? i.limit * kFrame : std::max(i.rate / 8 / kQueuesASecond, kLeastQueue * kFrame);
    return fmt::format("qdisc replace dev {} root tbf rate {}bit burst {} limit {}\n", interface, i.rate,
                       burst, queue);
}

std::string wire_work(const Impairment& i) {
    std::vector<std::string> work;
    for (const auto& [name, is_wanted] :
         {std::pair("delay", i.delay.count() > 0), std::pair("jitter", i.jitter.count() > 0),
          std::pair("loss", i.loss > 0), std::pair("duplicate", i.duplicate > 0),
          std::pair("reorder", i.reorder > 0), std::pair("corrupt", i.corrupt > 0)}) {
        if (is_wanted) {
            work.emplace_back(name);
        }
    }
    return fmt::format("{}", fmt::join(work, ", "));
}

}  // namespace

ImpairPlan plan_impairment(const Impairment& i, bool has_netem, std::string_view interface,
                           std::string_view wire) {
    ImpairPlan plan;
    // What is replaced is surely there to be deleted: no answer of tc need be guessed at.
    plan.clear = fmt::format(
        "qdisc replace dev {0} root pfifo limit 1\nqdisc del dev {0} root\n"
        "qdisc replace dev {0} clsact\nqdisc del dev {0} clsact\n",
        interface);
    if (i == Impairment{}) {
        return plan;
    }
    if (has_netem) {
        plan.before_wire = netem(i, interface);
        plan.means.emplace_back("all: netem");
        return plan;
    }
    const std::string work = wire_work(i);
    plan.needs_wire = !work.empty();
    if (plan.needs_wire) {
        plan.before_wire += fmt::format("qdisc replace dev {} clsact\n", interface);
    }
    if (i.rate > 0) {
        plan.before_wire += tbf(i, interface);
        plan.means.emplace_back("rate: a token bucket (TBF), since this kernel has no netem");
    }
    if (plan.needs_wire) {
        plan.after_wire = fmt::format(
            "filter add dev {} egress pref 2 protocol all bpf bytecode \"{}\" action mirred egress redirect "
            "dev {}\n",
            interface, wire_program(), wire);
        plan.means.push_back(work + ": a process that carries the packets, since this kernel has no netem");
    }
    return plan;
}

}  // namespace splash::lab
