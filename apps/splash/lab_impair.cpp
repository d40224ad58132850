// splash lab impair
//
// JSON: {"netem": whether the kernel has it, "means": [how it is done, a line each], "links": [name...],
// "lab": as lab_report.hpp has it}.
#include <fmt/format.h>

#include <ostream>

#include "arguments.hpp"
#include "json_output.hpp"
#include "lab_report.hpp"

namespace splash::cli {

Result<Finished> run(const LabImpairArgs& args, const Streams& streams) {
    const auto report = lab::impair({.lab = args.name,
                                     .where = args.where,
                                     .one_way = args.is_one_way,
                                     .impairment = args.impairment,
                                     .is_down = args.is_down});
    if (!report) {
        return Failure(report.error());
    }
    const auto lab = lab::find(args.name);
    if (!lab) {
        return Failure(lab.error());
    }
    if (args.options.format == Format::Json) {
        Json links = Json::array();
        for (const std::size_t link : report->links) {
            links.push_back(lab::link_name(*lab, link));
        }
        print_json(streams.out, {{"netem", report->has_netem},
                                 {"means", report->means},
                                 {"links", links},
                                 {"lab", json_lab(*lab)}});
        return Finished{};
    }
    for (const std::size_t link : report->links) {
        const auto conditions = conditions_of(*lab, link);
        streams.out << fmt::format(
            "{}: {}\n", lab::link_name(*lab, link),
            conditions.empty() ? "as it was made" : fmt::format("{}", fmt::join(conditions, "; ")));
    }
    for (const std::string& means : report->means) {
        streams.out << "  " << means << '\n';
    }
    return Finished{};
}

}  // namespace splash::cli
