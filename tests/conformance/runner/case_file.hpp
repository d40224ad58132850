// A case file: sections that begin with `-- name`, described in tests/conformance/README.md.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "situation.hpp"

namespace splash::conformance {

/// What a packet that left must be like; only what the case names is compared.
struct ExpectedPacket {
    IpAddress to;
    vm::Travel travel{};
    std::map<std::string, std::string> facts;  ///< entry, bound, code, heap, size, flags, port, id, origin
    std::optional<std::vector<std::string>> stack;   ///< bottom first
    std::optional<std::vector<std::string>> pushes;  ///< the constants its instructions push, in order
};

struct Expectations {
    std::optional<Ending> ending;
    std::optional<std::vector<std::string>> stack;
    std::vector<ExpectedPacket> sent;
    std::optional<ExpectedPacket> moved;
    std::optional<ExpectedPacket> report;
    std::vector<Delivery> delivered;
    std::optional<std::vector<Call>> called;
    std::optional<std::size_t> steps;
    std::optional<std::uint64_t> units;
    std::optional<std::uint16_t> bound;
};

struct Case {
    std::string why;
    Situation situation;
    Expectations expected;
    std::map<std::string, std::string> skips;  ///< engine → because
};

/// A case of a file by its name there, or what is wrong with it. The name is empty in a file of one case.
struct NamedCase {
    std::string name;
    std::variant<Case, std::string> read;
};

/// All cases of a file, in order. A file that cannot be read is one case that is wrong.
[[nodiscard]] std::vector<NamedCase> read_cases(const std::filesystem::path& file);

/// Every *.case below the folder, sorted.
[[nodiscard]] std::vector<std::filesystem::path> find_cases(const std::filesystem::path& folder);

/// Everything in which the observation differs from the expectations, one line each; empty if nothing.
[[nodiscard]] std::string differences(const Expectations& expected, const Observed& observed);

}  // namespace splash::conformance
