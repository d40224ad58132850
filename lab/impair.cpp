#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "impair_plan.hpp"
#include "lab/lab.hpp"
#include "link_end.hpp"
#include "paths.hpp"
#include "process.hpp"
#include "record.hpp"
#include "standing_lab.hpp"
#include "tool.hpp"
#include "topology_rules.hpp"
#include "wire.hpp"

namespace splash::lab {
namespace {

Result<bool> probe_netem() {
    const auto done = run_tool({.argv = {"tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"},
                                .input = {},
                                .netns = {}});
    if (!done && done.error().code == Errc::Unsupported) {
        return Failure(done.error());
    }
    return done.has_value();
}

/// One end of a link and what is done to the packets sent there.
struct Direction {
    std::size_t node;
    const std::string& interface;
    Impairment& impairment;
    ProcessId& wire;
};

Direction direction(Record& record, std::size_t link, Side side) {
    const Link& it = record.links[link];
    LinkRecord& condition = record.conditions[link];
    return side == Side::A ? Direction{it.a, it.a_interface, condition.from_a, condition.wire_a}
                           : Direction{it.b, it.b_interface, condition.from_b, condition.wire_b};
}

/// Changes a lab's links and keeps its record true.
class Change {
public:
    Change(Record& record, bool has_netem) : record_(record), has_netem_(has_netem) {}

    [[nodiscard]] Result<> impair(std::size_t link, Side side, const Impairment& impairment) {
        const Direction at = direction(record_, link, side);
        const auto netns = open_namespace(at.node);
        if (!netns) {
            return Failure(netns.error());
        }
        const std::string tap = fmt::format("wire-{}", link);
        const ImpairPlan plan = plan_impairment(impairment, has_netem_, at.interface, tap);
        auto done = clear(at, netns->get(), plan, tap);
        if (done && impairment != Impairment{}) {
            done = install(at, netns->get(), plan, impairment, tap);
            if (!done) {
                static_cast<void>(clear(at, netns->get(), plan, tap));  // the first error is the one to tell
            }
        }
        return done;
    }

    [[nodiscard]] Result<> set_down(std::size_t link, bool is_down) {
        for (const Side side : {Side::A, Side::B}) {
            const Direction at = direction(record_, link, side);
            const auto netns = open_namespace(at.node);
            if (!netns) {
                return Failure(netns.error());
            }
            if (auto done =
                    ip(*netns, fmt::format("link set dev {} {}\n", at.interface, is_down ? "down" : "up"));
                !done) {
                return done;
            }
        }
        record_.conditions[link].is_down = is_down;
        return is_down ? Result<>() : restore_routes(link);
    }

private:
    [[nodiscard]] Result<Descriptor> open_namespace(std::size_t node) const {
        const std::string path = netns_file(record_.name, record_.nodes[node].name);
        Descriptor netns(open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!netns.is_open()) {
            return system_failure(errno, "open " + path);
        }
        return netns;
    }

    [[nodiscard]] static Result<> tc(int netns, const std::string& lines) {
        if (lines.empty()) {
            return {};
        }
        return run_tool({.argv = {"tc", "-batch", "-"}, .input = lines, .netns = netns}).map([](const auto&) {
        });
    }
    [[nodiscard]] static Result<> ip(const Descriptor& netns, const std::string& lines) {
        return run_tool({.argv = {"ip", "-batch", "-"}, .input = lines, .netns = netns.get()})
            .map([](const auto&) {});
    }

    [[nodiscard]] static Result<> clear(const Direction& at, int netns, const ImpairPlan& plan,
                                        const std::string& tap) {
        auto done = tc(netns, plan.clear);
        if (done) {
            auto wires = wires_holding(tap, netns);
            wires.push_back(at.wire);
            done = end_processes(wires);
        }
        if (done) {
            at.wire = {};
            at.impairment = {};
        }
        return done;
    }

    [[nodiscard]] static Result<> install(const Direction& at, int netns, const ImpairPlan& plan,
                                          const Impairment& impairment, const std::string& tap) {
        if (auto done = tc(netns, plan.before_wire); !done) {
            return done;
        }
        if (plan.needs_wire) {
            const auto wire = start_wire({.interface = at.interface, .tap = tap, .netns = netns}, impairment);
            if (!wire) {
                return Failure(wire.error());
            }
            at.wire = *wire;
            if (auto done = tc(netns, plan.after_wire); !done) {
                return done;
            }
        }
        at.impairment = impairment;
        return {};
    }

