#include "control/metrics_text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

#include "isa/codes.hpp"

namespace splash::control {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;
using Label = prometheus::ClientMetric::Label;

/// "too_large" from "TooLarge": a row's name as label values are written.
std::string snake_case(std::string_view name) {
    std::string text;
    for (const char c : name) {
        const auto octet = static_cast<unsigned char>(c);
        if (std::isupper(octet) != 0 && !text.empty()) {
            text += '_';
        }
        text += static_cast<char>(std::tolower(octet));
    }
    return text;
}

std::string help_of(std::string_view meaning) {
    std::string text(meaning);
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    return text + ".";
}

class Families {
public:
    /// Adds a value to the family of that name, which is made at its first value.
    void count(const std::string& name, std::string_view help, std::vector<Label> labels,
               std::uint64_t value) {
        prometheus::ClientMetric metric;
        metric.label = std::move(labels);
        metric.counter.value = static_cast<double>(value);
        family(name, help, MetricType::Counter).metric.push_back(std::move(metric));
    }
    void gauge(const std::string& name, std::string_view help, std::vector<Label> labels, double value) {
        prometheus::ClientMetric metric;
        metric.label = std::move(labels);
        metric.gauge.value = value;
        family(name, help, MetricType::Gauge).metric.push_back(std::move(metric));
    }
    [[nodiscard]] std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

private:
    MetricFamily& family(const std::string& name, std::string_view help, MetricType type) {
        const auto found = std::ranges::find(families_, name, &MetricFamily::name);
        if (found != families_.end()) {
            return *found;
        }
        families_.push_back({name, std::string(help), type, {}});
        return families_.back();
    }
    std::vector<MetricFamily> families_;
};

}  // namespace

std::string metrics_text(const node::Facts& facts, const node::Gauges& gauges,
                         const node::Statistics& statistics) {
    Families families;
    families.gauge("splash_build_info", "The version of splashd; always 1.", {{"version", facts.version}}, 1);
    families.gauge("splash_node_info", "The node's name and primary address; always 1.",
                   {{"name", facts.name}, {"address", facts.address.to_string()}}, 1);
    families.gauge("splash_workspace_bytes", "Memory one execution has.", {}, facts.workspace);
    families.gauge("splash_budget_units", "Work one execution may cause on top of one unit per instruction.",
                   {}, facts.budget);
    for (const auto& row : node::kGaugeRows) {
        families.gauge("splash_" + std::string(row.metric), help_of(row.meaning), {}, gauges.*row.field);
    }
    for (const auto& row : node::kCounterRows) {
        if (row.metric.empty()) {
            continue;  // the sum of what has labels below
        }
        const std::string name = "splash_" + std::string(row.metric) + "_total";
        if (row.reason.empty()) {
            families.count(name, help_of(row.meaning), {}, statistics.totals.*row.field);
        } else {
            families.count(name, "Packets dropped, by reason.", {{"reason", std::string(row.reason)}},
                           statistics.totals.*row.field);
        }
    }
    for (const isa::EarlyEnd& end : isa::early_ends()) {
        const std::uint64_t value = statistics.early_ends[end.code];
        if (end.code < isa::kSnmpErrorBase) {
            families.count("splash_failed_moves_total",
                           "Executions ended by a move that could not be made, by exception.",
                           {{"exception", snake_case(end.name)}}, value);
        } else {
            families.count("splash_faults_total", "Executions ended by a fault, by reason.",
                           {{"reason", snake_case(end.name)}}, value);
        }
    }
    for (const node::ServiceStatistics& service : statistics.services) {
        families.count("splash_service_calls_total", "Services called, by service.",
                       {{"service", service.name}}, service.calls);
    }
    for (const auto& row : node::kPrincipalCounterRows) {
        for (const node::PrincipalStatistics& principal : statistics.principals) {
            families.count("splash_principal_" + std::string(row.metric) + "_total", help_of(row.meaning),
                           {{"principal", principal.name}}, (*principal.counters).*row.field);
        }
    }
    return families.text();
}

}  // namespace splash::control
