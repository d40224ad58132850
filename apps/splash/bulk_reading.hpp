// Reading tables and subtrees by GETBULK (RFC 3416, section 4.2.3): several columns in one message, and as
// many repetitions as the agent and the way turn out to bear.
#pragma once

#include <chrono>
#include <functional>
#include <set>
#include <vector>

#include "arguments.hpp"
#include "asking.hpp"
#include "base/error.hpp"
#include "base/oid.hpp"
#include "object_lines.hpp"

namespace splash::cli {

/// What one GETBULK brought, and what that took.
struct BulkAnswer {
    std::vector<Line> lines;  ///< repetition by repetition, each in the order of what was asked
    std::size_t octets = 0;   ///< of the SNMP message
    std::chrono::microseconds elapsed{};
};
/// Asks once, without retries, for what follows each OID. @error TimedOut; TooLarge (tooBig); others
using Bulk = std::function<Result<BulkAnswer>(const std::vector<Oid>& after, unsigned repetitions)>;

/// How many repetitions the next GETBULK asks for. Begins small; doubles while answers come whole and fast,
/// up to messages of kMostAnswer octets; goes back for good where one was cut short, refused as too big, or
/// lost.
class Pace {
public:
    /// Fragments of larger messages get lost together, and behind a column's end the rest is for nothing.
    static constexpr std::size_t kMostAnswer = 16384;
    static constexpr unsigned kFirstBindings = 40;

    explicit Pace(std::chrono::milliseconds timeout) : timeout_(timeout) {}
    [[nodiscard]] unsigned repetitions(std::size_t columns) const;
    void answered(unsigned asked, std::size_t columns, const BulkAnswer& answer);
    /// @return false: less than was asked cannot be asked
    bool failed(unsigned asked, std::size_t columns);

private:
    std::chrono::milliseconds timeout_;
    std::size_t bindings_ = kFirstBindings;  ///< wanted in a message
    std::size_t most_ = 4096;
};

class BulkReader {
public:
    BulkReader(Bulk ask, const Tries& tries) : ask_(std::move(ask)), tries_(tries), pace_(tries.timeout) {}

    /// What follows each of `after`, in rows, as Bulk gives it. Tries again with less.
    [[nodiscard]] Result<std::vector<Line>> rows_behind(const std::vector<Oid>& after);
    /// The one object that follows each of `after`.
    [[nodiscard]] Result<std::vector<Line>> next_of(const std::vector<Oid>& after);

private:
    Bulk ask_;
    Tries tries_;
    Pace pace_;
};

/// Columns that are read beside each other, whoever asks: what to ask next, and what came.
class ColumnsReading {
public:
    ColumnsReading(const std::vector<Oid>& columns, Ordering ordering);
    ColumnsReading(const ColumnsReading&) = delete;
    ColumnsReading& operator=(const ColumnsReading&) = delete;

    /// What the next request asks the followers of: the columns that have not ended. Empty: all have.
    [[nodiscard]] const std::vector<Oid>& after() const { return after_; }
    /// The rows that follow after(), as Bulk gives them. @error as read_columns()
    [[nodiscard]] Result<> take_lines(const std::vector<Line>& lines,
                                      const std::function<void(const Line&)>& take);

private:
    /// One column of several.
    struct Reading {
        Oid column;
        Oid last;
        std::set<Oid> seen;  ///< only where nothing else tells a circle
        bool has_ended = false;
    };
    /// False: the column has ended with this line.
    [[nodiscard]] Result<bool> take_line(Reading& reading, const Line& line,
                                         const std::function<void(const Line&)>& take);
    void look_for_open();

    Ordering ordering_;
    std::vector<Reading> readings_;
    std::vector<Reading*> open_;
    std::vector<Oid> after_;
};

/// Gives every object of the columns to `take`: each column's in order and once, columns beside each other.
/// They may be of different length and have different indexes.
/// @error what the reader says; Protocol an OID does not follow the one before in its column (Ascending), or
/// came before (Any)
[[nodiscard]] Result<> read_columns(const std::vector<Oid>& columns, Ordering ordering, BulkReader& reader,
                                    const std::function<void(const Line&)>& take);

/// The objects that follow each OID, one for each.
using NextOf = std::function<Result<std::vector<Line>>(const std::vector<Oid>&)>;
/// The columns a table has at this agent, in order: those in which there is an instance. Asks for all that
/// are listed, or for the first 32, at once, and only for those behind them one by one.
/// @error what `next_of` says
[[nodiscard]] Result<std::vector<Oid>> find_columns(const Oid& entry, const NextOf& next_of);

/// The entry of a table that is given by itself or by its entry: by its name, else by what the agent has
/// below it.
[[nodiscard]] Result<Oid> find_entry(const Oid& root, const NextOf& next_of);

}  // namespace splash::cli
