// Programs that are on their way beside each other, each with its own tries and deadlines.
//
//   Flights flights(transport, tries, 16);
//   while (there is more, or !flights.is_empty()) {
//       ... flights.launch(...) until flights.is_full() ...
//       flights.wait();                                       // one of them lands
//   }
//
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

#include "answers.hpp"
#include "asking.hpp"
#include "base/error.hpp"
#include "isa/packet.hpp"
#include "target.hpp"
#include "transport.hpp"

namespace splash::cli {

class Flights {
public:
    /// @param most  so many at once, at least one
    Flights(Transport& transport, const Tries& tries, std::size_t most)
        : transport_(transport), tries_(tries), most_(most) {}

    /// Runs once for every flight, in launch() or in wait(); may launch more. An answer, or an error as
    /// ask() gives it. What it returns, launch() or wait() return.
    using Landed = std::function<Result<>(Result<Answer>)>;
    struct Flight {
        isa::Packet program;
        Target target;
        unsigned retries = 0;
        Landed landed;
    };
    [[nodiscard]] Result<> launch(Flight flight);
    /// Waits until one has landed, or several at once where nothing came for them in time.
    /// @error what Transport::receive() says but TimedOut
    [[nodiscard]] Result<> wait();

    [[nodiscard]] bool is_empty() const { return under_way_.empty(); }
    [[nodiscard]] bool is_full() const { return under_way_.size() >= most_; }
    /// Packets, tries included.
    [[nodiscard]] std::size_t sent() const { return sent_; }

private:
    struct UnderWay {
        Flight flight;
        unsigned tried = 0;
        Instant deadline;
    };
    [[nodiscard]] Result<> send(UnderWay flight);
    [[nodiscard]] Result<> land_the_overdue(Instant now);

    Transport& transport_;
    Tries tries_;
    std::size_t most_;
    std::size_t sent_ = 0;
    std::map<std::uint16_t, UnderWay> under_way_;  ///< by request id
};

}  // namespace splash::cli
