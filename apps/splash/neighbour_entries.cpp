#include "neighbour_entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

#include "isa/value.hpp"
#include "programs.hpp"
#include "shipped_programs.hpp"

namespace splash::cli {
namespace {

constexpr int number_of(NeighbourEntry entry) {
    return static_cast<int>(entry);
}

/// Those of the node's neighbours from whose nodes packets arrived there.
std::vector<IpAddress> arrivals_at(const Zone& zone, const ZoneNode& node) {
    std::vector<IpAddress> heard;
    std::ranges::copy_if(node.neighbours, std::back_inserter(heard), [&](const IpAddress& neighbour) {
        const ZoneNode* const owner = zone.owner_of(neighbour);
        return owner != nullptr && std::ranges::any_of(zone.crossings, [&](const Crossing& crossing) {
                   return crossing.from == owner->address && crossing.to == node.address;
               });
    });
    return heard;
}

isa::Packet keeping_program(std::span<const IpAddress> neighbours) {
    ProgramWriter program;
    append_way_there(program, Journey::Direct);
    for (const IpAddress& neighbour : neighbours) {
        program.push(isa::Str{neighbour.to_string()})
            .push(std::int64_t{number_of(NeighbourEntry::Splash)})
            .call("memmap_addint");
    }
    append_way_home(program, Journey::Direct);
    return program.op(isa::Opcode::Demuxall, 0).finish();
}

}  // namespace

std::string heard_lines() {
    return fmt::format(R"(        pull   0
        isaddr
        bez    new-pc                   ; it came from home
        calls  "if_getprevioushop"
        calls  "text"
        push   {}
        calls  "memmap_addint"
        pop
new:
)",
                       number_of(NeighbourEntry::Splash));
}

std::string unheard_lines() {
    return fmt::format(R"(        pull   2
        pull   1
        nths
        calls  "text"
        pull   0
        calls  "memmap_getint"
        isx
        bez    known-pc                 ; report neighbours failed left name
        pull   2
        istup
        bez    write-pc
        pull   2
        nth    2
        lti    0
        bne    known-pc                 ; the one before was refused, and so would this be
write:  push   {}
        calls  "memmap_addint"
        pull   0
        isx
        bez    known-pc
        pull   1
        neg
        pull   3
        mktup  3
        store  2                        ; failed is now (result, -left, failed)
        ji     noted-pc
known:  pop
noted:
)",
                       number_of(NeighbourEntry::Unheard));
}

std::string asked_lines(const IpAddress& agent) {
    static_assert(number_of(NeighbourEntry::Unheard) == 0);
    return push_line(isa::Str{agent.to_string()}) + fmt::format(R"(        pull   1
        isx
        eqi    0
        multi  {}
        calls  "memmap_addint"
)",
                                                                number_of(NeighbourEntry::Snmp));
}

Result<> keep_arrivals(Transport& transport, Zone& zone, const Target& first, const Tries& tries) {
    const ZoneNode* const owner = zone.owner_of(first.address);
    const auto node = std::ranges::find_if(zone.nodes, [owner](const ZoneNode& n) { return &n == owner; });
    if (node == zone.nodes.end()) {
        return {};
    }
    const std::vector<IpAddress> heard = arrivals_at(zone, *node);
    constexpr std::size_t kAtOnce = 16;  // names of IPv6 addresses leave room for their results, too
    for (std::size_t i = 0; i < heard.size() && !tries.is_over(); i += kAtOnce) {
        const auto some = std::span(heard).subspan(i, std::min(kAtOnce, heard.size() - i));
        const auto answer = ask(transport, keeping_program(some), kDefaultBound, first, tries);
        if (!answer && answer.error().code != Errc::TimedOut) {
            return Failure(answer.error());
        }
        const auto* const delivery = answer ? std::get_if<Delivery>(&*answer) : nullptr;
        if (delivery == nullptr) {
            node->not_remembered = isa::Exc::TimedOut;
            continue;
        }
        for (const isa::Value& value : delivery->values) {
            if (const auto* const refused = std::get_if<isa::Exc>(&value)) {
                node->not_remembered = *refused;
            }
        }
    }
    return {};
}

}  // namespace splash::cli
