#include <sstream>

#include "case_file.hpp"
#include "literals.hpp"

namespace splash::conformance {
namespace {

std::string joined(const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values) {
        text += (text.empty() ? "" : " ") + value;
    }
    return text.empty() ? "empty" : text;
}

std::string describe(const Ending& ending) {
    if (const auto* fault = std::get_if<Faulted>(&ending)) {
        return "fault " + std::to_string(static_cast<unsigned>(fault->reason)) + " (" +
               isa::to_string(fault->reason) + ") at " + std::to_string(fault->index);
    }
    if (const auto* refused = std::get_if<Refused>(&ending)) {
        return "refused: " + std::string(isa::to_string(refused->why));
    }
    return std::holds_alternative<Exited>(ending)  ? "exit"
           : std::holds_alternative<Moved>(ending) ? "moved"
                                                   : "delivered";
}

std::string_view describe(vm::Travel travel) {
    switch (travel) {
        case vm::Travel::Alert: return "alert";
        case vm::Travel::Plain: return "plain";
        case vm::Travel::Hop: return "hop";
    }
    return "?";
}

/// Collects lines "what: wanted X, got Y".
class Report {
public:
    void compare(std::string_view what, const std::string& wanted, const std::string& got) {
        if (wanted != got) {
            text_ << what << ": wanted " << wanted << ", got " << got << "\n";
        }
    }
    [[nodiscard]] std::string text() const { return text_.str(); }

private:
    std::ostringstream text_;
};

std::string fact(const isa::Packet& packet, std::string_view name) {
    const isa::Header& header = packet.header;
    if (name == "entry") {
        return std::to_string(header.entry);
    }
    if (name == "bound") {
        return std::to_string(header.bound);
    }
    if (name == "code") {
        return std::to_string(packet.code.size());
    }
    if (name == "heap") {
        return std::to_string(packet.heap.size());
    }
    if (name == "size") {
        return std::to_string(header.total_size());
    }
    if (name == "port") {
        return std::to_string(header.port);
    }
    if (name == "id") {
        return std::to_string(header.request_id);
    }
    if (name == "origin") {
        return header.origin.to_string();
    }
    if (name == "flags") {
        return header.is_report() ? "report" : header.is_trimmable() ? "trimmable" : "none";
    }
    return "no fact of that name";
}

std::vector<std::string> pushed(const isa::Packet& packet) {
    std::vector<std::string> constants;
    for (const std::uint32_t word : packet.code) {
        const auto instruction = isa::Instruction::from_word(word);
        const auto type = isa::constant_type(static_cast<isa::Opcode>(instruction.octet));
        if (!type) {
            continue;
        }
        const auto place = isa::ConstPlace::from_immediate(instruction.unsigned_immediate());
        isa::Word constant = isa::Word::heap(
            *type, {static_cast<std::uint16_t>(place.offset), static_cast<std::uint16_t>(place.length)});
        if (*type == isa::Type::Addr && place.length == 4 && place.offset + 4U <= packet.heap.size()) {
            constant = isa::Word::inline_v4(load_be<std::uint32_t>(packet.heap, place.offset));
        }
        constants.push_back(canonical(constant, packet.heap));
    }
    return constants;
}

void compare_packet(Report& report, const std::string& what, const ExpectedPacket& wanted,
                    const std::vector<std::byte>& octets) {
    const auto parsed = isa::Packet::from_wire(octets);
    const auto* packet = std::get_if<isa::Packet>(&parsed);
    if (packet == nullptr) {
        report.compare(what, "a packet", std::string(isa::to_string(std::get<isa::HeaderFault>(parsed))));
        return;
    }
    for (const auto& [name, value] : wanted.facts) {
        report.compare(what + " " + name, value, fact(*packet, name));
    }
    if (wanted.stack) {
        report.compare(what + " stack", joined(*wanted.stack),
                       joined(canonical(packet->stack, packet->heap)));
    }
    if (wanted.pushes) {
        report.compare(what + " pushes", joined(*wanted.pushes), joined(pushed(*packet)));
    }
}

}  // namespace

std::string differences(const Expectations& expected, const Observed& observed) {
    Report report;
    report.compare("ending", describe(*expected.ending), describe(observed.ending));
    if (expected.stack) {
        report.compare("stack", joined(*expected.stack), joined(observed.stack));
    }
    std::vector<ExpectedPacket> packets = expected.sent;
    if (expected.moved) {
        packets.push_back(*expected.moved);
    }
    report.compare("packets that left", std::to_string(packets.size()),
                   std::to_string(observed.emissions.size()));
    for (std::size_t i = 0; i < std::min(packets.size(), observed.emissions.size()); ++i) {
        const std::string what = "packet " + std::to_string(i + 1);
        const Emission& got = observed.emissions[i];
        report.compare(what, packets[i].to.to_string() + " " + std::string(describe(packets[i].travel)),
                       got.to.to_string() + " " + std::string(describe(got.travel)));
        compare_packet(report, what, packets[i], got.packet);
    }
    if (expected.report) {
        compare_packet(report, "report", *expected.report, observed.report);
    }
    report.compare("deliveries", std::to_string(expected.delivered.size()),
                   std::to_string(observed.deliveries.size()));
    for (std::size_t i = 0; i < std::min(expected.delivered.size(), observed.deliveries.size()); ++i) {
        report.compare("port", std::to_string(expected.delivered[i].port),
                       std::to_string(observed.deliveries[i].port));
        report.compare("delivery", joined(expected.delivered[i].values),
                       joined(observed.deliveries[i].values));
    }
    if (expected.called) {
        const std::vector<Call>& called = *expected.called;
        report.compare("calls", std::to_string(called.size()), std::to_string(observed.calls.size()));
        for (std::size_t i = 0; i < std::min(called.size(), observed.calls.size()); ++i) {
            report.compare("service", called[i].service, observed.calls[i].service);
            report.compare("arguments", joined(called[i].arguments), joined(observed.calls[i].arguments));
        }
    }
    if (expected.steps) {
        report.compare("steps", std::to_string(*expected.steps), std::to_string(observed.steps));
    }
    if (expected.units) {
        report.compare("units", std::to_string(*expected.units), std::to_string(observed.units));
    }
    if (expected.bound) {
        report.compare("bound", std::to_string(*expected.bound), std::to_string(observed.bound));
    }
    return report.text();
}

}  // namespace splash::conformance
