// Who may: from a packet's origin, or a client, to a principal.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/config.hpp"
#include "node/ports.hpp"
#include "node/service.hpp"
#include "node/statistics.hpp"

namespace splash::node {

/// The name of all clients on the UNIX socket together.
inline constexpr std::string_view kLocalPrincipal = "local";

/// In whose name an execution acts.
struct Principal {
    std::string name;  ///< for logs and statistics: "local", "10.0.0.0/8", "homecoming"
    Rights rights;
    std::optional<MibUser> mib_user;
    std::uint16_t max_bound = 255;
    bool is_authenticated = false;                          ///< may leave for anywhere
    bool is_homecoming = false;                             ///< may only move home, deliver and end
    std::shared_ptr<PrincipalCounters> counters = nullptr;  ///< what is counted in its name
};
/// Whether somebody who holds `rights` may do what needs `right`.
[[nodiscard]] bool suffice(const Rights& rights, Right right);

using PrincipalPtr = std::shared_ptr<const Principal>;

/// The principals of a configuration, made once, so that a packet only has to point at one. Executions
/// keep theirs when the configuration changes.
class Principals {
public:
    /// @param statistics  its rows become those of this configuration; names that stay keep their counts.
    Principals(const Config& config, std::vector<PrincipalStatistics>& statistics);

    /// A client on the UNIX socket: the kernel vouches for it.
    [[nodiscard]] const PrincipalPtr& local() const { return local_; }
    /// The first `[[allow]]` rule whose prefix holds the address; null if none does.
    [[nodiscard]] PrincipalPtr allowed(const IpAddress& from) const;
    /// A packet this node sent for a client, coming home: no rights but to move, deliver and end.
    [[nodiscard]] const PrincipalPtr& homecoming() const { return homecoming_; }

private:
    struct Allowed {
        Prefix prefix;
        PrincipalPtr principal;
    };
    PrincipalPtr local_;
    PrincipalPtr homecoming_;
    std::vector<Allowed> allowed_;  ///< in the order of the configuration
};

}  // namespace splash::node
