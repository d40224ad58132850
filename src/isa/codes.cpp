#include "isa/codes.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace splash::isa {
namespace {

constexpr auto kEarlyEnds = std::to_array<EarlyEnd>({
#define SPLASH_EXC(name, code, text) {code, #name, text},
#include "exceptions.def"
#undef SPLASH_EXC
#define SPLASH_REASON(name, code, text) {code, #name, text},
#include "reasons.def"
#undef SPLASH_REASON
});
static_assert(std::ranges::is_sorted(kEarlyEnds, {}, &EarlyEnd::code), "codes are append-only");

/// Empty for a code that no table lists.
constexpr std::string_view listed(std::uint32_t code) {
    const auto found = std::ranges::find(kEarlyEnds, code, &EarlyEnd::code);
    return found == kEarlyEnds.end() ? std::string_view{} : found->text;
}

// RFC 3416, section 3: error-status.
constexpr auto kSnmpErrors = std::to_array<std::string_view>(
    {"noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType",
     "wrongLength", "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable",
     "commitFailed", "undoFailed", "authorizationError", "notWritable", "inconsistentName"});

}  // namespace

std::span<const EarlyEnd> early_ends() {
    return kEarlyEnds;
}

std::string to_string(Exc e) {
    const auto code = static_cast<std::uint32_t>(e);
    if (const std::string_view text = listed(code); !text.empty() && code < kSnmpErrorBase) {
        return std::string(text);
    }
    if (code < 32) {
        return "program exception " + std::to_string(code);
    }
    if (code >= kSnmpErrorBase && code - kSnmpErrorBase < kSnmpErrors.size()) {
        return "SNMP " + std::string(kSnmpErrors[code - kSnmpErrorBase]);
    }
    return "exception " + std::to_string(code);
}

std::string to_string(Reason r) {
    const auto code = static_cast<std::uint32_t>(r);
    if (const std::string_view text = listed(code); !text.empty()) {
        return std::string(text);
    }
    if (code < kSnmpErrorBase) {
        return to_string(static_cast<Exc>(code));
    }
    return "reason " + std::to_string(code);
}

}  // namespace splash::isa
