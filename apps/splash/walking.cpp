#include "walking.hpp"

#include <fmt/format.h>

#include <set>

#include "value_text.hpp"

namespace splash::cli {
namespace {

bool is_end_of_view(const isa::Value& value) {
    return value == isa::Value(isa::Exc::EndOfMibView);
}

/// What a stretch brought home: pairs, and three more values if it says how it ended.
Result<Batch> read_stretch(const Delivery& delivery, const SubtreeRoot& root, const Target& target) {
    const std::vector<isa::Value>& values = delivery.values;
    const bool tells_end = values.size() % 2 == 1;
    const auto malformed = [&] {
        return fail(Errc::Protocol, fmt::format("{} delivered {} values that are no stretch of a walk",
                                                target.to_string(), values.size()));
    };
    if (tells_end && values.size() < 3) {
        return malformed();
    }
    std::vector<ObjectAnswer> found;
    const std::size_t pairs = values.size() / 2 - (tells_end ? 1 : 0);
    for (std::size_t i = 0; i < pairs; ++i) {
        const auto* object = std::get_if<Oid>(&values[2 * i]);
        if (object == nullptr) {
            return malformed();
        }
        found.push_back({*object, values[2 * i + 1]});
    }
    Batch batch{.lines = lines_from(found), .is_last = false};
    if (!tells_end) {
        return batch;
    }
    const isa::Value& last = values.back();
    const auto* object = std::get_if<Oid>(&values[values.size() - 2]);
    if (is_end_of_view(last) || (object != nullptr && !root.contains(*object))) {
        batch.is_last = true;
        return batch;
    }
    if (const auto* exception = std::get_if<isa::Exc>(&last)) {
        return *exception == isa::Exc::NoSuchService
                   ? fail(Errc::Unsupported, fmt::format("{} has no snmp_* services", target.to_string()))
                   : fail(Errc::Refused,
                          fmt::format("{}: {}", target.to_string(), isa::to_string(*exception)));
    }
    if (object == nullptr) {
        return malformed();
    }
    // It does not follow: who takes the batch apart will see that.
    batch.lines.push_back({*object, last, {}, {}});
    return batch;
}

}  // namespace

Result<> walk_subtree(const SubtreeRoot& root, Ordering ordering, const Fetch& fetch,
                      const std::function<void(const Line&)>& take) {
    Oid last = root.asked();
    std::set<Oid> seen;  // only where nothing else tells a circle
    while (true) {
        const auto batch = fetch(last);
        if (!batch) {
            return Failure(batch.error());
        }
        for (const Line& line : batch->lines) {
            if (is_end_of_view(line.value) || !root.contains(line.object)) {
                return {};
            }
            const bool is_circle =
                ordering == Ordering::Ascending ? line.object <= last : !seen.insert(line.object).second;
            if (is_circle) {
                return fail(Errc::Protocol,
                            fmt::format("{} came after {}: {}", print_object(line.object), print_object(last),
                                        ordering == Ordering::Ascending
                                            ? "the agent's OIDs do not increase (--unordered goes on)"
                                            : "the agent leads in a circle"));
            }
            take(line);
            last = line.object;
        }
        if (batch->is_last) {
            return {};
        }
        if (batch->lines.empty()) {
            return fail(Errc::Protocol, fmt::format("nothing was said to follow {}", print_object(last)));
        }
    }
}

Result<Batch> SnapFetch::operator()(const Oid& after) {
    // With no room at all one object comes alone; if that does not fit, nothing helps.
    const auto narrower = [](std::size_t room) {
        constexpr std::size_t kLeast = 128;
        return room / 2 < kLeast ? 0 : room / 2;
    };
    Tries one = tries_;
    one.retries = 0;
    unsigned tried = 0;
    std::size_t room = room_;
    while (true) {
        const isa::Packet program = walk_program(
            {.after = after, .end = root_.end(), .room = room, .ordering = ordering_}, transport_.journey());
        const auto answer = ask(transport_, program, kDefaultBound, target_, one);
        if (!answer && answer.error().code == Errc::TimedOut) {
            ++tried;
            if (tried > tries_.retries || tries_.is_over()) {
                return fail(Errc::TimedOut,
                            fmt::format("{} {} of {} ms by SNAP", tried, tried == 1 ? "try" : "tries",
                                        tries_.timeout.count()));
            }
            room = narrower(room);  // a large answer may be what gets lost
            continue;
        }
        if (!answer) {
            return Failure(answer.error());
        }
        const auto* report = std::get_if<isa::Report>(&*answer);
        if (report == nullptr) {
            return read_stretch(std::get<Delivery>(*answer), root_, target_);
        }
        if (!is_too_much(*report) || room == 0) {
            return fail(Errc::Reported, describe_from(target_, *report));
        }
        room = narrower(room);
        room_ = room;  // the way home will not get wider
    }
}

}  // namespace splash::cli
