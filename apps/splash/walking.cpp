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

Failure circle(const Oid& object, const Oid& last, Ordering ordering) {
    return fail(Errc::Protocol, fmt::format("{} came after {}: {}", print_object(object), print_object(last),
                                            ordering == Ordering::Ascending
                                                ? "the agent's OIDs do not increase (--unordered goes on)"
                                                : "the agent leads in a circle"));
}

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
                return circle(line.object, last, ordering);
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
    const auto delivery = ask_with_room(
        transport_, target_, tries_, room_, [this, &after](std::size_t room) -> Result<isa::Packet> {
            return walk_program({.after = after, .end = root_.end(), .room = room, .ordering = ordering_},
                                transport_.journey());
        });
    return delivery ? read_stretch(*delivery, root_, target_) : Result<Batch>(Failure(delivery.error()));
}

}  // namespace splash::cli
