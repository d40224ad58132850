// The manager's side of SNMPv3's user-based security (RFC 3414), for sessions that must not wait: net-snmp's
// own discovery of an agent's engine id does. Included after net_snmp.hpp.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net_snmp.hpp"
#include "node/config.hpp"
#include "pdu.hpp"

namespace splash::snmp {

/// A user's keys as they are for one engine (RFC 3414, section 2.6). net-snmp, which never forgets a user
/// itself, has them as long as this lives.
class LocalizedUser {
public:
    LocalizedUser(std::string engine, std::string name)
        : engine_(std::move(engine)), name_(std::move(name)) {}
    LocalizedUser(const LocalizedUser&) = delete;
    LocalizedUser& operator=(const LocalizedUser&) = delete;
    ~LocalizedUser() { forget(); }
    /// What net-snmp has of an earlier one goes.
    void forget() const;

private:
    std::string engine_;
    std::string name_;
};

class Usm {
public:
    /// Makes the session the user's, without the engine id of the agent. False if net-snmp has no such
    /// protocol or refuses the password.
    [[nodiscard]] bool introduce(netsnmp_session& session, const node::UsmUser& user);
    /// What an agent answers with a report that tells its engine id (RFC 3414, section 4).
    [[nodiscard]] static Pdu discovery();
    /// The session has learned the agent's engine id: prepares the user's keys for it, to be held until the
    /// session has its answer. Agents may claim any engine id and another one each time: nothing of it stays.
    /// Null if it is that of the engine in this process, whose users' keys would be replaced.
    [[nodiscard]] std::shared_ptr<const LocalizedUser> take_engine(netsnmp_session& session);

private:
    struct Key {
        std::array<u_char, USM_AUTH_KU_LEN> octets{};
        std::size_t size = 0;
    };
    /// Making one takes milliseconds (RFC 3414, appendix A.2).
    [[nodiscard]] const Key* key_of(const oid* hash, std::size_t hash_size, const std::string& password);

    std::map<std::pair<std::vector<oid>, std::string>, Key> keys_;
    /// By engine and name, those that are held: several sessions may need one user.
    std::map<std::pair<std::string, std::string>, std::weak_ptr<const LocalizedUser>> users_;
};

}  // namespace splash::snmp
