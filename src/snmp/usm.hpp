// The manager's side of SNMPv3's user-based security (RFC 3414), for sessions that must not wait: net-snmp's
// own discovery of an agent's engine id does. Included after net_snmp.hpp.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "net_snmp.hpp"
#include "node/config.hpp"
#include "pdu.hpp"

namespace splash::snmp {

class Usm {
public:
    /// Engines whose users net-snmp remembers for us, for as long as this process lives.
    static constexpr std::size_t kMaxEngines = 16384;

    /// Makes the session the user's, without the engine id of the agent. False if net-snmp has no such
    /// protocol or refuses the password.
    [[nodiscard]] bool introduce(netsnmp_session& session, const node::UsmUser& user);
    /// What an agent answers with a report that tells its engine id (RFC 3414, section 4).
    [[nodiscard]] static Pdu discovery();
    /// The session has learned the agent's engine id: prepares the user's keys for it. False if the agent
    /// claims to be the engine in this process, whose users' keys would be replaced, or there are too many.
    [[nodiscard]] bool take_engine(netsnmp_session& session);

private:
    struct Key {
        std::array<u_char, USM_AUTH_KU_LEN> octets{};
        std::size_t size = 0;
    };
    /// Making one takes milliseconds (RFC 3414, appendix A.2).
    [[nodiscard]] const Key* key_of(const oid* hash, std::size_t hash_size, const std::string& password);

    std::map<std::pair<std::vector<oid>, std::string>, Key> keys_;
    std::set<std::string> engines_;
};

}  // namespace splash::snmp
