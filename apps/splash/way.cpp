#include "way.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "bulk_reading.hpp"
#include "row_program.hpp"

namespace splash::cli {
namespace {

constexpr std::size_t kIpHeader = 20;
constexpr std::size_t kRouterAlert = 4;
constexpr std::size_t kUdpHeader = 8;
/// What is left of the code of a program that comes home: append_way_home().
constexpr std::size_t kCodeHome = 2 * sizeof(std::uint32_t);

std::size_t headers_of(Journey journey) {
    switch (journey) {
        case Journey::Stays: return kIpHeader + kUdpHeader;
        case Journey::Direct: return kIpHeader;
        case Journey::ByHop: return kIpHeader + kRouterAlert;
    }
    return 0;
}

/// Octets of a packet that brings these values home.
std::size_t packet_home(const std::vector<isa::Value>& values, Journey journey) {
    isa::HeapWriter heap;
    for (const isa::Value& value : values) {
        static_cast<void>(heap.put(value));
    }
    return isa::kHeaderSize4 + (journey == Journey::Stays ? 0 : kCodeHome) + heap.heap().size() +
           values.size() * isa::kWordSize;
}

WayCost exchange(std::size_t program, std::size_t answer, Journey journey, std::size_t padded) {
    return {.messages = 2, .octets = std::max(program, padded) + answer + 2 * headers_of(journey)};
}

void add(WayCost& sum, const WayCost& more) {
    sum.messages += more.messages;
    sum.octets += more.octets;
}

std::vector<isa::Value> results_of(std::span<const Question> questions) {
    std::vector<isa::Value> values;
    for (const Question& question : questions) {
        if (question.kind == Question::Kind::Next) {
            values.emplace_back(question.object);
        }
        values.push_back(question.kind == Question::Kind::Set ? isa::Value(std::int64_t{1})
                                                              : typical_value(question.object));
    }
    return values;
}

Oid cell(const Oid& column, std::size_t row) {
    std::vector<std::uint32_t> subids(column.subids().begin(), column.subids().end());
    subids.push_back(static_cast<std::uint32_t>(row));
    return Oid::from_subids(subids).value_or(column);
}

/// Rows as a packet brings them, in as many packets as it takes.
Result<WayCost> cost_of_rows(const Work& work, Journey journey, std::size_t padded) {
    const RowQuery& query = *work.query;
    const auto program = row_program(query, query.key(), kRoomyPacket, journey);
    if (!program) {
        return Failure(program.error());
    }
    const std::size_t size = program->to_wire().size();
    WayCost cost;
    std::vector<isa::Value> home{query.key(), std::int64_t{0}};
    if (query.aggregate) {
        const std::size_t values = query.aggregate->picks_rows() ? std::size_t{2} * query.aggregate->most : 2;
        for (std::size_t i = 0; i < values; ++i) {
            home.push_back(i % 2 == 0 && query.aggregate->picks_rows() ? isa::Value(cell(query.key(), i))
                                                                       : typical_value(query.key()));
        }
    } else {
        for (std::size_t row = 1; row <= work.wanted_rows; ++row) {
            std::vector<isa::Value> more{cell(query.key(), row)};
            std::ranges::transform(query.shown, std::back_inserter(more), typical_value);
            if (packet_home(home, journey) + packet_home(more, journey) > kRoomyPacket) {
                add(cost, exchange(size, packet_home(home, journey), journey, padded));
                home = {query.key(), std::int64_t{0}};
            }
            std::ranges::move(more, std::back_inserter(home));
        }
    }
    add(cost, exchange(size, packet_home(home, journey), journey, padded));
    return cost;
}

Result<WayCost> cost_of_walk(const Work& work, Journey journey, std::size_t padded) {
    WayCost cost;
    std::vector<isa::Value> home;
    const auto send = [&](const Oid& after) {
        const isa::Packet program =
            walk_program({.after = after, .end = after, .room = kRoomyPacket}, journey);
        add(cost, exchange(program.to_wire().size(), packet_home(home, journey), journey, padded));
        home.clear();
    };
    for (const Oid& object : work.objects) {
        std::vector<isa::Value> pair{object, typical_value(object)};
        if (packet_home(home, journey) + packet_home(pair, journey) > kRoomyPacket) {
            send(object);
        }
        std::ranges::move(pair, std::back_inserter(home));
    }
    if (!work.objects.empty()) {
        send(work.objects.back());
    }
    return cost;
}

std::uint64_t saved(const Facts& facts) {
    return facts.snmp->octets > facts.snap->octets ? facts.snmp->octets - facts.snap->octets : 0;
}

bool saves_enough(const Facts& facts) {
    return saved(facts) * 10 >= facts.snmp->octets;
}

}  // namespace

Work work_of(std::vector<Question> questions) {
    return {.questions = std::move(questions), .objects = {}, .query = {}};
}

Work work_of_walk(const Oid& root) {
    Work work{.questions = {}, .objects = {}, .query = {}};
    for (std::size_t row = 1; row <= 4 * kAssumedRows; ++row) {
        work.objects.push_back(cell(cell(cell(root, 1), 1 + row / kAssumedRows), row));
    }
    return work;
}

Work work_of_rows(const RowQuery& query, bool is_chosen_on_node) {
    Work work{.questions = {}, .objects = {}, .query = {}};
    const std::vector<Oid> columns = query.columns();
    work.columns = columns.size();
    for (std::size_t row = 1; row <= kAssumedRows; ++row) {
        for (const Oid& column : columns) {
            work.objects.push_back(cell(column, row));
        }
    }
    work.wanted_rows = query.where ? kAssumedRows / kOneIn : kAssumedRows;
    if (is_chosen_on_node) {
        work.query = query;
    }
    return work;
}

isa::Value typical_value(const Oid& object) {
    constexpr std::int64_t kCounted = 1'000'000'000;
    constexpr std::size_t kText = 16;
    switch (syntax_of(object).value_or(Syntax::Node)) {
        case Syntax::Integer: return std::int64_t{1};
        case Syntax::Counter64: return kCounted * 1000;
        case Syntax::OctetString:
        case Syntax::DisplayString: return isa::Str{std::string(kText, 'x')};
        case Syntax::Oid: return object;
        case Syntax::IpAddress: return IpAddress();
        case Syntax::Counter32:
        case Syntax::Gauge32:
        case Syntax::TimeTicks:
        case Syntax::Node: break;
    }
    return kCounted;
}

Result<WayCost> cost_by_snmp(const Work& work, const SnmpSize& size) {
    WayCost cost;
    const auto message = [&](const std::vector<Binding>& bindings) -> Result<> {
        const auto octets = size(bindings);
        if (!octets) {
            return Failure(octets.error());
        }
        add(cost, {.messages = 1, .octets = *octets + kIpHeader + kUdpHeader});
        return {};
    };
    std::vector<Binding> request;
    std::vector<Binding> answer;
    const auto exchange_both = [&]() -> Result<> {
        auto sent = message(request);
        return sent ? message(answer) : sent;
    };
    if (!work.questions.empty()) {
        for (const Question& question : work.questions) {
            const bool is_set = question.kind == Question::Kind::Set;
            request.push_back({question.object, is_set ? std::optional(question.value) : std::nullopt});
            answer.push_back({question.object, is_set ? question.value : typical_value(question.object)});
        }
        auto sent = exchange_both();
        return sent ? Result<WayCost>(cost) : Failure(sent.error());
    }
    SPLASH_ASSERT(work.columns > 0, "a table without columns is refused before it is weighed");
    // As BulkReader goes on: the columns in one request, answers that grow.
    std::size_t bindings = Pace::kFirstBindings;
    for (std::size_t at = 0; at < work.objects.size();) {
        request.clear();
        answer.clear();
        for (std::size_t i = 0; i < work.columns; ++i) {
            request.push_back({work.objects[std::min(at + i, work.objects.size() - 1)], std::nullopt});
        }
        const std::size_t rows = std::max<std::size_t>(1, bindings / work.columns);
        for (std::size_t i = 0; i < rows * work.columns; ++i, ++at) {
            const Oid& object = work.objects[std::min(at, work.objects.size() - 1)];
            answer.push_back({object, typical_value(object)});
        }
        if (auto sent = exchange_both(); !sent) {
            return Failure(sent.error());
        }
        bindings *= 2;
    }
    return cost;
}

Result<WayCost> cost_by_snap(const Work& work, Journey journey, std::size_t padded) {
    if (work.query) {
        return cost_of_rows(work, journey, padded);
    }
    if (work.questions.empty()) {
        return cost_of_walk(work, journey, padded);
    }
    const auto runs = split_questions(work.questions, journey);
    if (!runs) {
        return Failure(runs.error());
    }
    WayCost cost;
    for (const std::span<const Question> run : *runs) {
        add(cost, exchange(question_program(run, journey).to_wire().size(),
                           packet_home(results_of(run), journey), journey, padded));
    }
    return cost;
}

WayCost cost_of_probe(Journey journey, std::size_t padded) {
    const std::vector<isa::Value> answer{isa::Str{std::string(8, '0')}};
    return exchange(node_info_program("version", journey).to_wire().size(), packet_home(answer, journey),
                    journey, padded);
}

bool is_worth_probing(const Facts& facts) {
    if (!facts.snap) {
        return false;
    }
    return !facts.snmp || (saves_enough(facts) && saved(facts) > facts.probe.octets);
}

Choice choose_way(const Facts& facts) {
    if (!facts.snap) {
        return {Via::Snmp, facts.snap_refusal};
    }
    if (facts.runs == Runs::No) {
        return {Via::Snmp, facts.runs_because};
    }
    if (facts.runs == Runs::Silent) {
        return {Via::Snmp, "no Splash node answered there"};
    }
    if (!facts.snmp) {
        return {Via::Snap, "no SNMP: " + facts.snmp_refusal};
    }
    const std::string both = fmt::format("SNAP {} octets, SNMP {}", facts.snap->octets, facts.snmp->octets);
    if (!saves_enough(facts)) {
        return {Via::Snmp, both};
    }
    if (facts.runs == Runs::Unknown) {
        return {Via::Snmp,
                both + fmt::format("; to ask whether it runs Splash costs {}", facts.probe.octets)};
    }
    return {Via::Snap, both};
}

}  // namespace splash::cli
