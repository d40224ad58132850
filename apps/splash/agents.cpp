#include "agents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "agent_survey.hpp"
#include "asking.hpp"
#include "network_namespace.hpp"

namespace splash::cli {
namespace {

using Binds = Result<std::vector<snmp::VarBind>>;

std::vector<std::string> poller_options(Options options, std::optional<unsigned> retries,
                                        unsigned default_retries) {
    if (retries) {
        options.patience.retries = retries;
    }
    std::vector<std::string> words = manager_arguments(options, {}, default_retries);
    words.pop_back();  // the agent: each has its own
    return words;
}

class AgentVisit {
public:
    AgentVisit(Agents& agents, const SurveyPlan& plan, const std::optional<Assignment>& assignment,
               const SurveyProgress& progress, Survey so_far)
        : agents_(agents),
          plan_(plan),
          assignment_(assignment),
          progress_(progress),
          survey_(std::move(so_far)) {}

    Result<Survey> run(const std::vector<Target>& nodes) {
        const std::size_t at_once = plan_.task.reaction && plan_.until ? 1 : nodes.size();
        for (std::span<const Target> left(nodes); !left.empty();) {
            if (survey_.is_stopped) {
                survey_.not_needed += left.size();
                break;
            }
            const auto batch = left.first(std::min(at_once, left.size()));
            left = left.subspan(batch.size());
            if (auto asked = ask(batch); !asked) {
                return Failure(asked.error());
            }
            take(batch);
            progress_(survey_);
        }
        return std::move(survey_);
    }

private:
    struct Asked {
        AgentAnswers answers;
        std::optional<std::string> failure;
    };

    Result<> ask(std::span<const Target> batch) {
        asked_.assign(batch.size(), {});
        const std::vector<Oid> all = objects_of(plan_);
        if (!plan_.task.reaction) {
            return get(batch, all);
        }
        SurveyPlan condition = plan_;
        condition.task.objects.clear();
        condition.until.reset();
        if (auto got = get(batch, objects_of(condition)); !got) {
            return got;
        }
        if (auto written = write(batch); !written) {
            return written;
        }
        return get(batch, all);  // as a program reads: behind the write
    }

    Result<> get(std::span<const Target> batch, const std::vector<Oid>& objects) {
        const std::size_t sent = agents_.reader().traffic().requests;
        for (std::size_t i = 0; i < batch.size() && !objects.empty(); ++i) {
            if (asked_[i].failure) {
                continue;
            }
            agents_.reader().get(agent_address(batch[i]), objects, [this, i, &objects](const Binds& binds) {
                if (!binds) {
                    asked_[i].failure = reason_by_snmp(binds.error());
                } else if (binds->size() != objects.size()) {
                    asked_[i].failure = fmt::format("{} objects came for {}", binds->size(), objects.size());
                } else {
                    for (std::size_t k = 0; k < objects.size(); ++k) {
                        asked_[i].answers.objects[objects[k]] = (*binds)[k].value;
                    }
                }
            });
        }
        auto done = agents_.reader().run();
        survey_.packets += agents_.reader().traffic().requests - sent;
        return done;
    }

    Result<> write(std::span<const Target> batch) {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (asked_[i].failure || !is_wanted(asked_[i])) {
                continue;
            }
            ++survey_.packets;
            const snmp::SetBind bind{plan_.task.reaction->object, assignment_->type, assignment_->value};
            agents_.writer().try_set(agent_address(batch[i]), {bind}, [this, i](const Binds& binds) {
                if (!binds) {
                    asked_[i].failure =
                        reason_by_snmp(binds.error()) + "; whether it was written is not known";
                } else if (!binds->empty() && std::holds_alternative<isa::Exc>(binds->front().value)) {
                    asked_[i].answers.did = binds->front().value;
                }
            });
        }
        return agents_.writer().run();
    }

    /// Whether the condition holds. What goes wrong with it will do so again when the program is executed.
    bool is_wanted(const Asked& asked) const {
        std::vector<isa::Value> values;
        for (const Condition::Column& column : plan_.task.where->columns()) {
            values.push_back(asked.answers.objects.at(column.object));
        }
        const auto holds = plan_.task.where->holds(values);
        return holds && *holds;
    }

    void take(std::span<const Target> batch) {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const Target& node = batch[i];
            if (survey_.is_stopped) {
                ++survey_.not_needed;
                continue;
            }
            if (asked_[i].failure) {
                survey_.unanswered.push_back({node, *asked_[i].failure});
                continue;
            }
            auto haul = visit_agent(plan_, survey_.state, node.address, asked_[i].answers);
            if (!haul) {
                survey_.unanswered.push_back({node, haul.error().detail});
                continue;
            }
            ++survey_.visited;
            survey_.answered[node.address] = Via::Snmp;
            survey_.state = std::move(haul->state);
            std::ranges::move(haul->rows, std::back_inserter(survey_.rows));
            if (haul->is_stopped) {
                survey_.is_stopped = true;
                survey_.stopped_at = node.address;
            }
        }
    }

    Agents& agents_;
    const SurveyPlan& plan_;
    const std::optional<Assignment>& assignment_;
    const SurveyProgress& progress_;
    Survey survey_;
    std::vector<Asked> asked_;  ///< one for each node of the batch
};

}  // namespace

std::string reason_by_snmp(const Error& error) {
    return error.code == Errc::TimedOut ? "no answer by SNMP" : "by SNMP: " + error.detail;
}

Result<SnmpSize> message_size_by_snmp(const Options& options, const Target& agent) {
    auto opened = snmp::Manager::open(manager_arguments(options, agent_address(agent), 0));
    if (!opened) {
        return Failure(opened.error());
    }
    auto manager = std::make_shared<snmp::Manager>(*std::move(opened));
    return SnmpSize([manager](const std::vector<Binding>& bindings) {
        std::vector<std::pair<Oid, std::optional<isa::Value>>> pairs;
        pairs.reserve(bindings.size());
        for (const Binding& binding : bindings) {
            pairs.emplace_back(binding.object, binding.value);
        }
        return manager->message_size(pairs);
    });
}

Result<Agents> Agents::open(const Options& options, const Whereabouts& whereabouts,
                            unsigned default_retries) {
    if (!options.where.socket.empty() && options.via != Via::Auto) {
        return fail(Errc::Usage, "--socket is for --via snap: SNMP goes to the node itself");
    }
    if (!options.where.lab.empty()) {
        const auto start = whereabouts.explicit_start("survey");
        if (!start) {
            return Failure(start.error());
        }
        if (auto entered = enter_network_namespace(start->netns); !entered) {
            return Failure(entered.error());
        }
    }
    auto reader = snmp::Poller::open(poller_options(options, {}, default_retries));
    if (!reader) {
        return Failure(reader.error());
    }
    auto writer = snmp::Poller::open(poller_options(options, 0, default_retries));
    if (!writer) {
        return Failure(writer.error());
    }
    return Agents(*std::move(reader), *std::move(writer));
}

Result<Survey> visit_agents(Agents& agents, const SurveyPlan& plan,
                            const std::optional<Assignment>& assignment, const std::vector<Target>& nodes,
                            const SurveyProgress& progress, Survey so_far) {
    return AgentVisit(agents, plan, assignment, progress, std::move(so_far)).run(nodes);
}

}  // namespace splash::cli
