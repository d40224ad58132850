// Who may: from a packet's origin, or a client, to a principal.
#pragma once

#include <optional>
#include <string>

#include "node/config.hpp"
#include "node/ports.hpp"

namespace splash::node {

/// In whose name an execution acts.
struct Principal {
    std::string name;  ///< for logs: "local", "10.0.0.0/8", "homecoming"
    Rights rights;
    std::optional<MibUser> mib_user;
    std::uint16_t max_bound = 255;
    bool is_authenticated = false;  ///< may leave for anywhere
    bool is_homecoming = false;     ///< may only move home, deliver and end
};

/// A client on the UNIX socket: the kernel vouches for it.
[[nodiscard]] Principal local_principal(const Config& config);
/// The first `[[allow]]` rule whose prefix holds the address; nullopt if none does.
[[nodiscard]] std::optional<Principal> allowed_principal(const Config& config, const IpAddress& from);
/// A packet this node sent for a client, coming home: no rights but to move, deliver and end.
[[nodiscard]] Principal homecoming_principal();

}  // namespace splash::node
