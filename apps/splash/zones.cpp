#include "zones.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "visiting.hpp"

namespace splash::cli {
namespace {

/// Where a packet is to begin.
struct Launch {
    Target node;
    std::optional<Resumption> resumption;
};

Target target_at(const IpAddress& address) {
    return Target{.text = address.to_string(), .address = address, .port = {}};
}

class Exploration {
public:
    Exploration(Transport& transport, const FloodPlan& plan, const Tries& tries, const ZoneProgress& progress)
        : transport_(transport), plan_(plan), tries_(tries), progress_(progress) {}

    Result<Zone> run(const Target& from) {
        waiting_.push_back({from, {}});
        // Whoever is found by a visit may lead to others; a few rounds are enough unless the network changes.
        for (unsigned round = 0; round < kRounds && !waiting_.empty(); ++round) {
            while (!waiting_.empty() && !tries_.is_over()) {
                const Launch launch = std::move(waiting_.front());
                waiting_.pop_front();
                if (auto launched = start(launch); !launched) {
                    return Failure(launched.error());
                }
            }
            if (zone_.nodes.empty()) {
                break;
            }
            if (auto visited = visit_the_silent(); !visited) {
                return Failure(visited.error());
            }
        }
        if (zone_.nodes.empty()) {
            return first_refusal_
                       ? Failure(*first_refusal_)
                       : fail(Errc::TimedOut, fmt::format("{}: nothing came back", from.to_string()));
        }
        zone_.is_closed = waiting_.empty() && unaccounted().empty();
        for (const Pending& pending : unaccounted()) {
            note_silence(pending.address, pending.neighbour_of, "the deadline passed");
        }
        std::ranges::sort(zone_.strangers, {}, &Stranger::address);
        return std::move(zone_);
    }

private:
    static constexpr unsigned kRounds = 8;

    struct Pending {
        IpAddress address;
        std::optional<IpAddress> neighbour_of;
    };

    Result<> start(const Launch& launch) {
        resumed_.erase(launch.node.address);
        const auto program = flood_program(plan_, launch.resumption);
        if (!program) {
            return Failure(program.error());
        }
        for (unsigned tried = 0; tried <= tries_.retries && !tries_.is_over(); ++tried) {
            ++zone_.launches;
            if (auto sent =
                    transport_.send(*program, plan_.bound, launch.node.address, tries_.next_deadline());
                !sent) {
                return fail(sent.error().code,
                            fmt::format("{}: {}", launch.node.to_string(), sent.error().detail));
            }
            const auto heard = gather(launch);
            if (!heard) {
                return Failure(heard.error());
            }
            if (*heard) {
                return {};
            }
        }
        note_silence(launch.node.address, {}, "no answer");
        return {};
    }

    /// Takes what comes until all neighbours sent to are known, or nothing comes any more. True if something
    /// came.
    Result<bool> gather(const Launch& launch) {
        bool is_heard = false;
        while (true) {
            const auto packet = transport_.receive(tries_.next_deadline());
            if (!packet && packet.error().code == Errc::TimedOut) {
                return is_heard;
            }
            if (!packet) {
                return Failure(packet.error());
            }
            // One node's nonsense shall not cost what the others told.
            const auto answer = read_answer(*packet);
            const auto* const report = answer ? std::get_if<isa::Report>(&*answer) : nullptr;
            const auto told =
                answer && report == nullptr ? read_flood(std::get<Delivery>(*answer).values) : std::nullopt;
            if (report == nullptr && !told) {
                ++zone_.unreadable;
                continue;
            }
            ++zone_.answers;
            is_heard = true;
            if (report != nullptr) {
                take_refusal(*report, launch);
            } else {
                take(*told);
            }
            progress_(zone_);
            if (is_launch_known(launch) && unaccounted().empty() && crossings_expected() == 0) {
                return true;
            }
        }
    }

    bool is_launch_known(const Launch& launch) const {
        if (launch.resumption) {
            return resumed_.contains(launch.node.address);
        }
        return has_told(launch.node.address) || is_stranger(launch.node.address);
    }

    /// Reports of links that are still under way: every neighbour answers, known or not.
    std::size_t crossings_expected() const {
        if (!plan_.tells_links) {
            return 0;
        }
        return static_cast<std::size_t>(std::ranges::count_if(sent_, [this](const auto& pair) {
            return !arrived_.contains(pair.second) && !is_stranger(pair.second);
        }));
    }

