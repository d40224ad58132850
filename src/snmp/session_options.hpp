// The options of net-snmp's tools, as a session.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "net_snmp.hpp"

namespace splash::snmp {

/// What a command line asks for, and the words it was read from: the session points into both.
class SessionOptions {
public:
    /// `arguments` are options and then the agent ("-v2c", "-c", "public", "udp:10.0.0.5:161"); snmp.conf and
    /// snmpapp.conf give the defaults.
    /// @error Usage  an option is wrong, in net-snmp's words; or the user or a pass phrase of SNMPv3 is
    /// missing.
    [[nodiscard]] static Result<SessionOptions> read(const std::vector<std::string>& arguments);
    SessionOptions(SessionOptions&&) noexcept;
    SessionOptions& operator=(SessionOptions&&) = delete;
    ~SessionOptions();

    /// To open sessions with; net-snmp copies what it needs then.
    [[nodiscard]] netsnmp_session& session() { return session_; }

private:
    SessionOptions() = default;
    std::vector<std::string> words_;
    netsnmp_session session_{};
};

}  // namespace splash::snmp
