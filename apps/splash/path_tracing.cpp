#include "path_tracing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "programs.hpp"
#include "silence.hpp"
#include "way.hpp"

namespace splash::cli {
namespace {

/// What a hop adds to a packet: its tuple and what that names, and a little for long names.
std::size_t hop_size(std::span<const Oid> objects) {
    constexpr std::size_t kNameAndAddress = 64;
    std::size_t size = kNameAndAddress + (objects.size() + 6) * isa::kWordSize;
    for (const Oid& object : objects) {
        isa::HeapWriter heap;  // of its own: equal values would share their place
        static_cast<void>(heap.put(typical_value(object)));
        size += heap.heap().size();
    }
    return size;
}

std::size_t size_with(std::span<const Oid> objects) {
    const std::vector<Oid> asked(objects.begin(), objects.end());
    return path_program(asked).to_wire().size() + hop_size(objects);
}

/// In runs of which the packet still has room for a few hops. @error TooLarge one alone has not
Result<std::vector<std::vector<Oid>>> rounds_of(const std::vector<Oid>& objects) {
    constexpr std::size_t kRoomForObjects = kRoomyPacket / 2;
    std::vector<std::vector<Oid>> rounds(1);
    for (const Oid& object : objects) {
        rounds.back().push_back(object);
        if (size_with(rounds.back()) <= kRoomForObjects) {
            continue;
        }
        if (rounds.back().size() == 1) {
            return fail(Errc::TooLarge, fmt::format("the object {}: a packet has no room for hops beside it",
                                                    object.to_string()));
        }
        rounds.back().pop_back();
        rounds.push_back({object});
    }
    return rounds;
}

bool ran_out_of_bound(const isa::Report& report) {
    return report.reason == isa::reason_from_exc(isa::Exc::NotEnoughBound) ||
           report.reason == isa::reason_from_exc(isa::Exc::BoundNotPositive);
}

/// A report is no larger than the packet was and needs room itself: the oldest answers go. From another node
/// it may have none at all. A packet that goes home earlier brings them.
bool has_lost_hops(const std::vector<Hop>& hops) {
    return hops.empty() || hops.front().number > 1;
}

/// A packet comes to a node by an address for the second time.
bool goes_round(const std::vector<Hop>& hops) {
    return std::ranges::any_of(
        hops, [&hops](const Hop& hop) { return std::ranges::count(hops, hop.address, &Hop::address) > 1; });
}

class Tracing {
public:
    Tracing(Transport& transport, std::vector<Oid> objects, const Target& target, const Tries& tries,
            const PathProgress& progress, TracedPath& path)
        : transport_(transport),
          objects_(std::move(objects)),
          target_(target),
          tries_(tries),
          progress_(progress),
          path_(path) {}

    Result<> run() {
        const auto is_done = go_whole();
        if (!is_done || *is_done) {
            return is_done ? Result<>() : Failure(is_done.error());
        }
        while (true) {
            const auto goes_on = go_sector();
            if (!goes_on) {
                // What is known is worth having; without it there is only the error.
                if (path_.hops.empty()) {
                    return Failure(goes_on.error());
                }
                path_.error =
                    Error{goes_on.error().code, fmt::format("{}; {}", goes_on.error().detail, last_known())};
                return {};
            }
            progress_(path_);
            if (!*goes_on) {
                return {};
            }
        }
    }

private:
    /// Packets by plain IP cross 64 links at most, and another packet may bring as many hops as these.
    static constexpr std::size_t kFarByPlainIp = 32;

    /// True: that was all there is to know.
    Result<bool> go_whole() {
        const isa::Packet program = path_program(objects_);
        auto answer = ask(transport_, program, kDefaultBound, target_, tries_);
        if (!answer && answer.error().code == Errc::TimedOut) {
            answer = locate_silence(transport_, program, target_, objects_.size(), tries_);
        }
        if (!answer) {
            return Failure(answer.error());
        }
        ++path_.packets;
        if (const auto* const report = std::get_if<isa::Report>(&*answer)) {
            auto hops = hops_of(*report, objects_.size());
            if (goes_round(hops)) {  // until the packet was full or its bound used up
                path_.hops = std::move(hops);
                end_with(*report);
                return true;
            }
            if (is_too_much(*report) || ran_out_of_bound(*report)) {
                return false;
            }
            if (has_lost_hops(hops)) {
                refusal_ = *report;
                return false;
            }
            path_.hops = std::move(hops);
            end_with(*report);
            return true;
        }
        auto hops = read_hops(std::get<Delivery>(*answer).values, objects_.size());
        if (!hops) {
            return Failure(hops.error());
        }
        path_.hops = *std::move(hops);
        return true;
    }