    void take(const FloodReport& told) {
        if (told.from) {
            zone_.crossings.push_back({*told.from, told.node, told.reached_at});
            arrived_.insert(told.reached_at);
        }
        if (told.kind == FloodReport::Kind::Again) {
            ZoneNode& node = node_at(told.node);
            node.addresses.insert(told.reached_at);
            return;
        }
        if (told.kind == FloodReport::Kind::Resumed) {
            resumed_.insert(told.node);
        } else {
            ZoneNode& node = node_at(told.node);
            if (node.name.empty()) {
                node.name = told.name;
                node.from = told.from;
                node.values = told.values;
            }
            node.has_told = true;
            node.is_in_zone = node.is_in_zone || told.kind == FloodReport::Kind::Zone;
            node.no_neighbours = told.no_neighbours;
            node.addresses.insert(told.reached_at);
            node.addresses.insert(told.other_addresses.begin(), told.other_addresses.end());
            node.not_remembered = node.not_remembered ? node.not_remembered : told.not_remembered;
            for (const IpAddress& neighbour : told.neighbours) {
                if (std::ranges::find(node.neighbours, neighbour) == node.neighbours.end()) {
                    node.neighbours.push_back(neighbour);
                }
            }
        }
        for (std::size_t i = told.left; i < told.neighbours.size(); ++i) {
            sent_.insert({told.node, told.neighbours[i]});
        }
        for (const auto& [neighbour, exception] : told.refused) {
            sent_.erase({told.node, neighbour});
            note_stranger(neighbour, told.node, isa::to_string(isa::Value(exception)));
        }
        // In portions that one packet's bound suffices for.
        const std::size_t portion = std::max<std::size_t>(1, (plan_.bound - 3U) / 3U);
        for (std::size_t i = 0; i < told.left; i += portion) {
            const auto begin = told.neighbours.begin() + static_cast<std::ptrdiff_t>(i);
            const auto end =
                told.neighbours.begin() + static_cast<std::ptrdiff_t>(std::min(told.left, i + portion));
            Resumption resumption{told.node, {begin, end}};
            // What did not get further from here once will not the next time: the node allows less bound.
            const bool is_stuck =
                told.kind == FloodReport::Kind::Resumed && told.left == told.neighbours.size();
            if (is_stuck) {
                note_stranger(*begin, told.node,
                              "that node lets the packet have too little bound to get there");
            } else if (attempts_.insert({told.node, resumption.neighbours}).second) {
                waiting_.push_back({target_at(told.node), std::move(resumption)});
            }
        }
    }

    void take_refusal(const isa::Report& report, const Launch& launch) {
        // What a node was about to bring home when it was refused is as good as brought.
        if (const auto told = read_flood({report.stack.rbegin(), report.stack.rend()})) {
            take(*told);
            return;
        }
        const std::string reason = describe_from(launch.node, report);
        if (!first_refusal_) {
            first_refusal_ = Error{Errc::Reported, fmt::format("{}: {}", launch.node.to_string(), reason)};
        }
        if (!report.node.is_unspecified() && owner(report.node) == nullptr) {
            note_stranger(report.node, {}, isa::to_string(report.reason));
        }
    }

    ZoneNode& node_at(const IpAddress& address) {
        auto found = std::ranges::find(zone_.nodes, address, &ZoneNode::address);
        if (found == zone_.nodes.end()) {
            std::erase_if(zone_.strangers, [&](const Stranger& s) { return s.address == address; });
            zone_.nodes.push_back({.address = address,
                                   .name = {},
                                   .has_told = false,
                                   .is_in_zone = false,
                                   .from = {},
                                   .addresses = {},
                                   .values = {},
                                   .neighbours = {},
                                   .no_neighbours = {},
                                   .not_remembered = {}});
            return zone_.nodes.back();
        }
        return *found;
    }

    const ZoneNode* owner(const IpAddress& address) const {
        const auto known = aliases_.find(address);
        return known != aliases_.end() ? zone_.find(known->second) : zone_.owner_of(address);
    }
    bool has_told(const IpAddress& address) const {
        const ZoneNode* const node = owner(address);
        return node != nullptr && node->has_told;
    }
    bool is_stranger(const IpAddress& address) const {
        return std::ranges::find(zone_.strangers, address, &Stranger::address) != zone_.strangers.end();
    }

    /// Neighbours that were sent to and are not known to be anybody, and nodes that sent and told nothing.
    std::vector<Pending> unaccounted() const {
        std::vector<Pending> open;
        for (const ZoneNode& node : zone_.nodes) {
            if (node.from && !has_told(*node.from) && !is_stranger(*node.from)) {
                open.push_back({*node.from, {}});
            }
        }
        for (const auto& [node, neighbour] : sent_) {
            if (!has_told(neighbour) && !is_stranger(neighbour)) {
                open.push_back({neighbour, node});
            }
        }
        return open;
    }

