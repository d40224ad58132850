#include "reports.hpp"

#include <algorithm>

namespace splash::node {
namespace {

using isa::Word;

isa::Header report_header(const Offender& offender) {
    isa::Header header;
    header.flags = isa::Flags::kReport;
    header.port = offender.port;
    header.request_id = offender.request_id;
    header.origin = offender.origin;
    return header;
}

}  // namespace

std::vector<std::byte> make_report(const Offender& offender, const Finding& finding,
                                   const vm::Execution* execution) {
    constexpr std::size_t kLeast = 60;
    isa::Packet report;
    report.header = report_header(offender);
    const std::size_t node_octets = finding.node.is_v6() ? 16 : 0;
    const std::size_t fixed = report.header.size() + 5 * isa::kWordSize + node_octets;
    const std::size_t limit = std::max(offender.size, kLeast);
    if (execution != nullptr && limit > fixed) {
        vm::Execution::Snapshot snapshot = execution->snapshot(limit - fixed);
        report.heap = std::move(snapshot.heap);
        report.stack = std::move(snapshot.words);
    }
    Word node = Word::inline_v4(finding.node.to_v4());
    if (finding.node.is_v6()) {
        node = Word::heap(isa::Type::Addr, {static_cast<std::uint16_t>(report.heap.size()), 16});
        append(report.heap, finding.node.octets());
    }
    const auto as_word = [](std::size_t v) { return Word::inline_int(static_cast<std::int64_t>(v)); };
    report.stack.push_back(as_word(finding.instructions));
    report.stack.push_back(as_word(finding.opcode));
    report.stack.push_back(node);
    report.stack.push_back(as_word(finding.index));
    report.stack.push_back(as_word(static_cast<std::size_t>(finding.reason)));
    return report.to_wire();
}

std::vector<std::byte> make_terse_report(const Offender& offender, isa::Reason reason) {
    isa::Packet report;
    report.header = report_header(offender);
    report.stack.push_back(Word::inline_int(static_cast<std::int64_t>(reason)));
    return report.to_wire();
}

ReportLimiter::ReportLimiter(double per_second, double per_prefix)
    : all_(per_second, per_second), per_prefix_(per_prefix) {}

bool ReportLimiter::allow(const IpAddress& origin, Instant now) {
    if (!all_.has_token(now)) {
        return false;  // before anything is remembered of an origin that may be forged
    }
    const IpAddress prefix = origin.network(origin.is_v6() ? 64 : 24);
    auto bucket = prefixes_.find(prefix);
    if (bucket == prefixes_.end()) {
        if (prefixes_.size() >= kMaxPrefixes) {
            std::erase_if(prefixes_, [now](const auto& p) { return p.second.is_full(now); });
        }
        if (prefixes_.size() >= kMaxPrefixes) {
            return false;  // so many origins at once are forged
        }
        bucket = prefixes_.emplace(prefix, TokenBucket(per_prefix_, per_prefix_)).first;
    }
    return bucket->second.take(now) && all_.take(now);
}

}  // namespace splash::node
