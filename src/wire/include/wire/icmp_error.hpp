// What an ICMP error says about a packet of ours, of either IP version.
#pragma once

#include <cstdint>

#include "base/address.hpp"
#include "base/bytes.hpp"

namespace splash::wire {

struct IcmpError {
    /// ProtocolUnreachable: nobody takes our protocol there; ICMPv6 calls it an unrecognised next header.
    enum class Kind : std::uint8_t { TimeExceeded, TooBig, ProtocolUnreachable, Unreachable };
    Kind kind{};
    IpAddress reporter;     ///< who sent the ICMP message
    IpAddress source;       ///< of the quoted packet
    IpAddress destination;  ///< likewise
    ConstBytes quoted;      ///< what is quoted behind the IP header: at least 8 octets of SNAP
};

/// The least that is quoted behind the IP header (RFC 792); less tells nobody whose packet it was.
inline constexpr std::size_t kMinQuote = 8;

}  // namespace splash::wire
