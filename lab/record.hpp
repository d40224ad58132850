// lab.json: what down(), list() and a guardian know about a lab. Written before anything else is made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lab/lab.hpp"
#include "process.hpp"

namespace splash::lab {

struct NodeRecord {
    std::string name;
    std::string kind;
    std::string loopback;
    std::string loopback_ipv6;  ///< empty: none
    ProcessId daemon;
    bool operator==(const NodeRecord&) const = default;
};

/// What was done to a link, and the processes that carry its packets.
struct LinkRecord {
    Impairment from_a;
    Impairment from_b;
    ProcessId wire_a;  ///< carries what a sends; 0, 0: none is needed
    ProcessId wire_b;
    bool is_down = false;
    bool is_changing = false;  ///< found so, the one who changed it was killed: anything may be there
    bool operator==(const LinkRecord&) const = default;
};

struct Record {
    std::string name;
    std::string topology;
    bool is_complete = false;  ///< false while the lab is built
    ProcessId guardian;        ///< none after a lab without an owner was built
    std::vector<NodeRecord> nodes;
    std::vector<Link> links;
    std::vector<LinkRecord> conditions;  ///< of every link
    std::string splashd;                 ///< what start_node() executes
    bool operator==(const Record&) const = default;
};

[[nodiscard]] std::string to_json(const Record& record);
/// @error BadInput  not a record; `file` is named.
[[nodiscard]] Result<Record> from_json(std::string_view text, std::string_view file);

[[nodiscard]] Result<> save(const Record& record);
/// @error NotFound  there is no file; other errors: there is, and it is not readable.
[[nodiscard]] Result<Record> load(std::string_view lab);

}  // namespace splash::lab
