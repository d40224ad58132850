#include "subtree.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reaching.hpp"
#include "snmp_reader.hpp"
#include "value_text.hpp"
#include "walking.hpp"

namespace splash::cli {
namespace {

/// One way to a node, open: what follows an OID, and the value of one object.
struct Reader {
    std::string name;  ///< of the node, for errors
    Fetch fetch;
    std::function<Result<std::vector<Line>>(const Oid&)> get;
};

Result<bool> read(const Subtree& subtree, const Reader& reader,
                  const std::function<void(const Line&)>& take) {
    std::size_t count = 0;
    std::optional<Oid> last;
    const auto walked = walk_subtree(subtree.root, subtree.ordering, reader.fetch, [&](const Line& line) {
        ++count;
        last = line.object;
        take(line);
    });
    if (!walked) {
        const std::string how_far =
            last ? fmt::format("{} objects came, the last one {}", count, print_object(*last))
                 : std::string("nothing came");
        return fail(walked.error().code,
                    fmt::format("{}: {}; {}", reader.name, how_far, walked.error().detail));
    }
    if (count > 0) {
        return true;
    }
    // As snmpwalk: the OID may be an instance.
    const auto itself = reader.get(subtree.root.asked());
    if (!itself) {
        return fail(itself.error().code, fmt::format("{}: {}", reader.name, itself.error().detail));
    }
    std::ranges::for_each(*itself, take);
    return std::ranges::none_of(
        *itself, [](const Line& line) { return std::holds_alternative<isa::Exc>(line.value); });
}

Result<bool> read_by_snmp(const Subtree& subtree, const std::function<void(const Line&)>& take) {
    auto snmp = SnmpReader::open(subtree.options, subtree.node);
    if (!snmp) {
        return Failure(snmp.error());
    }
    BulkReader bulk = (*snmp)->bulk_reader();
    const auto fetch = [&bulk](const Oid& after) -> Result<Batch> {
        auto lines = bulk.rows_behind({after});
        return lines ? Result<Batch>(Batch{.lines = *std::move(lines), .is_last = false})
                     : Failure(lines.error());
    };
    const auto get = [&snmp](const Oid& object) { return (*snmp)->get({object}); };
    return read(subtree, {subtree.node, fetch, get}, take);
}

Result<bool> read_by_snap(const Subtree& subtree, const std::function<void(const Line&)>& take) {
    const auto node = reach_by_snap(subtree.options, subtree.node, 1);
    if (!node) {
        return Failure(node.error());
    }
    SnapFetch fetch(*node->transport, node->target, node->tries, subtree.root, subtree.ordering);
    const auto get = [&](const Oid& object) -> Result<std::vector<Line>> {
        const auto answers = ask_by_snap(*node->transport, questions_about(Question::Kind::Get, {object}),
                                         node->target, node->tries);
        return answers ? Result<std::vector<Line>>(lines_from(*answers)) : Failure(answers.error());
    };
    return read(subtree, {subtree.node, [&fetch](const Oid& after) { return fetch(after); }, get}, take);
}

}  // namespace

Result<bool> read_subtree(const Subtree& subtree, Via via, const std::function<void(const Line&)>& take) {
    return via == Via::Snmp ? read_by_snmp(subtree, take) : read_by_snap(subtree, take);
}

}  // namespace splash::cli