    /// Asks every neighbour of whom nothing was heard who it is: another address of a node that is known, a
    /// node whose report was lost, or nobody.
    Result<> visit_the_silent() {
        const std::vector<Pending> open = unaccounted();
        std::vector<Target> targets;
        for (const Pending& pending : open) {
            if (std::ranges::find(targets, pending.address, &Target::address) == targets.end()) {
                targets.push_back(target_at(pending.address));
            }
        }
        if (targets.empty() || tries_.is_over()) {
            return {};
        }
        SurveyPlan plan;
        plan.aggregate = Gathering::List;
        plan.task.objects = {node_address_object()};
        plan.room = kRoomyPacket;
        const auto survey = visit(transport_, plan, targets, tries_, [](const Survey&) {});
        if (!survey) {
            return Failure(survey.error());
        }
        zone_.launches += survey->packets;
        for (const SurveyRow& row : survey->rows) {
            const auto* const self = row.values.empty() ? nullptr : std::get_if<IpAddress>(row.values.data());
            if (self == nullptr) {
                continue;
            }
            aliases_[row.node] = *self;
            if (const ZoneNode* const known = zone_.find(*self); known == nullptr || !known->has_told) {
                waiting_.push_back({target_at(row.node), {}});
            }
        }
        for (const Unanswered& missing : survey->unanswered) {
            const auto told = std::ranges::find(open, missing.node.address, &Pending::address);
            if (missing.report == isa::Reason::NoSplash || missing.report == isa::Reason::NotAdmitted) {
                note_stranger(missing.node.address, told->neighbour_of, missing.reason);
            } else {
                note_silence(missing.node.address, told->neighbour_of, missing.reason);
            }
        }
        return {};
    }

    void note_stranger(const IpAddress& address, std::optional<IpAddress> neighbour_of,
                       const std::string& reason, bool is_silent = false) {
        for (const auto& [node, neighbour] : sent_) {
            if (!neighbour_of && neighbour == address) {
                neighbour_of = node;
            }
        }
        if (!is_stranger(address)) {
            zone_.strangers.push_back({address, neighbour_of, reason, is_silent});
        }
    }

    /// `asked`: what came of asking it by name.
    void note_silence(const IpAddress& address, std::optional<IpAddress> neighbour_of,
                      const std::string& asked) {
        const bool passed_on = std::ranges::find(zone_.nodes, address, &ZoneNode::from) != zone_.nodes.end();
        note_stranger(address, neighbour_of,
                      (passed_on ? "it passed the packet on, but its report was lost; asked by name: "
                                 : "nothing was heard of it; asked by name: ") +
                          asked,
                      true);
    }

    Transport& transport_;
    const FloodPlan& plan_;
    Tries tries_;
    const ZoneProgress& progress_;
    std::deque<Launch> waiting_;
    Zone zone_;
    std::set<std::pair<IpAddress, IpAddress>> sent_;  ///< node, neighbour it sent to
    std::set<IpAddress> arrived_;  ///< addresses at which a neighbour's packet was reported
    std::set<IpAddress> resumed_;
    std::set<std::pair<IpAddress, std::vector<IpAddress>>> attempts_;  ///< resumptions so far
    std::map<IpAddress, IpAddress> aliases_;  ///< an address → the address of its node, as the node said
    std::optional<Error> first_refusal_;
};

}  // namespace

const ZoneNode* Zone::find(const IpAddress& address) const {
    const auto found = std::ranges::find(nodes, address, &ZoneNode::address);
    return found == nodes.end() ? nullptr : &*found;
}

const ZoneNode* Zone::owner_of(const IpAddress& address) const {
    const auto found = std::ranges::find_if(nodes, [&](const ZoneNode& node) {
        return node.address == address || node.addresses.contains(address);
    });
    return found == nodes.end() ? nullptr : &*found;
}

std::string remark_on_unreadable(const Zone& zone) {
    return zone.unreadable == 0
               ? std::string()
               : fmt::format("{} packets that came as answers were no report of this flood\n",
                             zone.unreadable);
}

Result<Zone> explore(Transport& transport, const FloodPlan& plan, const Target& from, const Tries& tries,
                     const ZoneProgress& progress) {
    return Exploration(transport, plan, tries, progress).run(from);
}

}  // namespace splash::cli
