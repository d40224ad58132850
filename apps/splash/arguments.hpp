// What a command line says, as plain data. command_line.cpp fills it in; each command's run() reads it.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/error.hpp"
#include "lab/impairment.hpp"

namespace splash::cli {

/// Auto: as way.hpp decides.
enum class Via : std::uint8_t { Snmp, Snap, Auto };
/// Whether Auto tells its reasons at length.
enum class Explain : std::uint8_t { No, Yes };
/// Csv and Ndjson: walk and table only.
enum class Format : std::uint8_t { Text, Json, Csv, Ndjson };
/// Whether objects must come in ascending order.
enum class Ordering : std::uint8_t { Ascending, Any };

/// Where nodes are looked up and where requests start.
struct Where {
    std::string lab;
    std::string from;
    std::string socket;
    IpVersion version = IpVersion::V4;  ///< of what names stand for, where there is a choice
};

/// How long to wait. What is not given is the command's own default.
struct Patience {
    std::optional<std::chrono::milliseconds> timeout;            ///< per try
    std::optional<unsigned> retries;                             ///< after the first try
    std::optional<std::chrono::milliseconds> deadline;           ///< for everything
    std::optional<std::chrono::steady_clock::time_point> end{};  ///< when that has passed
};

/// How a SNAP program gets to the node asked when it starts elsewhere.
enum class Travel : std::uint8_t {
    Direct,  ///< by plain IP, executed there only
    Hops,    ///< executed by every Splash node on the way
};

/// The options that commands share.
struct Options {
    Where where;
    Travel travel = Travel::Direct;
    Via via = Via::Snmp;
    Explain explain = Explain::No;
    std::vector<std::string> snmp;  ///< as net-snmp's tools take them, without -t and -r
    Patience patience;
    Format format = Format::Text;
};

struct GetArgs {
    Options options;
    std::string node;
    std::vector<std::string> objects;
};
struct NextArgs {
    Options options;
    std::string node;
    std::vector<std::string> objects;
};
struct Assignment {
    std::string object;
    char type = 's';
    std::string value;
};
struct SetArgs {
    Options options;
    std::string node;
    std::vector<Assignment> assignments;
};
struct WalkArgs {
    Options options;
    std::string node;
    std::string object;  ///< empty: mib-2
    Ordering ordering = Ordering::Ascending;
};
/// So many rows --top gives at most: the node keeps them on its stack, and the program has a piece for each.
inline constexpr unsigned kMostTop = 16;

/// Which rows of a table, and what of them; as written.
struct RowWish {
    std::string where;
    std::vector<std::string> columns;
    std::string function;  ///< count, sum, avg, min, max, top; empty: the rows themselves
    std::string column;    ///< of all functions but count
    unsigned most = 1;     ///< rows, for top