    /// False: the path is known up to its end.
    Result<bool> go_sector() {
        PathSector sector{.from = {},
                          .target = target_.address,
                          .limit = 0,
                          .journey = journey_,
                          .hops_before = static_cast<std::int32_t>(path_.hops.size())};
        Target begin = target_;
        if (!path_.hops.empty()) {
            sector.from = last_node_;
            begin = Target{.text = name_of(path_.hops.back()), .address = last_node_, .port = {}};
        }
        const std::size_t next_hop = hop_size(objects_);
        sector.limit = static_cast<std::int32_t>(room_ > next_hop ? room_ - next_hop : 0);
        const auto answer =
            ask(transport_, path_sector_program(objects_, sector), kDefaultBound, begin, tries_);
        const auto* const report = answer ? std::get_if<isa::Report>(&*answer) : nullptr;
        const bool is_too_far = answer ? report != nullptr && report->reason == isa::Reason::TtlExceeded
                                       : answer.error().code == Errc::TimedOut;
        if (is_too_far && refusal_) {
            end_with(*refusal_);  // told before, and not again so soon
            return false;
        }
        if (is_too_far && journey_ == Journey::Direct) {
            journey_ = Journey::ByHop;
            return true;
        }
        if (is_too_far && room_ > 0) {
            room_ = 0;  // as far as it goes, hop by hop
            return true;
        }
        if (!answer) {
            return Failure(answer.error());
        }
        ++path_.packets;
        if (report != nullptr) {
            if (is_too_much(*report) && room_ > 0) {
                room_ = narrower(room_);
                return true;
            }
            const auto hops = hops_of(*report, objects_.size());
            if (has_lost_hops(hops) && room_ > 0) {
                room_ = 0;  // hop by hop: nodes send few reports a second
                refusal_ = *report;
                return true;
            }
            take(hops);
            end_with(*report);
            return false;
        }
        const auto told = read_path_sector(std::get<Delivery>(*answer).values, objects_.size());
        if (!told) {
            return Failure(told.error());
        }
        const bool is_circle = std::ranges::any_of(told->hops, [this](const Hop& hop) {
            return std::ranges::find(path_.hops, hop.address, &Hop::address) != path_.hops.end();
        });
        if (is_circle) {
            path_.error =
                Error{Errc::Reported, fmt::format("the way goes round in a circle; {}", last_known())};
            return false;
        }
        if (told->hops.empty()) {
            return fail(Errc::Protocol, fmt::format("{} delivered no hop", begin.to_string()));
        }
        take(told->hops);
        last_node_ = told->last_node;
        if (path_.hops.size() >= kFarByPlainIp) {
            journey_ = Journey::ByHop;
        }
        return !told->is_at_target;
    }

    void take(const std::vector<Hop>& hops) {
        for (const Hop& hop : hops) {
            path_.hops.push_back(hop);
            path_.hops.back().number = path_.hops.size();
        }
    }

    void end_with(const isa::Report& report) {
        path_.report = report;
        path_.error = Error{Errc::Reported, describe_from(target_, report)};
    }

    [[nodiscard]] std::string last_known() const {
        const Hop& last = path_.hops.back();
        return fmt::format("hop {}, {} ({}), is the last that is known", last.number, name_of(last),
                           last.address.to_string());
    }

    Transport& transport_;
    std::vector<Oid> objects_;
    const Target& target_;
    Tries tries_;
    const PathProgress& progress_;
    TracedPath& path_;
    IpAddress last_node_;  ///< of the hops so far, by its own address
    std::size_t room_ = kRoomyPacket;
    Journey journey_ = Journey::Direct;
    std::optional<isa::Report> refusal_;  ///< where the path ends, while its hops are gathered
};

/// The values of another round to the hops that are known. What ends earlier ends the path.
void add_round(const TracedPath& round, TracedPath& path) {
    std::size_t same = 0;
    while (same < std::min(round.hops.size(), path.hops.size()) &&
           round.hops[same].address == path.hops[same].address) {
        const std::vector<isa::Value>& more = round.hops[same].values;
        path.hops[same].values.insert(path.hops[same].values.end(), more.begin(), more.end());
        ++same;
    }
    const bool is_shorter = same < path.hops.size();
    path.packets += round.packets;
    if (!is_shorter) {
        return;
    }
    path.hops.resize(same);
    path.report = round.report;
    path.error = round.error
                     ? round.error
                     : std::optional(Error{Errc::Protocol,
                                           fmt::format("behind hop {} the way changed meanwhile", same)});
}

}  // namespace

Result<TracedPath> trace_path(Transport& transport, const std::vector<Oid>& objects, const Target& target,
                              const Tries& tries, const PathProgress& progress) {
    const auto rounds = rounds_of(objects);
    if (!rounds) {
        return Failure(rounds.error());
    }
    TracedPath path;
    for (const std::vector<Oid>& round : *rounds) {
        TracedPath traced;
        if (auto run = Tracing(transport, round, target, tries, progress, traced).run(); !run) {
            if (&round == rounds->data()) {
                return Failure(run.error());
            }
            traced.error = run.error();
        }
        if (&round == rounds->data()) {
            path = std::move(traced);
        } else {
            add_round(traced, path);
        }
    }
    return path;
}

}  // namespace splash::cli
