// snmp_station: a management station as fast as net-snmp's library lets one be. It asks all agents at once,
// walks with GETBULK, and writes where a value is above a limit as soon as that agent has answered. What
// bench/functionality.py sets beside SNAP.
//
//   snmp_station [net-snmp's options] [--get OID]... [--walk OID [--rows N]] [--above N --set OID=TYPE:VALUE]
//                [--at-once N] -- AGENT...
//
//   --above N     is compared with the first object of --get
//   --rows N      so many rows a GETBULK asks for; whoever knows how many there are spares the last request
//   --at-once N   so many requests are on their way at once; 1 asks one agent after the other
//
// Prints one JSON object: elapsed_us, requests, answers, and for each agent its values or its error.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/oid.hpp"
#include "snmp/poller.hpp"

namespace {

using splash::Errc;
using splash::fail;
using splash::Failure;
using splash::Oid;
using splash::Result;
using splash::snmp::Poller;
using splash::snmp::SetBind;
using splash::snmp::VarBind;
using Json = nlohmann::ordered_json;

struct Task {
    std::vector<std::string> options;
    std::vector<std::string> agents;
    std::vector<Oid> get;
    std::optional<Oid> walk;
    std::optional<std::int64_t> above;
    std::optional<SetBind> set;
    unsigned rows = 25;
    unsigned at_once = Poller::kMostAtOnce;
};

Result<Oid> read_oid(const std::string& text) {
    auto oid = splash::oid_from_name(text);
    return oid ? Result<Oid>(std::move(*oid)) : fail(Errc::NoSuchName, text);
}

/// OID=TYPE:VALUE
Result<SetBind> read_set(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals + 2 >= text.size() || text[equals + 2] != ':') {
        return fail(Errc::Usage, "--set " + text + ": write OID=TYPE:VALUE");
    }
    auto oid = read_oid(text.substr(0, equals));
    if (!oid) {
        return Failure(oid.error());
    }
    return SetBind{std::move(*oid), text[equals + 1], text.substr(equals + 3)};
}

/// @tparam Number an integer type
template <class Number>
Result<Number> read_number(const std::string& option, const std::string& text, Number least) {
    Number number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < least) {
        return fail(Errc::Usage, fmt::format("{} {}: write an integer from {}", option, text, least));
    }
    return number;
}

Result<Task> read_arguments(const std::vector<std::string>& words) {
    Task task;
    std::size_t at = 0;
    for (; at < words.size() && words[at] != "--"; ++at) {
        const std::string& word = words[at];
        if (!word.starts_with("--")) {
            task.options.push_back(word);
            continue;
        }
        if (++at == words.size()) {
            return fail(Errc::Usage, word + " wants a value");
        }
        const std::string& value = words[at];
        if (word == "--above") {
            const auto limit = read_number(word, value, std::numeric_limits<std::int64_t>::min());
            if (!limit) {
                return Failure(limit.error());
            }
            task.above = *limit;
        } else if (word == "--rows" || word == "--at-once") {
            const auto count = read_number(word, value, 1U);
            if (!count) {
                return Failure(count.error());
            }
            (word == "--rows" ? task.rows : task.at_once) = *count;
        } else if (word == "--set") {
            auto set = read_set(value);
            if (!set) {
                return Failure(set.error());
            }
            task.set = std::move(*set);
        } else if (word == "--get" || word == "--walk") {
            auto oid = read_oid(value);
            if (!oid) {
                return Failure(oid.error());
            }
            word == "--get" ? task.get.push_back(std::move(*oid))
                            : static_cast<void>(task.walk = std::move(*oid));
        } else {
            return fail(Errc::Usage,
                        word + ": there are --get, --walk, --rows, --above, --set and --at-once");
        }
    }
    if (at + 1 >= words.size()) {
        return fail(Errc::Usage, "no agents: give them behind --");
    }
    task.agents.assign(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
    return task;
}

class Station {
public:
    Station(const Task& task, Poller poller) : task_(task), poller_(std::move(poller)) {}

    Result<Json> work() {
        // A station that polls every minute has them open.
        for (const std::string& agent : task_.agents) {
            if (auto opened = poller_.open_session(agent); !opened) {
                return Failure(opened.error());
            }
        }
        const auto begin = std::chrono::steady_clock::now();
        for (const std::string& agent : task_.agents) {
            answers_[agent] = Json{{"agent", agent}, {"values", Json::array()}};
            if (!task_.get.empty()) {
                poller_.get(agent, task_.get, [this, agent](const auto& got) { take(agent, got); });
            }
            if (task_.walk) {
                walk(agent, *task_.walk);
            }
        }
        if (auto ran = poller_.run(); !ran) {
            return Failure(ran.error());
        }
        const auto passed = std::chrono::steady_clock::now() - begin;
        Json all = Json::array();
        for (const std::string& agent : task_.agents) {
            all.push_back(answers_[agent]);
        }
        return Json{{"elapsed_us", std::chrono::duration_cast<std::chrono::microseconds>(passed).count()},
                    {"requests", poller_.traffic().requests},
                    {"answers", poller_.traffic().answers},
                    {"agents", all}};
    }

private:
    using Got = Result<std::vector<VarBind>>;

    void take(const std::string& agent, const Got& got) {
        if (!got) {
            answers_[agent]["error"] = to_string(got.error());
            return;
        }
        for (const VarBind& bind : *got) {
            const auto* number = std::get_if<std::int64_t>(&bind.value);
            answers_[agent]["values"].push_back(number != nullptr ? Json(*number) : Json(bind.text));
        }
        const auto* first = got->empty() ? nullptr : std::get_if<std::int64_t>(&got->front().value);
        if (first != nullptr && task_.above && *first > *task_.above && task_.set) {
            poller_.set(agent, {*task_.set}, [this, agent](const Got& set) {
                answers_[agent]["set"] = set ? "done" : to_string(set.error());
            });
        }
    }

    void walk(const std::string& agent, const Oid& from) {
        poller_.get_bulk(agent, {from}, task_.rows, [this, agent](const Got& got) {
            if (!got) {
                answers_[agent]["error"] = to_string(got.error());
                return;
            }
            for (const VarBind& bind : *got) {
                if (!bind.oid.starts_with(*task_.walk)) {
                    return;
                }
                const auto* number = std::get_if<std::int64_t>(&bind.value);
                answers_[agent]["values"].push_back(number != nullptr ? Json(*number) : Json(bind.text));
            }
            if (!got->empty()) {
                walk(agent, got->back().oid);
            }
        });
    }

    const Task& task_;
    Poller poller_;
    std::map<std::string, Json> answers_;
};

Result<Json> run(const std::vector<std::string>& words) {
    const auto task = read_arguments(words);
    if (!task) {
        return Failure(task.error());
    }
    auto poller = Poller::open(task->options, task->at_once);
    if (!poller) {
        return Failure(poller.error());
    }
    return Station(*task, std::move(*poller)).work();
}

}  // namespace

int main(int argc, char** argv) {
    const auto result = run({argv + 1, argv + argc});
    if (!result) {
        fmt::print(stderr, "snmp_station: {}\n", to_string(result.error()));
        return 1;
    }
    fmt::print("{}\n", result->dump());
    return 0;
}
