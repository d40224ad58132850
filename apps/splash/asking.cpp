#include "asking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace splash::cli {
namespace {

using std::chrono::steady_clock;

/// net-snmp takes no shorter time for none at all.
constexpr std::chrono::milliseconds kLeastTry{10};

/// The results of a run's questions, from the values it delivered.
Result<std::vector<ObjectAnswer>> match(std::span<const Question> run, const Delivery& delivery,
                                        const Target& target) {
    std::size_t wanted = 0;
    for (const Question& question : run) {
        wanted += question.results();
    }
    if (delivery.values.size() != wanted) {
        const bool lacks_service =
            std::ranges::find(delivery.values, isa::Value(isa::Exc::NoSuchService)) != delivery.values.end();
        return lacks_service
                   ? fail(Errc::Unsupported, fmt::format("{} has no snmp_* services", target.to_string()))
                   : fail(Errc::Protocol, fmt::format("{} delivered {} values, not {}", target.to_string(),
                                                      delivery.values.size(), wanted));
    }
    std::vector<ObjectAnswer> answers;
    std::size_t at = 0;
    for (const Question& question : run) {
        const isa::Value& last = delivery.values[at + question.results() - 1];
        // A failing snmp_getnext gives its exception twice; then the object asked is the one to name.
        const auto* next =
            question.kind == Question::Kind::Next ? std::get_if<Oid>(&delivery.values[at]) : nullptr;
        const bool is_written =
            question.kind == Question::Kind::Set && std::holds_alternative<std::int64_t>(last);
        answers.push_back({next != nullptr ? *next : question.object, is_written ? question.value : last});
        at += question.results();
    }
    return answers;
}

}  // namespace

Instant Tries::next_deadline() const {
    return std::min(steady_clock::now() + timeout, end);
}
bool Tries::is_over() const {
    return steady_clock::now() >= end;
}

Tries tries_from(const Patience& patience, unsigned default_retries) {
    Tries tries;
    tries.timeout = patience.timeout.value_or(tries.timeout);
    tries.retries = patience.retries.value_or(default_retries);
    tries.end = patience.end.value_or(tries.end);
    return tries;
}

Result<Answer> ask(Transport& transport, const isa::Packet& program, std::uint16_t bound,
                   const Target& target, const Tries& tries) {
    unsigned tried = 0;
    while (tried <= tries.retries && !tries.is_over()) {
        ++tried;
        const Instant deadline = tries.next_deadline();
        if (auto sent = transport.send(program, bound, target.address, deadline); !sent) {
            return fail(sent.error().code, fmt::format("{}: {}", target.to_string(), sent.error().detail));
        }
        const auto packet = transport.receive(deadline);
        if (packet) {
            return read_answer(*packet);
        }
        if (packet.error().code != Errc::TimedOut) {
            return fail(packet.error().code,
                        fmt::format("{}: {}", target.to_string(), packet.error().detail));
        }
    }
    return fail(Errc::TimedOut, fmt::format("{}: {} {} of {} ms by SNAP", target.to_string(), tried,
                                            tried == 1 ? "try" : "tries", tries.timeout.count()));
}

Result<Delivery> ask_with_room(Transport& transport, const Target& target, const Tries& tries,
                               std::size_t& room,
                               const std::function<Result<isa::Packet>(std::size_t room)>& program) {
    // With no room at all one object comes alone; if that does not fit, nothing helps.
    Tries one = tries;
    one.retries = 0;
    unsigned tried = 0;
    std::size_t now = room;
    while (true) {
        const auto packet = program(now);
        if (!packet) {
            return Failure(packet.error());
        }
        const auto answer = ask(transport, *packet, kDefaultBound, target, one);
        if (!answer && answer.error().code == Errc::TimedOut) {
            ++tried;
            if (tried > tries.retries || tries.is_over()) {
                return fail(Errc::TimedOut, fmt::format("{} {} of {} ms by SNAP", tried,
                                                        tried == 1 ? "try" : "tries", tries.timeout.count()));
            }
            now = narrower(now);  // a large answer may be what gets lost
            continue;
        }
        if (!answer) {
            return Failure(answer.error());
        }
        if (const auto* const delivery = std::get_if<Delivery>(&*answer)) {
            return *delivery;
        }
        const auto& report = std::get<isa::Report>(*answer);
        if (!is_too_much(report) || now == 0) {
            return fail(Errc::Reported, describe_from(target, report));
        }
        now = narrower(now);
        room = now;  // the way home will not get wider
    }
}

