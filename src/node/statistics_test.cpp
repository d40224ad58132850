#include "node/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "node_for_test.hpp"

namespace splash::node {
namespace {

std::size_t code(Reason reason) {
    return static_cast<std::size_t>(reason);
}

class StatisticsTest : public NodeTest {
protected:
    [[nodiscard]] const PrincipalCounters& of(std::string_view name) const {
        const auto& rows = node.statistics().principals;
        const auto found = std::ranges::find(rows, name, &PrincipalStatistics::name);
        EXPECT_NE(found, rows.end()) << name;
        return *found->counters;
    }
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const PrincipalStatistics& row : node.statistics().principals) {
            all.push_back(row.name);
        }
        return all;
    }
    [[nodiscard]] std::uint64_t calls_of(std::string_view service) const {
        const auto& rows = node.statistics().services;
        const auto found = std::ranges::find(rows, service, &ServiceStatistics::name);
        EXPECT_NE(found, rows.end()) << service;
        return found->calls;
    }
};

TEST_F(StatisticsTest, CountsOctetsInAndOut) {
    const auto packet = Program().op(Opcode::Forw).op(Opcode::Exit).from(kFar).bound(7).wire();
    arrive(packet, kFar);
    EXPECT_EQ(node.counters().octets_received, packet.size());
    EXPECT_EQ(node.counters().octets_sent, packet.size());  // in transit it keeps its size
}

TEST_F(StatisticsTest, CountsAnswersToRemoteClientsAsSent) {
    const Endpoint client{kFar, 5000};
    arrive(Program().push(7).op(Opcode::Demuxi, 0).bound(3).id(9, 1).wire(), kSelf, client);
    ASSERT_EQ(world.answers.size(), 1U);
    EXPECT_EQ(node.counters().sent, 1U);
    EXPECT_EQ(node.counters().octets_sent, world.answers[0].second.to_wire().size());
}

TEST_F(StatisticsTest, CountsFaultsByReason) {
    inject(Program().op(Opcode::Pop));
    inject(Program().op(Opcode::Pop));
    inject(Program().push("text").push(1).op(Opcode::Add));
    EXPECT_EQ(node.statistics().early_ends[code(Reason::Underflow)], 2U);
    EXPECT_EQ(node.statistics().early_ends[code(Reason::WrongType)], 1U);
    EXPECT_EQ(node.counters().faults, 3U);
}

TEST_F(StatisticsTest, CountsFailedMovesByTheirException) {
    inject(Program().op(Opcode::Forw).op(Opcode::Exit), *IpAddress::parse("198.51.100.1"));
    EXPECT_EQ(node.statistics().early_ends[code(isa::reason_from_exc(Exc::NoRoute))], 1U);
    EXPECT_EQ(node.counters().failed_moves, 1U);
    EXPECT_EQ(of("local").faults, 1U);
}

TEST_F(StatisticsTest, CountsCallsByServiceAlsoTheRefusedOnes) {
    arrive(Program().push("version").calls("node_info").op(Opcode::Exit).from(kFar).bound(1).wire());
    arrive(Program()
               .push("sysName.0")
               .push(1)
               .calls("snmp_setsingle")
               .op(Opcode::Exit)
               .from(kFar)
               .bound(1)
               .wire());
    arrive(Program().op(Opcode::Calls, 1).op(Opcode::Exit).from(kFar).bound(1).wire());
    EXPECT_EQ(calls_of("node_info"), 1U);
    EXPECT_EQ(calls_of("snmp_setsingle"), 1U);
    EXPECT_EQ(calls_of("snmp_getsingle"), 0U);
    EXPECT_EQ(node.counters().service_calls, 2U);  // there is no service 1
    EXPECT_EQ(of("10.0.0.0/8").service_calls, 2U);
}

TEST_F(StatisticsTest, CountsForEachPrincipalWhatWasDoneInItsName) {
    const auto transit = Program().op(Opcode::Forw).op(Opcode::Exit).from(kFar).bound(7).wire();
    arrive(transit, kFar);
    inject(Program().push("name").calls("node_info").op(Opcode::Demuxi, 0));
    EXPECT_EQ(of("10.0.0.0/8").received, 1U);
    EXPECT_EQ(of("10.0.0.0/8").octets_received, transit.size());
    EXPECT_EQ(of("10.0.0.0/8").sent, 1U);
    EXPECT_EQ(of("10.0.0.0/8").octets_sent, transit.size());
    EXPECT_EQ(of("10.0.0.0/8").executions, 1U);
    EXPECT_EQ(of("10.0.0.0/8").instructions, 1U);
    EXPECT_EQ(of("local").received, 1U);
    EXPECT_EQ(of("local").executions, 1U);
    EXPECT_EQ(of("local").instructions, 3U);
    EXPECT_EQ(of("local").service_calls, 1U);
    EXPECT_EQ(of("homecoming").executions, 0U);
}

