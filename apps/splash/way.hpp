// Which way costs the network less, SNMP or SNAP: what each would send, and the choice between them.
//
// Requests are measured as they would be sent: SNAP programs as they are assembled, SNMP messages as net-snmp
// encodes them. Answers are measured the same way, with values of usual size (typical_value()) in the place
// of those that are not known yet.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "base/error.hpp"
#include "programs.hpp"
#include "row_query.hpp"

namespace splash::cli {

/// What one way sends, IP headers included.
struct WayCost {
    std::uint64_t messages = 0;  ///< requests and answers
    std::uint64_t octets = 0;    ///< of both, on each link they cross

    bool operator==(const WayCost&) const = default;
};

/// What is to be done, as far as its size goes.
struct Work {
    std::vector<Question> questions;  ///< of get, next and set; else none
    /// Of walk and table: objects that may be there, row by row, and so many stand beside each other.
    std::vector<Oid> objects;
    std::size_t columns = 1;
    /// Of a table that is chosen from on the node: what is asked, and so many of the rows may be wanted.
    std::optional<RowQuery> query;
    std::size_t wanted_rows = 0;
};

/// Tables of unknown length are taken to have so many rows, and a condition to hold for one in kOneIn.
inline constexpr std::size_t kAssumedRows = 32;
inline constexpr std::size_t kOneIn = 8;

[[nodiscard]] Work work_of(std::vector<Question> questions);
[[nodiscard]] Work work_of_walk(const Oid& root);
/// `query`: with the columns the tables of names list, where the operator gave none.
[[nodiscard]] Work work_of_rows(const RowQuery& query, bool is_chosen_on_node);

/// A value as large as such objects usually have.
[[nodiscard]] isa::Value typical_value(const Oid& object);

/// An object, and its value where the message has one.
struct Binding {
    Oid object;
    std::optional<isa::Value> value;
};
/// Octets of an SNMP message with these bindings.
using SnmpSize = std::function<Result<std::size_t>(const std::vector<Binding>& bindings)>;

[[nodiscard]] Result<WayCost> cost_by_snmp(const Work& work, const SnmpSize& size);
/// `padded`: octets a request is filled up to.
[[nodiscard]] Result<WayCost> cost_by_snap(const Work& work, Journey journey, std::size_t padded);
/// Of asking whether a node runs Splash.
[[nodiscard]] WayCost cost_of_probe(Journey journey, std::size_t padded);

enum class Runs : std::uint8_t { Unknown, Yes, No, Silent };

struct Facts {
    std::optional<WayCost> snmp;
    std::string snmp_refusal;  ///< why there is no cost
    std::optional<WayCost> snap;
    std::string snap_refusal;
    Runs runs = Runs::Unknown;
    std::string runs_because;  ///< of No
    WayCost probe;
};
struct Choice {
    Via via = Via::Snmp;
    std::string reason;
};
/// Whether to find out who runs Splash: not where it costs more than it could save.
[[nodiscard]] bool is_worth_probing(const Facts& facts);
/// SNAP where the target runs Splash and at least a tenth of the octets is saved: below that the time that an
/// execution takes is the larger price.
[[nodiscard]] Choice choose_way(const Facts& facts);

}  // namespace splash::cli