    [[nodiscard]] bool is_empty() const { return where.empty() && columns.empty() && function.empty(); }
};
struct TableArgs {
    Options options;
    std::string node;
    std::string object;
    Ordering ordering = Ordering::Ascending;
    RowWish wish;
};
struct PathArgs {
    Options options;
    std::string node;
    std::vector<std::string> objects;
    bool is_progress_told = false;
};
/// What programs that visit many nodes do at each of them.
struct AtNodes {
    std::vector<std::string> objects;
    std::string where;                   ///< empty: everywhere
    std::optional<Assignment> reaction;  ///< where the condition holds
    bool is_progress_told = false;       ///< also if standard error is no terminal
};
enum class Gathering : std::uint8_t { Sum, Average, Minimum, Maximum, Top, Count, List };
struct SurveyArgs {
    Options options;
    std::vector<std::string> nodes;
    AtNodes at;
    Gathering aggregate = Gathering::List;
    unsigned top = 0;   ///< for Top
    std::string until;  ///< empty: all nodes are visited
};
struct FloodArgs {
    Options options;
    std::string node;
    AtNodes at;
    std::optional<std::uint16_t> bound;
};
struct RoamArgs {
    Options options;
    std::string node;
    AtNodes at;
    std::optional<std::uint16_t> bound;
    bool is_stateful = false;
};
struct DiscoverArgs {
    Options options;
    std::string node;
    std::optional<std::uint16_t> bound;
    std::string map;  ///< files of this name and three endings; empty: none
    bool is_progress_told = false;
    bool remembers = false;  ///< nodes keep what was found of their neighbours
};
struct RunArgs {
    Options options;
    std::string file;
    std::string to;
    std::vector<std::pair<std::string, std::string>> arguments;
    std::optional<std::uint16_t> bound;
    unsigned answers = 1;  ///< 0: all until the deadline
};
struct BenchArgs {
    Options options;
    std::string node;
    std::vector<std::string> objects;
    unsigned count = 101;
};
struct AsmArgs {
    std::string file;
    std::vector<std::pair<std::string, std::string>> arguments;
    std::string output;  ///< "-" is standard output; empty: named after the file
};
struct DisasmArgs {
    std::string file;
};
struct LabUpArgs {
    Options options;
    std::string topology;
    std::string name;
    std::int64_t owner = 0;
};
struct LabDownArgs {
    std::string name;
};
struct LabListArgs {
    Options options;
};
struct LabExecArgs {
    std::string name;
    std::string node;
    std::vector<std::string> argv;
};
struct DoctorArgs {
    Options options;
};
struct LabImpairArgs {
    Options options;
    std::string name;
    std::string where;
    bool is_one_way = false;
    std::optional<lab::Impairment> impairment;
    std::optional<bool> is_down;
};
struct LabGraphArgs {
    std::string name;
    std::string output;  ///< a file whose ending says the format, or a format, or empty
};
struct LabCaptureArgs {
    std::string name;
    std::string file;
    std::vector<std::string> links;
    std::string filter;
    std::chrono::milliseconds duration{0};  ///< 0: until something else ends it
    std::uint64_t count = 0;                ///< likewise
};
enum class Power : std::uint8_t { Stop, Start, Restart };
struct LabPowerArgs {
    std::string name;
    std::string node;
    Power power = Power::Restart;
    bool is_kill = false;
};
struct VersionArgs {
    Options options;
};

using Command = std::variant<GetArgs, NextArgs, WalkArgs, TableArgs, SetArgs, PathArgs, SurveyArgs, FloodArgs,
                             RoamArgs, DiscoverArgs, RunArgs, BenchArgs, AsmArgs, DisasmArgs, LabUpArgs,
                             LabDownArgs, LabListArgs, LabExecArgs, LabImpairArgs, LabGraphArgs,
                             LabCaptureArgs, LabPowerArgs, DoctorArgs, VersionArgs>;

/// Where a command writes: answers for people and programs, and diagnostics.
struct Streams {
    std::ostream& out;
    std::ostream& err;
};

/// A command that did what it was asked, with the exit status: 0 yes, 1 a well-formed no.
struct Finished {
    int status = 0;
};

Result<Finished> run(const GetArgs& args, const Streams& streams);
Result<Finished> run(const NextArgs& args, const Streams& streams);
Result<Finished> run(const WalkArgs& args, const Streams& streams);
Result<Finished> run(const TableArgs& args, const Streams& streams);
Result<Finished> run(const SetArgs& args, const Streams& streams);
Result<Finished> run(const PathArgs& args, const Streams& streams);
Result<Finished> run(const SurveyArgs& args, const Streams& streams);
Result<Finished> run(const FloodArgs& args, const Streams& streams);
Result<Finished> run(const RoamArgs& args, const Streams& streams);
Result<Finished> run(const DiscoverArgs& args, const Streams& streams);
Result<Finished> run(const RunArgs& args, const Streams& streams);
Result<Finished> run(const BenchArgs& args, const Streams& streams);
Result<Finished> run(const AsmArgs& args, const Streams& streams);
Result<Finished> run(const DisasmArgs& args, const Streams& streams);
Result<Finished> run(const LabUpArgs& args, const Streams& streams);
Result<Finished> run(const LabDownArgs& args, const Streams& streams);
Result<Finished> run(const LabListArgs& args, const Streams& streams);
Result<Finished> run(const LabExecArgs& args, const Streams& streams);
Result<Finished> run(const DoctorArgs& args, const Streams& streams);
Result<Finished> run(const LabImpairArgs& args, const Streams& streams);
Result<Finished> run(const LabGraphArgs& args, const Streams& streams);
Result<Finished> run(const LabCaptureArgs& args, const Streams& streams);
Result<Finished> run(const LabPowerArgs& args, const Streams& streams);
Result<Finished> run(const VersionArgs& args, const Streams& streams);

}  // namespace splash::cli
