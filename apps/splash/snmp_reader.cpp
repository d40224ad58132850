#include "snmp_reader.hpp"

#include "snmp_lines.hpp"

namespace splash::cli {
namespace {

constexpr unsigned kSnmpRetries = 5;

}  // namespace

Result<std::unique_ptr<SnmpReader>> SnmpReader::open(const Options& options, const std::string& node) {
    const Tries tries = tries_from(options.patience, kSnmpRetries);
    Options once = options;
    once.patience.retries = 0;
    if (options.via == Via::Auto) {
        once.where.socket.clear();  // which says where programs start
    }
    auto agent = reach_by_snmp(once, node, 0);
    if (!agent) {
        return Failure(agent.error());
    }
    agent->manager.end_by(tries.end);
    return std::unique_ptr<SnmpReader>(new SnmpReader(*std::move(agent), tries));
}

BulkReader SnmpReader::bulk_reader() {
    return BulkReader(
        [this](const std::vector<Oid>& after, unsigned repetitions) { return ask(after, repetitions); },
        tries_);
}

Result<BulkAnswer> SnmpReader::ask(const std::vector<Oid>& after, unsigned repetitions) {
    const std::uint64_t octets = agent_.manager.traffic().answer_octets;
    const Instant begin = std::chrono::steady_clock::now();
    const auto binds = agent_.manager.get_bulk(after, repetitions);
    if (!binds) {
        return Failure(binds.error());
    }
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    return BulkAnswer{.lines = lines_from(*binds),
                      .octets = agent_.manager.traffic().answer_octets - octets,
                      .elapsed = elapsed};
}

Result<std::vector<Line>> SnmpReader::get(const std::vector<Oid>& objects) {
    for (unsigned tried = 0;; ++tried) {
        const auto binds = agent_.manager.get(objects);
        if (binds) {
            return lines_from(*binds);
        }
        if (binds.error().code != Errc::TimedOut || tried >= tries_.retries) {
            return Failure(binds.error());
        }
    }
}

}  // namespace splash::cli
