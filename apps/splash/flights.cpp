#include "flights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace splash::cli {

Result<> Flights::launch(Flight flight) {
    return send({.flight = std::move(flight), .tried = 0, .deadline = {}});
}

Result<> Flights::send(UnderWay one) {
    const Target& target = one.flight.target;
    if (one.tried > one.flight.retries || tries_.is_over()) {
        return one.flight.landed(
            fail(Errc::TimedOut, fmt::format("{}: {} {} of {} ms by SNAP", target.to_string(), one.tried,
                                             one.tried == 1 ? "try" : "tries", tries_.timeout.count())));
    }
    ++one.tried;
    ++sent_;
    one.deadline = tries_.next_deadline();
    const auto id = transport_.send_beside(one.flight.program, kDefaultBound, target.address, one.deadline);
    if (!id) {
        return one.flight.landed(
            fail(id.error().code, fmt::format("{}: {}", target.to_string(), id.error().detail)));
    }
    under_way_.insert_or_assign(*id, std::move(one));
    return {};
}

Result<> Flights::wait() {
    if (under_way_.empty()) {
        return {};
    }
    const Instant deadline = std::ranges::min_element(under_way_, {}, [](const auto& entry) {
                                 return entry.second.deadline;
                             })->second.deadline;
    while (true) {
        const auto packet = transport_.receive(deadline);
        if (!packet && packet.error().code == Errc::TimedOut) {
            return land_the_overdue(deadline);
        }
        if (!packet) {
            return Failure(packet.error());
        }
        const auto found = under_way_.find(packet->header.request_id);
        if (found == under_way_.end()) {
            continue;  // a late answer to an earlier try
        }
        const UnderWay one = std::move(found->second);
        under_way_.erase(found);
        return one.flight.landed(read_answer(*packet));
    }
}

Result<> Flights::land_the_overdue(Instant now) {
    std::vector<UnderWay> overdue;
    for (auto entry = under_way_.begin(); entry != under_way_.end();) {
        if (entry->second.deadline <= now) {
            overdue.push_back(std::move(entry->second));
            entry = under_way_.erase(entry);
        } else {
            ++entry;
        }
    }
    for (UnderWay& one : overdue) {
        if (auto sent = send(std::move(one)); !sent) {
            return sent;
        }
    }
    return {};
}

}  // namespace splash::cli