    /// The kernel forgot the routes through both interfaces when they went down.
    [[nodiscard]] Result<> restore_routes(std::size_t link) {
        Topology topology;
        topology.nodes.resize(record_.nodes.size());
        topology.links = record_.links;
        const auto hops = next_hops(topology);
        const std::vector<IpVersion> has = versions();
        const bool has_ipv6 = std::ranges::find(has, IpVersion::V6) != has.end();
        for (const Side side : {Side::A, Side::B}) {
            const Direction at = direction(record_, link, side);
            const std::size_t far = direction(record_, link, side == Side::A ? Side::B : Side::A).node;
            if (first_between(at.node, far) != link) {
                continue;  // routes use the first of several links
            }
            std::string lines;
            if (has_ipv6) {  // the only address that went with the interface
                lines = fmt::format("address replace {}/64 dev {} nodad\n",
                                    link_local_of(at.node).to_string(), at.interface);
            }
            for (std::size_t to = 0; to < topology.nodes.size(); ++to) {
                if (to == at.node || hops[at.node][to] != far) {
                    continue;
                }
                for (const IpVersion version : has) {
                    const Side other = side == Side::A ? Side::B : Side::A;
                    lines += fmt::format("route replace {} via {} dev {} src {} proto static\n",
                                         loopback_of(to, version).to_string(),
                                         link_address(link, other, version).to_string(), at.interface,
                                         loopback_of(at.node, version).to_string());
                }
            }
            const auto netns = open_namespace(at.node);
            if (!netns) {
                return Failure(netns.error());
            }
            if (auto done = ip(*netns, lines); !done) {
                return done;
            }
        }
        return {};
    }

    [[nodiscard]] std::size_t first_between(std::size_t one, std::size_t other) const {
        const auto joins = [&](const Link& l) {
            return (l.a == one && l.b == other) || (l.a == other && l.b == one);
        };
        return static_cast<std::size_t>(std::ranges::find_if(record_.links, joins) - record_.links.begin());
    }

    Record& record_;
    bool has_netem_;
};

/// Of a link at which another was interrupted, also what is not asked for is set, as it was.
Result<> change(Record& record, const ImpairRequest& request, const SelectedLink& at, bool has_netem,
                bool was_interrupted) {
    Change change(record, has_netem);
    const LinkRecord before = record.conditions[at.link];
    Result<> done;
    for (const Side side : {Side::A, Side::B}) {
        const bool is_meant = request.impairment && (side == Side::A ? at.is_from_a : at.is_from_b);
        if (done && (is_meant || was_interrupted)) {
            const Impairment& kept = side == Side::A ? before.from_a : before.from_b;
            done = change.impair(at.link, side, is_meant ? *request.impairment : kept);
        }
    }
    // Also where the record says so already: a program or a tool inside may have set the interfaces
    // meanwhile.
    const bool is_meant = request.is_down.has_value() || was_interrupted;
    return done && is_meant ? change.set_down(at.link, request.is_down.value_or(before.is_down)) : done;
}

/// What the links are until it is done. @error System
Result<std::vector<bool>> mark_as_changing(Record& record, const std::vector<SelectedLink>& links) {
    std::vector<bool> were_changing;
    were_changing.reserve(links.size());
    for (const SelectedLink& one : links) {
        were_changing.push_back(std::exchange(record.conditions[one.link].is_changing, true));
    }
    return save(record).map([&] { return were_changing; });
}

}  // namespace

Result<ImpairReport> impair(const ImpairRequest& request) {
    if (request.impairment) {
        if (auto good = check(*request.impairment); !good) {
            return Failure(good.error());
        }
    }
    auto lab = StandingLab::take(request.lab);
    if (!lab) {
        return Failure(lab.error());
    }
    Record& record = lab->record();
    const auto selected = select_links(record, request.where, request.one_way ? Ways::FromFirst : Ways::Both);
    if (!selected) {
        return Failure(selected.error());
    }
    const auto has_netem = probe_netem();
    if (!has_netem) {
        return Failure(has_netem.error());
    }
    ImpairReport report{.links = {}, .has_netem = *has_netem, .means = {}};
    if (request.impairment) {
        report.means = plan_impairment(*request.impairment, *has_netem, "", "").means;
    }
    const auto were_interrupted = mark_as_changing(record, *selected);
    if (!were_interrupted) {
        return Failure(were_interrupted.error());
    }
    Result<> done;
    for (std::size_t i = 0; i < selected->size(); ++i) {
        const SelectedLink& one = (*selected)[i];
        LinkRecord& link = record.conditions[one.link];
        if (done) {
            done = change(record, request, one, *has_netem, (*were_interrupted)[i]);
            link.is_changing = !done && (*were_interrupted)[i];
            report.links.push_back(one.link);
        } else {
            link.is_changing = (*were_interrupted)[i];
        }
    }
    const auto saved = save(record);  // also what was done before a failure
    if (!done || !saved) {
        return Failure(!done ? done.error() : saved.error());
    }
    return report;
}

}  // namespace splash::lab