TEST_F(StatisticsTest, PrincipalsTogetherMakeTheTotals) {
    inject(Program().op(Opcode::Pop));
    arrive(Program().op(Opcode::Forw).op(Opcode::Exit).from(kFar).bound(7).wire(), kFar);
    arrive(Program().op(Opcode::Exit).from(kStranger).bound(7).wire());  // not admitted: in nobody's name
    PrincipalCounters sum;
    for (const PrincipalStatistics& row : node.statistics().principals) {
        for (const auto& counter : kPrincipalCounterRows) {
            sum.*counter.field += (*row.counters).*counter.field;
        }
    }
    EXPECT_EQ(sum.executions, node.counters().executions);
    EXPECT_EQ(sum.instructions, node.counters().instructions);
    EXPECT_EQ(sum.faults, node.counters().faults + node.counters().failed_moves);
    EXPECT_EQ(sum.received + 1, node.counters().received);
}

TEST_F(StatisticsTest, PrincipalsAndTotalsCountTheSameOctetsOfAPaddedRequest) {
    auto request = Program().push(7).op(Opcode::Demuxi, 0).bound(3).id(9, 1).wire();
    request.resize(1200);
    arrive(request, kSelf, Endpoint{kFar, 5000});
    EXPECT_EQ(node.counters().octets_received, 1200U);
    EXPECT_EQ(of("10.0.0.0/8").octets_received, 1200U);
}

TEST_F(StatisticsTest, GaugesTellWhatWaitsNow) {
    world.mib_answers_later = true;
    inject(Program().push("sysName.0").calls("snmp_getsingle").op(Opcode::Demuxi, 0));
    EXPECT_EQ(node.gauges().parked_now, 1U);
    EXPECT_EQ(node.gauges().calls_in_flight, 1U);
    world.waiting[0].second(world.waiting[0].first);
    EXPECT_EQ(node.gauges().parked_now, 0U);
    EXPECT_EQ(node.gauges().calls_in_flight, 0U);
    EXPECT_EQ(node.counters().parked, 1U);
    EXPECT_EQ(node.gauges().queued_now, 0U);
}

TEST_F(StatisticsTest, NewSettingsKeepTheCountsOfNamesThatStay) {
    arrive(Program().op(Opcode::Exit).from(kFar).bound(1).wire());
    Config changed = config();
    AllowRule other = changed.allow[0];
    other.prefix = *Prefix::parse("192.0.2.0/24");
    changed.allow.insert(changed.allow.begin(), other);
    changed.allow.push_back(other);  // a second rule for a prefix never admits anybody
    node.reconfigure(changed);
    EXPECT_EQ(names(), (std::vector<std::string>{"local", "192.0.2.0/24", "10.0.0.0/8", "homecoming"}));
    EXPECT_EQ(of("10.0.0.0/8").executions, 1U);
    EXPECT_EQ(of("192.0.2.0/24").executions, 0U);
}

TEST_F(StatisticsTest, AnExecutionOutlivesItsPrincipalsRow) {
    world.mib_answers_later = true;
    arrive(Program().push("sysName.0").calls("snmp_getsingle").op(Opcode::Exit).from(kFar).bound(1).wire());
    Config closed = config();
    closed.allow.clear();
    node.reconfigure(closed);
    EXPECT_EQ(names(), (std::vector<std::string>{"local", "homecoming"}));
    world.waiting[0].second(world.waiting[0].first);
    EXPECT_EQ(node.counters().instructions, 3U);
    EXPECT_EQ(node.gauges().parked_now, 0U);
}

TEST_F(StatisticsTest, FactsAreThoseOfTheSettings) {
    EXPECT_EQ(node.facts().name, "n1");
    EXPECT_EQ(node.facts().address, kSelf);
    EXPECT_EQ(node.facts().workspace, 16384U);
    EXPECT_EQ(node.facts().budget, 4096U);
    EXPECT_EQ(node.facts().version, SPLASH_VERSION);
}

}  // namespace
}  // namespace splash::node
