// Questions to one node by SNAP, with tries and deadlines; and what net-snmp wants to know to ask by SNMP.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "answers.hpp"
#include "arguments.hpp"
#include "base/error.hpp"
#include "programs.hpp"
#include "target.hpp"
#include "transport.hpp"

namespace splash::cli {

/// Bound of the programs built here: the cap of unsigned packets, so that it is never what stops them.
inline constexpr std::uint16_t kDefaultBound = 255;

/// Patience with its blanks filled in.
struct Tries {
    std::chrono::milliseconds timeout{1000};  ///< for each
    unsigned retries = 0;                     ///< after the first
    Instant end = Instant::max();             ///< of everything

    [[nodiscard]] Instant next_deadline() const;
    [[nodiscard]] bool is_over() const;
};
/// Until the end of --deadline, whose clock started with the command.
[[nodiscard]] Tries tries_from(const Patience& patience, unsigned default_retries);

/// Sends a program and waits for its first delivery or report; again if none comes.
/// @error TimedOut naming the target; what Transport says otherwise.
[[nodiscard]] Result<Answer> ask(Transport& transport, const isa::Packet& program, std::uint16_t bound,
                                 const Target& target, const Tries& tries);

/// Asks by a program that brings home what fits a packet: `program` makes it for so many octets of SNAP. With
/// less room where the answer did not fit a link, where a quota was used up, or where nothing came; with no
/// room at all programs bring one thing. `room` is what turned out to fit.
/// @error TimedOut; Reported; what `program` and Transport say
[[nodiscard]] Result<Delivery> ask_with_room(
    Transport& transport, const Target& target, const Tries& tries, std::size_t& room,
    const std::function<Result<isa::Packet>(std::size_t room)>& program);

/// What to try with where so much room was too much; 0: one thing at a time.
[[nodiscard]] std::size_t narrower(std::size_t room);

/// Asking less at once may help: the answers did not fit a link or what the node answers a remote client, or
/// its budget was used up.
[[nodiscard]] bool is_too_much(const isa::Report& report);

/// Who sent a report: as the operator names the target, if it is that.
[[nodiscard]] std::string describe_from(const Target& target, const isa::Report& report);

/// `description` of a report as an error of who was asked, who is named where another reports.
[[nodiscard]] Error report_error(const Target& target, const isa::Report& report,
                                 const std::string& description);

/// An object and what came of it.
struct ObjectAnswer {
    Oid object;
    isa::Value value;
};

/// In as many packets as it takes; what is too much for a link or a node's budget is cut in halves.
/// @error TimedOut; Reported; Unsupported the node lacks the service; Protocol; TooLarge
[[nodiscard]] Result<std::vector<ObjectAnswer>> ask_by_snap(Transport& transport,
                                                            std::span<const Question> questions,
                                                            const Target& target, const Tries& tries);

/// What net-snmp's library wants to know of a target: the SNMP options, tries and the agent's address.
/// `agent` is an SNMP transport address. `default_retries`: instead of snmp.conf's; the operator's come
/// first.
[[nodiscard]] std::vector<std::string> manager_arguments(const Options& options, const std::string& agent,
                                                         std::optional<unsigned> default_retries = {});
/// "udp:192.0.2.1:161"
[[nodiscard]] std::string agent_address(const Target& target);

}  // namespace splash::cli
