// Reports: how they are made, and how many may leave.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/address.hpp"
#include "base/token_bucket.hpp"
#include "isa/packet.hpp"
#include "node/ports.hpp"
#include "vm/execution.hpp"

namespace splash::node {

/// What of the offending packet a report needs.
struct Offender {
    IpAddress origin;
    std::uint16_t port = 0;
    std::uint16_t request_id = 0;
    std::size_t size = 0;  ///< octets, as it arrived
};

struct Finding {
    isa::Reason reason{};
    std::size_t index = 0;
    std::uint8_t opcode = 0;
    std::size_t instructions = 0;
    IpAddress node;  ///< who found it
};

/// A report of at most max(offender's size, 60) octets; what of the stack does not fit is left out from
/// the bottom. `execution` may be null: then there is no stack to tell of.
[[nodiscard]] std::vector<std::byte> make_report(const Offender& offender, const Finding& finding,
                                                 const vm::Execution* execution);
/// The report a stranger gets: the reason alone.
[[nodiscard]] std::vector<std::byte> make_terse_report(const Offender& offender, isa::Reason reason);

/// Token buckets over all reports and over each /24 (IPv4) or /64 (IPv6) of origins.
class ReportLimiter {
public:
    ReportLimiter(double per_second, double per_prefix);
    [[nodiscard]] bool allow(const IpAddress& origin, Instant now);

private:
    static constexpr std::size_t kMaxPrefixes = 4096;
    TokenBucket all_;
    double per_prefix_;
    std::unordered_map<IpAddress, TokenBucket> prefixes_;
};

}  // namespace splash::node
