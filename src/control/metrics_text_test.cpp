#include "control/metrics_text.hpp"

#include <gtest/gtest.h>

#include "isa/codes.hpp"

namespace splash::control {
namespace {

class MetricsText : public testing::Test {
protected:
    [[nodiscard]] bool has_line(const std::string& line) const {
        const std::string text = "\n" + metrics_text(facts, gauges, statistics);
        return text.find("\n" + line + "\n") != std::string::npos;
    }
    node::Facts facts{"1.2.3", "n1", *IpAddress::parse("10.0.0.1"), 16384, 4096};
    node::Gauges gauges;
    node::Statistics statistics;
};

TEST_F(MetricsText, NamesTheBuildAndTheNode) {
    EXPECT_TRUE(has_line("splash_build_info{version=\"1.2.3\"} 1"));
    EXPECT_TRUE(has_line("splash_node_info{name=\"n1\",address=\"10.0.0.1\"} 1"));
    EXPECT_TRUE(has_line("splash_workspace_bytes 16384"));
}

TEST_F(MetricsText, CountersAreTyped) {
    statistics.totals.received = 1234567;
    EXPECT_TRUE(has_line("# TYPE splash_packets_received_total counter"));
    EXPECT_TRUE(has_line("# HELP splash_packets_received_total Packets taken from any carrier or client."));
    EXPECT_TRUE(has_line("splash_packets_received_total 1234567"));
}

TEST_F(MetricsText, GaugesAreWhatWaitsNow) {
    gauges.parked_now = 3;
    EXPECT_TRUE(has_line("# TYPE splash_parked gauge"));
    EXPECT_TRUE(has_line("splash_parked 3"));
}

TEST_F(MetricsText, DroppedPacketsShareOneFamily) {
    statistics.totals.drop_too_large = 2;
    EXPECT_TRUE(has_line("splash_packets_dropped_total{reason=\"too_large\"} 2"));
    EXPECT_TRUE(has_line("splash_packets_dropped_total{reason=\"truncated\"} 0"));
}

TEST_F(MetricsText, FaultsAndFailedMovesAreToldApart) {
    statistics.early_ends[static_cast<std::size_t>(isa::Reason::Budget)] = 5;
    statistics.early_ends[static_cast<std::size_t>(isa::Exc::NoRoute)] = 6;
    EXPECT_TRUE(has_line("splash_faults_total{reason=\"budget\"} 5"));
    EXPECT_TRUE(has_line("splash_failed_moves_total{exception=\"no_route\"} 6"));
    EXPECT_TRUE(has_line("splash_faults_total{reason=\"out_of_range\"} 0"));
    EXPECT_TRUE(has_line("splash_failed_moves_total{exception=\"out_of_range\"} 0"));
}

TEST_F(MetricsText, EveryServiceAndPrincipalHasItsSeries) {
    statistics.services = {{"some_service", 1, 7}};
    auto counters = std::make_shared<node::PrincipalCounters>();
    counters->octets_received = 900;
    statistics.principals.push_back({"10.0.0.0/8", counters});
    EXPECT_TRUE(has_line("splash_service_calls_total{service=\"some_service\"} 7"));
    EXPECT_TRUE(has_line("splash_principal_received_bytes_total{principal=\"10.0.0.0/8\"} 900"));
}

}  // namespace
}  // namespace splash::control
