// Any delivery or report as the command line reads and prints it: a few octets do not make it print for ever.
#include "answers.hpp"
#include "base/assert.hpp"
#include "input.hpp"
#include "json_output.hpp"
#include "value_text.hpp"

namespace {

using namespace splash;

/// Three characters an octet as hexadecimal, JSON escapes and a type with every value, and room.
constexpr std::size_t kMostText = std::size_t{32} * 1024 * 1024;

std::size_t print(const std::vector<isa::Value>& values) {
    static const Oid object = *oid_from_name("sysName.0");
    std::size_t printed = 0;
    for (const isa::Value& value : values) {
        const std::string line = cli::print_line(object, value);
        SPLASH_ASSERT(!line.empty(), "every value has a text");
        // What an object's octets are is not known to be text, and JSON must be UTF-8 whatever it is.
        printed += line.size() + cli::json_typed(value).dump().size() + cli::json_value(value).dump().size();
    }
    return printed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    isa::Packet packet;
    const auto how = input.take<std::uint8_t>();
    if ((how & 1U) != 0) {
        packet.header.flags = isa::Flags::kReport;
    }
    // The same word many times over is what an attacker would do.
    const std::size_t repeat = (how & 2U) != 0 ? input.take<std::uint8_t>() + 1U : 1U;
    for (std::size_t words = input.take<std::uint8_t>() % 64; words > 0; --words) {
        const isa::Word word(input.take<std::uint64_t>());
        packet.stack.insert(packet.stack.end(), repeat, word);
    }
    const ConstBytes heap = input.rest().first(std::min<std::size_t>(input.rest().size(), 0xfffc));
    packet.heap.assign(heap.begin(), heap.end());
    const auto answer = cli::read_answer(packet);
    if (!answer) {
        SPLASH_ASSERT(answer.error().code == Errc::Protocol, "who answers so breaks the protocol");
        return 0;
    }
    std::size_t printed = 0;
    if (const auto* report = std::get_if<isa::Report>(&*answer)) {
        printed = print(report->stack) + cli::json_report(*report).dump().size() +
                  cli::describe(*report, "n1").size();
        static_cast<void>(cli::hops_of(*report, 1));
    } else {
        const auto& delivery = std::get<cli::Delivery>(*answer);
        printed = print(delivery.values);
        if (const auto hops = cli::read_hops(delivery.values, 1)) {
            for (const cli::Hop& hop : *hops) {
                printed += cli::name_of(hop).size();
            }
        }
    }
    SPLASH_ASSERT(printed <= kMostText, "what is printed is bounded");
    return 0;
}
