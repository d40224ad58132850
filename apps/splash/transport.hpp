// How a program leaves this process and its answers come back: by a splashd's UNIX socket, from where it
// travels by raw IP, or by UDP straight to the node that is to run it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "arguments.hpp"
#include "base/address.hpp"
#include "base/error.hpp"
#include "isa/packet.hpp"
#include "programs.hpp"
#include "target.hpp"

namespace splash::cli {

using Instant = std::chrono::steady_clock::time_point;

class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    /// Sends a program. From now on receive() gives only what answers this one.
    /// @error TimedOut, Refused (the node's own reason), System
    virtual Result<> send(const isa::Packet& program, std::uint16_t bound, const IpAddress& destination,
                          Instant deadline) = 0;
    /// As send(), but receive() goes on to give what answers those before it, too.
    /// @return what its answers have as request id, in their headers
    /// @error also Unsupported only one program can be asked of at a time this way
    [[nodiscard]] virtual Result<std::uint16_t> send_beside(const isa::Packet& program, std::uint16_t bound,
                                                            const IpAddress& destination,
                                                            Instant deadline) = 0;
    /// The next delivery or report. @error TimedOut, Protocol, System
    [[nodiscard]] virtual Result<isa::Packet> receive(Instant deadline) = 0;
    /// How a program gets from where it starts to its work.
    [[nodiscard]] virtual Journey journey() const = 0;
};

/// By the start's socket, travelling from there as asked, or by UDP to `target` if it has none.
/// @error NoDaemon nothing answers at the socket; System
[[nodiscard]] Result<std::unique_ptr<Transport>> open_transport(const Start& start, const Target& target,
                                                                Instant deadline, Travel travel);

}  // namespace splash::cli
