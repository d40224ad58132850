#include "answers.hpp"

#include <fmt/format.h>

#include <memory>

#include "isa/opcodes.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

std::optional<Hop> read_hop(const isa::Value& value, std::size_t objects) {
    constexpr std::size_t kFixed = 4;
    const auto* tuple = std::get_if<std::shared_ptr<const isa::Tuple>>(&value);
    if (tuple == nullptr || (*tuple)->fields.size() != kFixed + objects) {
        return std::nullopt;
    }
    const std::vector<isa::Value>& fields = (*tuple)->fields;
    const auto* depth = std::get_if<std::int64_t>(&fields[0]);
    const auto* address = std::get_if<IpAddress>(&fields[1]);
    const auto* now = std::get_if<std::int64_t>(&fields[3]);
    if (depth == nullptr || *depth < 0 || address == nullptr || now == nullptr) {
        return std::nullopt;
    }
    return Hop{.number = static_cast<std::size_t>(*depth) + 1,
               .address = *address,
               .name = fields[2],
               .now_us = *now,
               .values = {fields.begin() + kFixed, fields.end()}};
}

}  // namespace

Result<Answer> read_answer(const isa::Packet& packet) {
    if (packet.header.is_report()) {
        auto report = isa::Report::from_packet(packet);
        if (!report) {
            return fail(Errc::Protocol, "a report whose stack is malformed");
        }
        return Answer(*std::move(report));
    }
    if (!packet.code.empty()) {
        return fail(Errc::Protocol, "a delivery with code in it");
    }
    Delivery delivery{.node = packet.header.origin, .values = {}};
    isa::ReadLimits left = isa::ReadLimits::for_packet();
    for (const isa::Word word : packet.stack) {
        auto value = isa::read_value(word, packet.heap, left);
        if (!value) {
            return fail(Errc::Protocol,
                        fmt::format("value {} of a delivery from {} is malformed or too large",
                                    delivery.values.size() + 1, delivery.node.to_string()));
        }
        delivery.values.push_back(*std::move(value));
    }
    return Answer(std::move(delivery));
}

std::string describe(const isa::Report& report, std::string_view node) {
    if (report.node.is_unspecified()) {
        return fmt::format("a node that does not say which: {}", isa::to_string(report.reason));
    }
    const isa::OpInfo* const op = isa::find_op(report.opcode);
    const std::string where = op == nullptr ? ""
                                            : fmt::format(", instruction {} of {} ({})", report.index,
                                                          report.instructions, op->mnemonic);
    return fmt::format("{}{}: {}", node, where, isa::to_string(report.reason));
}

std::string name_of(const Hop& hop) {
    const auto* text = std::get_if<isa::Str>(&hop.name);
    return text != nullptr && is_text(text->octets) ? text->octets : isa::to_string(hop.name);
}

Result<std::vector<Hop>> read_hops(const std::vector<isa::Value>& values, std::size_t objects) {
    std::vector<Hop> hops;
    for (const isa::Value& value : values) {
        auto hop = read_hop(value, objects);
        if (!hop) {
            return fail(Errc::Protocol, fmt::format("a hop was delivered as {}", isa::to_string(value)));
        }
        hops.push_back(*std::move(hop));
    }
    return hops;
}

Result<PathSectorHops> read_path_sector(std::vector<isa::Value> values, std::size_t objects) {
    const auto* const mark = values.empty() ? nullptr : std::get_if<std::int64_t>(&values.back());
    if (mark == nullptr) {
        return fail(Errc::Protocol, "what was delivered is no part of a path");
    }
    PathSectorHops sector{.hops = {}, .is_at_target = *mark == 1, .last_node = {}};
    values.pop_back();
    if (!sector.is_at_target) {
        const auto* const own = values.empty() ? nullptr : std::get_if<IpAddress>(&values.back());
        if (own == nullptr) {
            return fail(Errc::Protocol, "a node does not tell its own address");
        }
        sector.last_node = *own;
        values.pop_back();
    }
    auto hops = read_hops(values, objects);
    if (!hops) {
        return Failure(hops.error());
    }
    sector.hops = *std::move(hops);
    return sector;
}

std::vector<Hop> hops_of(const isa::Report& report, std::size_t objects) {
    std::vector<Hop> hops;
    for (auto value = report.stack.rbegin(); value != report.stack.rend(); ++value) {
        if (auto hop = read_hop(*value, objects)) {
            hops.push_back(*std::move(hop));
        }
    }
    return hops;
}

}  // namespace splash::cli
