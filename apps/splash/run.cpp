// splash run FILE [--to NODE] [--arg k=v]... [--bound N] [--answers N]
//
// JSON: {"file", "deliveries": [{"node", "values": [json_typed()...]}], "report": json_report() with "line",
// the source line or null; or null, "elapsed_us"}; elapsed_us is from the sending to the last answer.
#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <optional>
#include <ostream>

#include "answers.hpp"
#include "arguments.hpp"
#include "asking.hpp"
#include "assembling.hpp"
#include "files.hpp"
#include "json_output.hpp"
#include "repeating.hpp"
#include "whereabouts.hpp"

namespace splash::cli {
namespace {

Result<LoadedProgram> load(const RunArgs& args, std::ostream& err) {
    const auto octets = read_file(args.file);
    if (!octets) {
        return Failure(octets.error());
    }
    if (!looks_assembled(*octets) && !args.file.ends_with(".snapc")) {
        return assemble_text(*octets, args.file, args.arguments, err);
    }
    if (!args.arguments.empty()) {
        return fail(Errc::Usage, fmt::format("{} is assembled already: its arguments are fixed", args.file));
    }
    auto packet = decode_packet(*octets, args.file);
    if (!packet) {
        return Failure(packet.error());
    }
    LoadedProgram loaded{.packet = *std::move(packet), .bound = {}, .lines = {}};
    if (loaded.packet.header.bound != 0) {
        loaded.bound = loaded.packet.header.bound;
    }
    return loaded;
}

/// The source line a report speaks of: trimming cuts in front, so places are counted from the end.
std::optional<std::size_t> line_of(const LoadedProgram& program, const isa::Report& report) {
    const auto total = static_cast<std::int64_t>(program.lines.size());
    const std::int64_t index = total - report.instructions + report.index;
    if (report.node.is_unspecified() || report.index >= report.instructions || index < 0 || index >= total) {
        return std::nullopt;
    }
    return program.lines[static_cast<std::size_t>(index)];
}

struct Journeying {
    Start start;
    Target target;
};

/// Where the program starts and where its packet is going.
Result<Journeying> choose_ends(const RunArgs& args, const Whereabouts& whereabouts) {
    if (!args.to.empty()) {
        auto target = whereabouts.find(args.to);
        if (!target) {
            return Failure(target.error());
        }
        auto start = whereabouts.start(*target);
        if (!start) {
            return Failure(start.error());
        }
        return Journeying{*std::move(start), *std::move(target)};
    }
    auto start = whereabouts.explicit_start("run without --to");
    if (!start) {
        return Failure(start.error());
    }
    Target self;
    // Any local address is the destination; for a loopback one the node takes its primary address as origin.
    self.address = start->own_address();
    self.text = start->node.empty() ? "this node" : start->node;
    return Journeying{*std::move(start), std::move(self)};
}

using OnDelivery = std::function<void(const Delivery&)>;

struct Collected {
    std::vector<Delivery> deliveries;
    std::optional<isa::Report> report;
    std::optional<Error> error;           ///< what ended the gathering after the first answer
    std::chrono::microseconds elapsed{};  ///< from the sending to the last answer
};

/// Sends once, or again while nothing at all has come back, and gathers what arrives.
Result<Collected> execute(Transport& transport, const LoadedProgram& program, const RunArgs& args,
                          const Target& target, const Tries& tries, const OnDelivery& on_delivery) {
    const std::uint16_t bound = args.bound.value_or(program.bound.value_or(kDefaultBound));
    // Later deliveries come when they come: with a deadline of its own every one may take until then.
    const bool gathers = args.answers != 1 && args.options.patience.deadline;
    Collected collected;
    const auto begin = std::chrono::steady_clock::now();
    const auto is_complete = [&] {
        return collected.report || (args.answers != 0 && collected.deliveries.size() >= args.answers);
    };
    const auto keep = [&](Answer answer) {
        collected.elapsed =
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
        if (auto* report = std::get_if<isa::Report>(&answer)) {
            collected.report = std::move(*report);
        } else {
            collected.deliveries.push_back(std::get<Delivery>(std::move(answer)));
            on_delivery(collected.deliveries.back());
        }
    };
    auto first = ask(transport, program.packet, bound, target, tries);
    if (!first) {
        return Failure(first.error());
    }
    keep(*std::move(first));
    while (!is_complete()) {
        const auto packet = transport.receive(gathers ? tries.end : tries.next_deadline());
        if (!packet && packet.error().code == Errc::TimedOut) {
            break;
        }
        auto answer = packet ? read_answer(*packet) : Failure(packet.error());
        if (!answer) {
            collected.error = answer.error();
            break;
        }
        keep(*std::move(answer));
    }
    return collected;
}

/// At once: whoever ends a long gathering by a signal has seen what came.
void print_text(const Delivery& delivery, std::ostream& out) {
    for (const isa::Value& value : delivery.values) {
        out << isa::to_string(value) << '\n';
    }
    out << std::flush;
}

void print_document(const RunArgs& args, const Collected& collected, std::optional<std::size_t> line,
                    std::ostream& out) {
    Json deliveries = Json::array();
    for (const Delivery& delivery : collected.deliveries) {
        Json values = Json::array();
        for (const isa::Value& value : delivery.values) {
            values.push_back(json_typed(value));
        }
        deliveries.push_back({{"node", delivery.node.to_string()}, {"values", values}});
    }
    Json report = nullptr;
    if (collected.report) {
        report = json_report(*collected.report);
        report["line"] = nullptr;
        if (line) {
            report["line"] = *line;
        }
    }
    print_json(out, {{"file", args.file},
                     {"deliveries", deliveries},
                     {"report", report},
                     {"elapsed_us", collected.elapsed.count()}});
}

}  // namespace

Result<Finished> run(const RunArgs& args, const Streams& streams) {
    const auto program = load(args, streams.err);
    if (!program) {
        return Failure(program.error());
    }
    const auto whereabouts = Whereabouts::look(args.options.where, args.options.patience);
    if (!whereabouts) {
        return Failure(whereabouts.error());
    }
    const auto ends = choose_ends(args, *whereabouts);
    if (!ends) {
        return Failure(ends.error());
    }
    const auto unrepeatable = unrepeatable_service(program->packet);
    const Tries tries = tries_from(args.options.patience, unrepeatable ? 0 : 1);
    const auto transport = open_transport(ends->start, ends->target, tries.next_deadline(), Travel::Hops);
    if (!transport) {
        return Failure(transport.error());
    }
    const bool is_text = args.options.format == Format::Text;
    const auto collected =
        execute(**transport, *program, args, ends->target, tries, [&](const Delivery& delivery) {
            if (is_text) {
                print_text(delivery, streams.out);
            }
        });
    if (!collected && collected.error().code == Errc::TimedOut && !can_deliver(program->packet)) {
        return fail(Errc::TimedOut,
                    fmt::format("{}: {} has no demux, demuxi or demuxall, so it delivers nothing, "
                                "and no report came either",
                                ends->target.to_string(), args.file));
    }
    if (!collected && collected.error().code == Errc::TimedOut && unrepeatable &&
        !args.options.patience.retries) {
        return fail(Errc::TimedOut,
                    fmt::format("{}; not sent again, for it calls {}, which may have written: -r N does it "
                                "all the same",
                                collected.error().detail, *unrepeatable));
    }
    if (!collected) {
        return Failure(collected.error());
    }
    const auto line = collected->report ? line_of(*program, *collected->report) : std::nullopt;
    if (!is_text) {
        print_document(args, *collected, line, streams.out);
    }
    if (collected->report) {
        const isa::Report& report = *collected->report;
        return fail(Errc::Reported, (line ? fmt::format("{}:{}: ", args.file, *line) : "") +
                                        describe(report, whereabouts->name_of(report.node)));
    }
    if (collected->error) {
        return Failure(*collected->error);
    }
    if (args.answers != 0 && collected->deliveries.size() < args.answers) {
        return fail(Errc::TimedOut, fmt::format("{}: {} of {} deliveries arrived", ends->target.to_string(),
                                                collected->deliveries.size(), args.answers));
    }
    return Finished{};
}

}  // namespace splash::cli
