// An agent that is read by GETBULK, within tries and a deadline that are kept here: each request goes out
// once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "bulk_reading.hpp"
#include "reaching.hpp"

namespace splash::cli {

class SnmpReader {
public:
    /// @error as reach_by_snmp()
    [[nodiscard]] static Result<std::unique_ptr<SnmpReader>> open(const Options& options,
                                                                  const std::string& node);

    /// Must not outlive this.
    [[nodiscard]] BulkReader bulk_reader();
    /// @error TimedOut after all tries; what the agent says
    [[nodiscard]] Result<std::vector<Line>> get(const std::vector<Oid>& objects);

private:
    SnmpReader(SnmpAgent agent, const Tries& tries) : agent_(std::move(agent)), tries_(tries) {}
    Result<BulkAnswer> ask(const std::vector<Oid>& after, unsigned repetitions);

    SnmpAgent agent_;
    Tries tries_;
};

}  // namespace splash::cli