std::size_t narrower(std::size_t room) {
    constexpr std::size_t kLeast = 128;
    return room / 2 < kLeast ? 0 : room / 2;
}

bool is_too_much(const isa::Report& report) {
    return report.reason == isa::reason_from_exc(isa::Exc::DoesNotFit) ||
           report.reason == isa::reason_from_exc(isa::Exc::QuotaUsedUp) ||
           report.reason == isa::Reason::Budget || report.reason == isa::Reason::Workspace;
}

std::string describe_from(const Target& target, const isa::Report& report) {
    return describe(report, report.node == target.address ? target.to_string() : report.node.to_string());
}

Error report_error(const Target& target, const isa::Report& report, const std::string& description) {
    const bool is_its_own = report.node == target.address;
    return {Errc::Reported,
            is_its_own ? description : fmt::format("{}: {}", target.to_string(), description)};
}

Result<std::vector<ObjectAnswer>> ask_by_snap(Transport& transport, std::span<const Question> questions,
                                              const Target& target, const Tries& tries) {
    auto split = split_questions(questions, transport.journey());
    if (!split) {
        return Failure(split.error());
    }
    std::vector<std::span<const Question>> waiting(split->rbegin(), split->rend());
    std::vector<ObjectAnswer> answers;
    bool has_asked_with_more = false;
    while (!waiting.empty()) {
        const std::span<const Question> run = waiting.back();
        waiting.pop_back();
        const auto answer =
            ask(transport, question_program(run, transport.journey()), kDefaultBound, target, tries);
        if (!answer) {
            return Failure(answer.error());
        }
        if (const auto* report = std::get_if<isa::Report>(&*answer)) {
            // Asked again, what was written already is only answered: ids stay the same. Who was told of a
            // quota asks with more octets from then on (linux::UdpClient): also for a single object once
            // more.
            const bool is_quota = report->reason == isa::reason_from_exc(isa::Exc::QuotaUsedUp);
            if (run.size() < 2 && is_quota && !std::exchange(has_asked_with_more, true)) {
                waiting.push_back(run);
                continue;
            }
            if (run.size() < 2 || !is_too_much(*report)) {
                return Failure(report_error(target, *report, describe_from(target, *report)));
            }
            waiting.push_back(run.subspan(run.size() / 2));
            waiting.push_back(run.first(run.size() / 2));
            continue;
        }
        auto matched = match(run, std::get<Delivery>(*answer), target);
        if (!matched) {
            return Failure(matched.error());
        }
        std::ranges::move(*matched, std::back_inserter(answers));
    }
    return answers;
}

std::string agent_address(const Target& target) {
    constexpr std::uint16_t kSnmpPort = 161;
    const std::uint16_t port = target.port.value_or(kSnmpPort);
    return target.address.is_v6() ? fmt::format("udp6:[{}]:{}", target.address.to_string(), port)
                                  : fmt::format("udp:{}:{}", target.address.to_string(), port);
}

std::vector<std::string> manager_arguments(const Options& options, const std::string& agent,
                                           std::optional<unsigned> default_retries) {
    std::vector<std::string> arguments = options.snmp;
    if (arguments.empty() && !options.where.lab.empty()) {
        arguments = {"-v2c", "-c", "private"};  // what every lab's snmpd.conf lets read and write
    }
    auto timeout = options.patience.timeout;
    auto retries = options.patience.retries ? options.patience.retries : default_retries;
    if (options.patience.end) {
        // net-snmp knows only tries: as many whole ones as fit, at least one.
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(*options.patience.end - steady_clock::now());
        const auto total = std::max(left, kLeastTry);
        timeout = std::min(timeout.value_or(std::chrono::milliseconds(1000)), total);
        const auto fitting = static_cast<unsigned>(total / *timeout);
        retries = std::min(retries.value_or(5), fitting - 1);
    }
    if (timeout) {
        arguments.insert(arguments.end(),
                         {"-t", fmt::format("{}", static_cast<double>(timeout->count()) / 1000)});
    }
    if (retries) {
        arguments.insert(arguments.end(), {"-r", std::to_string(*retries)});
    }
    arguments.push_back(agent);
    return arguments;
}

}  // namespace splash::cli
