#include "isa/codes.hpp"

#include <array>
#include <string_view>

namespace splash::isa {
namespace {

struct Listed {
    std::uint32_t code;
    std::string_view text;
};
constexpr auto kExceptions = std::to_array<Listed>({
#define SPLASH_EXC(name, code, text) {code, text},
#include "exceptions.def"
#undef SPLASH_EXC
});
constexpr auto kReasons = std::to_array<Listed>({
#define SPLASH_REASON(name, code, text) {code, text},
#include "reasons.def"
#undef SPLASH_REASON
});
// RFC 3416, section 3: error-status.
constexpr auto kSnmpErrors = std::to_array<std::string_view>(
    {"noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType",
     "wrongLength", "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable",
     "commitFailed", "undoFailed", "authorizationError", "notWritable", "inconsistentName"});

}  // namespace

std::string to_string(Exc e) {
    const auto code = static_cast<std::uint32_t>(e);
    for (const Listed& listed : kExceptions) {
        if (listed.code == code) {
            return std::string(listed.text);
        }
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
    for (const Listed& listed : kReasons) {
        if (listed.code == code) {
            return std::string(listed.text);
        }
    }
    if (code < 64) {
        return to_string(static_cast<Exc>(code));
    }
    return "reason " + std::to_string(code);
}

}  // namespace splash::isa
