#include "subtree.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reaching.hpp"
#include "snmp_lines.hpp"
#include "value_text.hpp"
#include "walking.hpp"

namespace splash::cli {
namespace {

/// So many objects one GETBULK asks for: their usual size fills a packet, and no more.
constexpr unsigned kRepetitions = 20;
constexpr unsigned kSnmpRetries = 5;

/// One way to a node, open: what follows an OID, and the value of one object.
struct Reader {
    std::string name;  ///< of the node, for errors
    Fetch fetch;
    std::function<Result<std::vector<Line>>(const Oid&)> get;
};

/// GETBULK with its tries made here: each asks for half of what the last one did, since a large answer may be
/// what gets lost.
class BulkFetch {
public:
    BulkFetch(snmp::Manager& manager, const Tries& tries) : manager_(manager), tries_(tries) {}

    Result<Batch> operator()(const Oid& after) {
        unsigned tried = 0;
        while (true) {
            if (auto limited = respect_deadline(); !limited) {
                return Failure(limited.error());
            }
            const auto binds = manager_.get_bulk(after, repetitions_);
            if (binds) {
                return Batch{.lines = lines_from(*binds), .is_last = false};
            }
            const Errc code = binds.error().code;
            const bool may_help = code == Errc::TimedOut ? tried++ < tries_.retries
                                                         : code == Errc::TooLarge && repetitions_ > 1;
            if (!may_help) {
                return code == Errc::TimedOut
                           ? fail(code, fmt::format("{} {} by SNMP", tried, tried == 1 ? "try" : "tries"))
                           : Failure(binds.error());
            }
            repetitions_ = std::max(1U, repetitions_ / 2);
        }
    }

    /// @error TimedOut the time for everything is over
    Result<> respect_deadline() {
        if (tries_.end == Instant::max()) {
            return {};
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            tries_.end - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return fail(Errc::TimedOut, "the deadline passed");
        }
        manager_.limit_timeout(left);
        return {};
    }

private:
    snmp::Manager& manager_;
    Tries tries_;
    unsigned repetitions_ = kRepetitions;
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
    const Tries tries = tries_from(subtree.options.patience, kSnmpRetries);
    Options once = subtree.options;
    once.patience.retries = 0;
    auto agent = reach_by_snmp(once, subtree.node, 0);
    if (!agent) {
        return Failure(agent.error());
    }
    BulkFetch fetch(agent->manager, tries);
    const auto get = [&](const Oid& object) -> Result<std::vector<Line>> {
        if (auto limited = fetch.respect_deadline(); !limited) {
            return Failure(limited.error());
        }
        auto binds = agent->manager.get({object});
        for (unsigned tried = 0; !binds && binds.error().code == Errc::TimedOut && tried < tries.retries;
             ++tried) {
            binds = agent->manager.get({object});
        }
        return binds ? Result<std::vector<Line>>(lines_from(*binds)) : Failure(binds.error());
    };
    return read(subtree, {subtree.node, [&fetch](const Oid& after) { return fetch(after); }, get}, take);
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

Result<bool> read_subtree(const Subtree& subtree, const std::function<void(const Line&)>& take) {
    return subtree.options.via == Via::Snmp ? read_by_snmp(subtree, take) : read_by_snap(subtree, take);
}

}  // namespace splash::cli
