// Exception codes and the reasons of reports.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace splash::isa {

/// An exception value: 0..31 the program's own, 32..46 spec/exceptions.def, 64 + n SNMP error-status n.
enum class Exc : std::uint32_t {
#define SPLASH_EXC(name, code, text) name = (code),
#include "exceptions.def"
#undef SPLASH_EXC
};

inline constexpr std::uint32_t kSnmpErrorBase = 64;
[[nodiscard]] constexpr Exc exc_from_snmp_error(std::uint32_t error_status) {
    return static_cast<Exc>(kSnmpErrorBase + error_status);
}

/// Why an execution ended early. Below 64: the exception code of a move that failed.
enum class Reason : std::uint32_t {
#define SPLASH_REASON(name, code, text) name = (code),
#include "reasons.def"
#undef SPLASH_REASON
};

[[nodiscard]] constexpr Reason reason_from_exc(Exc e) {
    return static_cast<Reason>(e);
}

/// A row of spec/exceptions.def or spec/reasons.def.
struct EarlyEnd {
    std::uint32_t code = 0;
    std::string_view name;  ///< "NoRoute"; an exception and a reason may share one
    std::string_view text;  ///< "no route"
};
/// Every reason an execution can end early for: the exceptions of failed moves first, then the faults; in
/// the order of their codes.
[[nodiscard]] std::span<const EarlyEnd> early_ends();

/// "no route", "program exception 7", "SNMP noAccess", ...
[[nodiscard]] std::string to_string(Exc e);
[[nodiscard]] std::string to_string(Reason r);

}  // namespace splash::isa
