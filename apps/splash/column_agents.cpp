#include "column_agents.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "bulk_reading.hpp"
#include "row_cells.hpp"

namespace splash::cli {
namespace {

using Binds = Result<std::vector<snmp::VarBind>>;

/// Of values only: nothing of a survey's rows is printed as an agent's line.
std::vector<Line> lines_of(const std::vector<snmp::VarBind>& binds) {
    std::vector<Line> lines;
    lines.reserve(binds.size());
    for (const snmp::VarBind& bind : binds) {
        lines.push_back({bind.oid, bind.value, {}, {}});
    }
    return lines;
}

class ColumnAgents {
public:
    ColumnAgents(Agents& agents, const ColumnPlan& plan, const std::vector<Target>& nodes,
                 const SurveyProgress& progress, Survey so_far)
        : poller_(agents.reader()),
          plan_(plan),
          nodes_(nodes),
          progress_(progress),
          gathering_(plan, nodes, Via::Snmp, std::move(so_far)) {}

    Result<Survey> run() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            readings_.emplace_back(plan_.query);
            ask_for_instances(i);
        }
        const std::size_t sent = poller_.traffic().requests;
        if (auto ran = poller_.run(); !ran) {
            return Failure(ran.error());
        }
        gathering_.count_packets(poller_.traffic().requests - sent);
        return gathering_.take();
    }

private:
    struct Reading {
        explicit Reading(const RowQuery& query)
            : columns(query.columns(), Ordering::Ascending), cells(query) {}
        ColumnsReading columns;
        RowCells cells;
        std::vector<isa::Value> instances;
        std::size_t most_bindings = Pace::kFirstBindings;
    };

    void ask_for_instances(std::size_t i) {
        const std::vector<Oid> instances = plan_.query.instances();
        if (instances.empty()) {
            ask_for_rows(i);
            return;
        }
        poller_.get(agent_address(nodes_[i]), instances, [this, i](const Binds& binds) {
            if (!binds) {
                fail_node(i, binds.error());
                return;
            }
            std::ranges::transform(*binds, std::back_inserter(readings_[i].instances), &snmp::VarBind::value);
            ask_for_rows(i);
        });
    }

    void ask_for_rows(std::size_t i) {
        Reading& reading = readings_[i];
        const std::size_t columns = reading.columns.after().size();
        const auto rows = static_cast<unsigned>(std::max<std::size_t>(1, reading.most_bindings / columns));
        poller_.get_bulk(agent_address(nodes_[i]), reading.columns.after(), rows,
                         [this, i, rows](const Binds& binds) { take(i, rows, binds); });
    }

    void take(std::size_t i, unsigned asked, const Binds& binds) {
        if (gathering_.is_over()) {
            return;  // nobody needs it any more
        }
        Reading& reading = readings_[i];
        if (!binds && binds.error().code == Errc::TooLarge && asked > 1) {
            reading.most_bindings /= 2;
            ask_for_rows(i);
            return;
        }
        if (!binds) {
            fail_node(i, binds.error());
            return;
        }
        const auto taken = reading.columns.take_lines(
            lines_of(*binds), [&reading](const Line& line) { reading.cells.take(line.object, line.value); });
        if (!taken) {
            fail_node(i, taken.error());
        } else if (!reading.columns.after().empty()) {
            ask_for_rows(i);
        } else {
            finish(i);
        }
    }

    void finish(std::size_t i) {
        RowTally tally(plan_.query);
        const auto tallied = readings_[i].cells.tally(readings_[i].instances, tally);
        if (!tallied) {
            fail_node(i, tallied.error());
            return;
        }
        gathering_.came(i, tally.take());
        progress_(gathering_.so_far());
    }

    void fail_node(std::size_t i, const Error& error) {
        gathering_.failed(i, reason_by_snmp(error));
        progress_(gathering_.so_far());
    }

    snmp::Poller& poller_;
    const ColumnPlan& plan_;
    const std::vector<Target>& nodes_;
    const SurveyProgress& progress_;
    ColumnGathering gathering_;
    std::deque<Reading> readings_;
};

}  // namespace

Result<Survey> visit_agents_columns(Agents& agents, const ColumnPlan& plan, const std::vector<Target>& nodes,
                                    const SurveyProgress& progress, Survey so_far) {
    return ColumnAgents(agents, plan, nodes, progress, std::move(so_far)).run();
}

}  // namespace splash::cli
