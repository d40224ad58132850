// The boundary of plug-ins: a plug-in that asks for and gives whatever the input says, right or wrong, of a
// call with some arguments. It gets nothing it has not, and what it gave is what comes out, or the call has
// failed.
#include "base/assert.hpp"
#include "input.hpp"
#include "service_call.hpp"

namespace {

using namespace splash;
using isa::Value;

std::string text_of(fuzz::Input& input) {
    return std::string(as_text(input.take_octets(input.take<std::uint8_t>())));
}

std::vector<std::uint32_t> subids_of(fuzz::Input& input) {
    std::vector<std::uint32_t> subids(input.take<std::uint8_t>());
    for (std::uint32_t& subid : subids) {
        subid = input.take<std::uint8_t>() % 3 + input.take<std::uint8_t>();
    }
    return subids;
}

std::vector<Value> arguments_of(fuzz::Input& input) {
    std::vector<Value> arguments;
    for (std::size_t n = input.take<std::uint8_t>() % 5; n > 0; --n) {
        switch (input.take<std::uint8_t>() % 5) {
            case 0: arguments.emplace_back(input.take<std::int64_t>()); break;
            case 1: arguments.emplace_back(0.5); break;
            case 2: arguments.emplace_back(isa::Str{text_of(input)}); break;
            case 3: arguments.emplace_back(IpAddress::v4(input.take<std::uint32_t>())); break;
            default:
                if (auto oid = Oid::from_subids(subids_of(input))) {
                    arguments.emplace_back(std::move(*oid));
                }
        }
    }
    return arguments;
}

/// Asks for argument n by every type: at most one of them has it.
void ask(const splash_call& call, const std::vector<Value>& arguments, std::uint32_t n) {
    std::int64_t integer = 0;
    double real = 0;
    std::uint8_t octets[16];
    std::size_t length = 0;
    int found = splash_get_int(&call, n, &integer) + splash_get_float(&call, n, &real) +
                (splash_get_addr(&call, n, octets) != 0 ? 1 : 0);
    if (const char* text = splash_get_str(&call, n, &length)) {
        SPLASH_ASSERT(
            std::string_view(text, length) == std::get<isa::Str>(arguments[n]).octets && text[length] == 0,
            "the string it is, and a 0 behind it");
        ++found;
    }
    if (const std::uint32_t* subids = splash_get_oid(&call, n, &length)) {
        SPLASH_ASSERT(length >= 2 && subids[length - 1] == std::get<Oid>(arguments[n]).subids().back(),
                      "the object identifier it is");
        ++found;
    }
    SPLASH_ASSERT(found == (n < arguments.size() ? 1 : 0),
                  "an argument has one type, and there is none behind");
    SPLASH_ASSERT((splash_type(&call, n) != 0) == (n < arguments.size()), "as its type says");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::vector<Value> arguments = arguments_of(input);
    plugins::ServiceCall call(arguments, node::Instant::max());
    std::size_t given = 0;
    bool has_failed = false;
    while (!input.is_empty()) {
        int taken = 1;
        switch (input.take<std::uint8_t>() % 8) {
            case 0: ask(call, arguments, input.take<std::uint8_t>() % 6); continue;
            case 1: taken = splash_give_int(&call, input.take<std::int64_t>()); break;
            case 2: taken = splash_give_float(&call, 0.5); break;
            case 3: {
                const std::string text = text_of(input);
                taken = splash_give_str(&call, text.data(), text.size());
                break;
            }
            case 4: {
                const std::string octets = text_of(input);
                taken = splash_give_addr(&call, reinterpret_cast<const std::uint8_t*>(octets.data()),
                                         octets.size());
                break;
            }
            case 5: {
                const auto subids = subids_of(input);
                taken = splash_give_oid(&call, subids.data(), subids.size());
                break;
            }
            case 6: taken = splash_give_str(&call, nullptr, input.take<std::uint16_t>()); break;
            default:
                splash_fail(&call, input.take<std::uint8_t>());
                has_failed = true;
                continue;
        }
        given += static_cast<std::size_t>(taken);
        has_failed = has_failed || taken == 0;
        SPLASH_ASSERT(given == call.result_count(), "what was taken is there");
    }
    const plugins::Outcome outcome = call.take();
    SPLASH_ASSERT(std::holds_alternative<isa::Exc>(outcome.results) == has_failed,
                  "results, unless something was refused or an exception given");
    SPLASH_ASSERT(has_failed || std::get<std::vector<Value>>(outcome.results).size() == given, "all of them");
    return 0;
}
